//! HTML → readable text, never re-wrapped; quotes as `> ` lines.
//!
//! Two steps. [`reduce`] walks the tags once and keeps only structure: a handful of block elements without
//! attributes, bounded in depth and always closed; scripts, images and hidden elements go, with their content.
//! html2text then lays out what is left. So no hostile nesting reaches a recursive parser, and a page cannot hide
//! words in front of the reader. An element that is hidden but never closed hides nothing: words are not lost.

mod quoted;
mod reduce;
mod style;
mod tokens;

use html2text::config;
use html2text::render::PlainDecorator;

/// Most octets of HTML that are read; what follows is cut (and said by the caller).
pub const LIMIT: usize = 1 << 20;

/// Wide enough that nothing is ever wrapped.
const WIDTH: usize = 10_000_000;

/// The text of an HTML document. Lines end in LF. `forwarded`: the mail says of itself that it forwards another one.
pub fn to_text(html: &str, forwarded: bool) -> String {
    let reduced = reduce::reduce(html, forwarded);
    let config = config::with_decorator(PlainDecorator::new())
        .no_link_wrapping()
        .raw_mode(true)
        .allow_width_overflow()
        .max_wrap_width(WIDTH);
    match config.string_from_read(reduced.as_bytes(), WIDTH) {
        Ok(text) => tidy(&text),
        Err(_) => reduced,
    }
}

/// Trailing spaces off, no-break spaces as spaces, nothing that has no width, at most one blank line in a row and
/// none where a quote begins or ends.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut gap: Option<String> = None;
    for line in text.lines() {
        let line = visible(line);
        let bare = line.trim_start_matches(['>', ' ']).is_empty();
        if bare {
            let shorter = gap.as_ref().is_none_or(|g| line.len() < g.len());
            gap = if shorter { Some(line) } else { gap };
            continue;
        }
        let quotes = line.starts_with('>');
        if let Some(gap) = gap.take().filter(|_| !out.is_empty()) {
            out.push_str(if quoted && quotes { &gap } else { "" });
            out.push('\n');
        }
        quoted = quotes;
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// A line as it is seen. The space of a signature's `-- ` stays, when a program or a no-break space made it.
fn visible(line: &str) -> String {
    let mut seen = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{200b}' | '\u{feff}' | '\u{34f}' | '\u{ad}' | '\u{2060}' | '\u{180e}' => {}
            // between letters it changes how they are written; elsewhere it pads a hidden line
            '\u{200c}' => {
                let joins =
                    seen.ends_with(char::is_alphabetic) && chars.peek().is_some_and(|c| c.is_alphabetic());
                seen.extend(joins.then_some(c));
            }
            '\u{2007}' => seen.push(' '),
            _ => seen.push(c),
        }
    }
    let signature = seen.trim_end_matches(' ').strip_suffix("--\u{a0}");
    if let Some(mark) = signature.filter(|mark| mark.trim_matches(['>', ' ']).is_empty()) {
        return format!("{mark}-- ");
    }
    seen.replace('\u{a0}', " ").trim_end_matches([' ', '\t']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_its_writer_saw_it() {
        let check = |input: &str, expected: &str| assert_eq!(to_text(input, false), expected, "{input}");
        check("今日は<br>いい天気", "今日は\nいい天気\n");
        check("<div>a</div><div>b</div>", "a\nb\n");
        check("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n");
        check("<p>a</p><p>b</p>", "a\n\nb\n");
        check(
            "a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e",
            "a\n\n> b\n> c\n>\n> > d\n\ne\n",
        );
        check("<ul><li>one<li>two</ul>", "* one\n* two\n");
        check("<table><tr><td>a<td>b</tr><tr><td>c</td></tr></table>", "a b\nc\n");
        check("<a href=\"https://example.org/x\">see</a>", "see <https://example.org/x>\n");
        check("<a href='mailto:a@example.jp'>a@example.jp</a>", "a@example.jp\n");
        check("<a href='https://example.org/'>https://example.org/</a>", "https://example.org/\n");
        check("a &lt;b&gt; &amp; &nbsp;&#12354;&hearts;", "a <b> &  あ♥\n");
        check("<b>太</b>字<i>斜</i>体<font color=red>赤</font>", "太字斜体赤\n");
        check("今日は\n  晴れ", "今日は晴れ\n");
        check("one\n  two", "one two\n");
        check("<pre>a\n  b</pre>", "a\n  b\n");
        check("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\n");
        check("", "");
    }

    #[test]
    fn only_what_a_program_marks_is_a_quote() {
        let check = |input: &str, expected: &str| assert_eq!(to_text(input, false), expected, "{input}");
        check("a<div class=yahoo_quoted>b</div>c", "a\n\n> b\n\nc\n");
        check("a<div class=yahoo_quoted>x wrote:<br>b</div>c", "a\nx wrote:\n\n> b\n\nc\n");
        check("a<div class=not_yahoo_quoted>b</div>c", "a\nb\nc\n");
        check("a<div class=yahoo_quoted>b", "a\nb\n");
        check("a<div id=divRplyFwdMsg>From: x</div>b", "a\nFrom: x\n\n> b\n");
        let lined = |colour: &str, distance: &str| {
            format!(
                "<div style='border-top:solid {colour} 1pt;padding:{distance} 0 0'>TEL: 03</div><div>b</div>"
            )
        };
        check(&lined("#E1E1E1", "3.0pt"), "TEL: 03\n\n> b\n");
        check(&lined("#E1E1E1", "20px"), "TEL: 03\nb\n");
        check(&lined("red", "3.0pt"), "TEL: 03\nb\n");
    }

    #[test]
    fn what_nobody_saw_is_not_read() {
        let check = |input: &str, expected: &str| assert_eq!(to_text(input, false), expected, "{input}");
        check("<head><title>t</title><style>p{}</style></head><body>a<script>x<y</script></body>", "a\n");
        check("a<img src='http://example.org/p.gif' alt='x'>b<!-- c -->d", "abd\n");
        check("<span style='display:none'>secret</span>seen", "seen\n");
        check("<span style=\"FONT-SIZE: 0px; color:red\">secret</span>seen", "seen\n");
        check("<td style='font-size:0px'><span style='font-size:14px'>seen</span></td>", "seen\n");
        check("<html><head><title>t</title><body>seen</body></html>", "seen\n");
        check("<div hidden>secret</div>seen", "seen\n");
        check("<div style='display:none'><div>x</div>secret</div>seen", "seen\n");
        check("<div style='display: none'>never closed, so it is shown", "never closed, so it is shown\n");
        check("<p style='display:none'>x<p>seen", "seen\n");
        check("<!--[if mso]>x<![endif]-->a", "a\n");
        check("<script>never closed", "");
    }

    #[test]
    fn hostile_html_costs_no_more_than_its_length() {
        for piece in [
            "<div>",
            "<b>",
            "<blockquote>",
            "<table><tr><td>",
            "<a href=x>",
            "<p>",
            "<ul><li>",
            "<br>",
            "</div>",
        ] {
            let text = to_text(&piece.repeat(100_000 / piece.len()), false);
            assert!(text.len() <= 200_000, "{piece}: {}", text.len());
        }
        let wide = to_text(&"あ".repeat(100_000), false);
        assert_eq!(wide.lines().count(), 1);
    }
}
