//! A text as a row of signs: what is left of it when line breaks, white space and quote marks are taken away and
//! compatible characters are made one. Two texts with the same row say the same, however mail programs have
//! re-wrapped, marked or converted them. Each sign knows where in the original text it came from.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// One folded character and the bytes of the original that it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub(super) c: char,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// One line of the original: its bytes without the line end, its signs, and whether it begins with a quote mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) marked: bool,
}

impl Line {
    /// Nothing on it but white space and quote marks.
    pub(super) fn is_blank(&self) -> bool {
        self.from == self.to
    }
}

/// The row of a whole text.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub(super) text: &'a str,
    pub(super) signs: Vec<Sign>,
    pub(super) lines: Vec<Line>,
}

impl<'a> Stream<'a> {
    /// Reads `text`. With `links`, the target that Outlook writes behind an address, `<mailto:…>`, is passed over.
    pub(super) fn new(text: &'a str, links: bool) -> Self {
        let mut stream = Self { text, signs: Vec::with_capacity(text.len()), lines: Vec::new() };
        let mut start = 0;
        for line in text.split('\n') {
            let from = stream.signs.len();
            stream.read(line, start, links);
            let marked = line.trim_start().starts_with(is_mark);
            let to = stream.signs.len();
            stream.lines.push(Line { start, end: start + line.len(), from, to, marked });
            start += line.len() + 1;
        }
        stream
    }

    fn read(&mut self, line: &str, start: usize, links: bool) {
        let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
        let mut skip_to = 0;
        for (at, c) in line.char_indices() {
            if at < skip_to {
                continue;
            }
            if links && let Some(len) = link_target(&line[at..]) {
                skip_to = at + len;
                continue;
            }
            let (from, to) = (start + at, start + at + c.len_utf8());
            if c.is_ascii() {
                self.push(c, from, to);
                continue;
            }
            let mut bytes = [0; 4];
            for c in nfkd.normalize_iter(c.encode_utf8(&mut bytes).chars()) {
                self.push(c, from, to);
            }
        }
    }

    fn push(&mut self, c: char, from: usize, to: usize) {
        if !(c.is_whitespace() || c.is_control() || is_mark(c) || is_invisible(c)) {
            self.signs.push(Sign { c: twin(c), from, to });
        }
    }

    /// The original text of line `n`.
    pub(super) fn line(&self, n: usize) -> &'a str {
        &self.text[self.lines[n].start..self.lines[n].end]
    }

    /// The line that holds sign `at`.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|l| l.to <= at)
    }

    /// The folded characters alone.
    pub(super) fn chars(&self) -> Vec<char> {
        self.signs.iter().map(|s| s.c).collect()
    }
}

/// Signs that mail programs put before a quoted line.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '>' | '＞' | '|' | '｜' | '│' | '┃' | '»' | '❘')
}

/// A line without the quote marks and white space before it.
pub(super) fn unmarked(line: &str) -> &str {
    line.trim_start_matches(|c: char| is_mark(c) || c.is_whitespace())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Characters that charset tables confuse with each other become one.
fn twin(c: char) -> char {
    match c {
        '\u{301C}' => '~',
        '\u{2212}' | '\u{2010}' | '\u{2011}' => '-',
        '\u{2014}' => '\u{2015}',
        '\u{2225}' => '\u{2016}',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201C}' | '\u{201D}' => '"',
        c => c,
    }
}

/// The length of a `<mailto:…>` or `[mailto:…]` at the start of `text`.
fn link_target(text: &str) -> Option<usize> {
    let close = if text.starts_with("<mailto:") {
        '>'
    } else if text.starts_with("[mailto:") {
        ']'
    } else {
        return None;
    };
    text.find(close).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_do_to_a_text_leaves_its_row_the_same() {
        let row = |s: &str| Stream::new(s, true).signs.iter().map(|s| s.c).collect::<String>();
        let check = |a: &str, b: &str| assert_eq!(row(a), row(b));
        check("きょうは散歩に行きました。", "> きょうは散\n> 歩に行きまし\n＞＞　た。 ");
        check("ガラス ABC 123", "ｶﾞﾗｽ　ＡＢＣ　１２３");
        check("ご〜い−い", "ご～い－い");
        check("care@example.jp まで", "care@example.jp<mailto:care@example.jp>まで");
        check("", " >\n\u{200b}|");
    }

    #[test]
    fn signs_know_their_place() {
        let stream = Stream::new("ab\n\n> ガc", false);
        assert_eq!(stream.lines.len(), 3);
        assert_eq!(stream.signs.len(), 5);
        assert_eq!(stream.line_of(1), 0);
        assert_eq!(stream.line_of(2), 2);
        assert_eq!(&stream.text[stream.signs[3].from..stream.signs[3].to], "ガ");
        assert!(stream.lines[1].is_blank() && stream.lines[2].marked);
        assert_eq!(stream.line(2), "> ガc");
    }
}
