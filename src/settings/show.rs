//! Mistakes → what the operator reads: the line, a caret under the place, why, and what to write instead.
//!
//! Drawn with ASCII rules, because terminals disagree on the width of box drawing characters beside Japanese; a wide
//! character takes two columns. What may be a password is replaced by `…` before anything is drawn.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::error::{ConfigError, ConfigErrors, Place, Spot};
use crate::domain::locale::Locale;

/// What stands for a value that is not shown.
const MASK: &str = "…";

/// One line as it may be shown, and the part of it that is marked.
struct Line {
    text: String,
    marked: Range<usize>,
}

/// One block for each mistake, a blank line between them, and how many there are.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for error in &self.errors {
            // between the place and the line stands a mark for lines left out; there are none
            let drawn = renderer.render(&[self.block(error)]);
            for line in drawn.lines().filter(|line| line.trim() != ":::") {
                writeln!(f, "{}", line.trim_end())?;
            }
            writeln!(f)?;
        }
        let count = self.errors.len();
        match (self.locale, count) {
            (Locale::Ja, _) => {
                write!(
                    f,
                    "設定の誤りは {count} 件です。何も始めていません。直してから、もう一度実行してください"
                )
            }
            (Locale::En, 1) => write!(f, "1 mistake; nothing was started. Mend it and run the command again"),
            (Locale::En, _) => {
                write!(f, "{count} mistakes; nothing was started. Mend them and run the command again")
            }
        }
    }
}

impl ConfigErrors {
    fn block(&self, error: &ConfigError) -> Group<'_> {
        let (wrong, mend) = match self.locale {
            Locale::Ja => ("エラー", "直し方"),
            Locale::En => ("error", "help"),
        };
        let what = error.what(self.locale);
        let says_it = error.key.is_empty() || what.contains(&format!("[{}]", error.key));
        let title = if says_it { what } else { format!("{}: {what}", error.key) };
        let head = Level::ERROR.with_name(wrong).primary_title(title);
        let origin = |spot: &Spot| {
            Origin::path(self.file.display().to_string()).line(spot.line).char_column(spot.column)
        };
        let group = match &error.place {
            Place::File(None) => head.element(Origin::path(self.file.display().to_string())),
            Place::File(Some(spot)) => {
                let line = line_of(self.text.expose(), &self.hidden, spot);
                head.element(origin(spot)).element(drawn(line, spot.line))
            }
            Place::Variable(name) => {
                let line = self.variable(name, error.key.is_empty());
                head.element(Origin::path(error.location(&self.file, self.locale)))
                    .element(drawn(line, 1).line_numbering(false))
            }
        };
        group.element(Level::HELP.with_name(mend).message(error.remedy(self.locale)))
    }

    /// `NAME=value` as in a shell; the mark is under what is wrong, the name or the value.
    fn variable(&self, name: &str, marks_name: bool) -> Line {
        let shown: String = name.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        let value = self.variables.get(name).map_or(MASK, String::as_str);
        let value: String = value.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect();
        let text = format!("{shown}={value}");
        let joint = shown.len();
        let marked = if marks_name { 0..joint } else { joint + 1..text.len() };
        Line { text, marked }
    }
}

fn drawn<'a>(line: Line, number: usize) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mark = AnnotationKind::Primary.span(line.marked);
    Snippet::source(line.text).line_start(number).annotation(mark)
}

/// Where the comment of a line begins: it may be an old password, and no mistake stands in it.
fn comment_at(line: &str) -> usize {
    let (mut quote, mut escaped) = (None, false);
    for (at, sign) in line.char_indices() {
        match (quote, sign) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), _) if open == sign && !escaped => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, '#') => return at,
            _ => {}
        }
        escaped = false;
    }
    line.len()
}

/// The line on which `spot` begins, as it stands in the file but for what is hidden and for a comment.
fn line_of(text: &str, hidden: &[Range<usize>], spot: &Spot) -> Line {
    let start = text.get(..spot.span.start).and_then(|t| t.rfind('\n')).map_or(0, |newline| newline + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let line = line.get(..comment_at(line)).unwrap_or(line).trim_end();
    let span = spot.span.start..spot.span.end.max(spot.span.start + 1);
    let mut out = String::new();
    let (mut marked, mut masked_at) = (None::<Range<usize>>, None);
    for (at, sign) in line.char_indices().map(|(n, sign)| (start + n, sign)) {
        let from = if hidden.iter().any(|h| h.contains(&at)) {
            *masked_at.get_or_insert_with(|| {
                let from = out.len();
                out.push_str(MASK);
                from
            })
        } else {
            masked_at = None;
            out.push(sign);
            out.len() - sign.len_utf8()
        };
        if span.contains(&at) {
            marked = Some(marked.map_or(from, |m| m.start)..out.len());
        }
    }
    let marked = marked.unwrap_or(out.len()..out.len());
    Line { text: out, marked }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stays_under_its_place_when_something_is_hidden() {
        let check = |text: &str, hidden: &[&str], marked: &str, expected: (&str, &str)| {
            let range = |part: &str| {
                let at = text.find(part).unwrap();
                at..at + part.len()
            };
            let hidden: Vec<Range<usize>> = hidden.iter().map(|part| range(part)).collect();
            let line = line_of(text, &hidden, &Spot::new(text, range(marked)));
            assert_eq!((line.text.as_str(), &line.text[line.marked.clone()]), expected, "{text}");
        };
        check("a = 1\nhost = \"x\"\nb = 2", &[], "\"x\"", ("host = \"x\"", "\"x\""));
        check("password = \"p\" # p", &["\"p\""], "\"p\"", ("password = …", "…"));
        check("host = \"#'\\\"#\" # p", &[], "host", ("host = \"#'\\\"#\"", "host"));
        check("password = \"p\"", &["\"p\""], "password", ("password = …", "password"));
        check("i = {p = \"p\", t = 1}", &["\"p\""], "1", ("i = {p = …, t = 1}", "1"));
        check("p = \"\"\"a\nb\"\"\" # x", &["\"\"\"a\nb\"\"\""], "\"\"\"a\nb\"\"\"", ("p = …", "…"));
        check("名 = \"はる\"\r\n", &[], "\"はる\"", ("名 = \"はる\"", "\"はる\""));
    }
}
