//! The parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231 §3–4) → decoded values.
//!
//! Tolerant of what is in use: a quote that never closes, spaces around `=`, a missing `;`, encoded-words and raw
//! octets in quotes, continuations cut inside a character, percent signs without an asterisk. Raw octets have been
//! turned into text before, so that a `"` or `\` inside a character has no meaning here.

use super::charset;
use super::encoded_word::{self, Words};
use super::transfer::hex;

/// A field cut at its semicolons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// What stands before the first semicolon, comments and white space removed, lower case.
    pub value: String,
    /// Name in lower case and value without its quotes, in order.
    list: Vec<(String, String)>,
}

/// Cuts the text of a field.
pub fn read(text: &str) -> Parameters {
    let (mut head, mut rest) = text.split_once(';').unwrap_or((text, ""));
    // A comma, or nothing at all, in place of the semicolon.
    if let Some(end) = head.find([',', '=']) {
        let end = head.get(..end).and_then(|before| before.trim_end().find([' ', '\t', ','])).unwrap_or(end);
        rest = text.get(end + 1..).unwrap_or_default();
        head = text.get(..end).unwrap_or_default();
    }
    let value = head.split('(').next().unwrap_or_default();
    let value = value.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>();
    let mut list = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        // A word without a value before this one ends at its semicolon.
        let name = name.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_file = name.trim_start_matches("file").starts_with("name");
        let (value, left) = cut(after.trim_start(), is_file);
        list.push((name, value));
        rest = left;
    }
    Parameters { value: value.to_ascii_lowercase(), list }
}

/// The value that `text` begins with, and what is left. A bare file name may hold spaces; other words may not.
fn cut(text: &str, is_file: bool) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
                '\\' => value.extend(chars.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        let (value, left) = quoted.split_once(';').unwrap_or((quoted, ""));
        return (value.trim().to_owned(), left);
    }
    let end = |c: char| c == ';' || !is_file && (c.is_whitespace() || c == '(');
    let length = text.find(end).unwrap_or(text.len());
    let (value, left) = text.split_at_checked(length).unwrap_or((text, ""));
    (value.trim().to_owned(), left)
}

impl Parameters {
    fn plain(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter whose value is a word of ASCII, such as charset or boundary.
    pub fn word(&self, name: &str) -> Option<String> {
        self.plain(name).map(str::to_owned).or_else(|| self.text(name).map(|words| words.text))
    }

    /// A parameter that people read; the extended forms come before the plain one (RFC 2231).
    pub fn text(&self, name: &str) -> Option<Words> {
        let extended =
            self.plain(&format!("{name}*")).map(|value| extended(value).unwrap_or_else(|| plain(value)));
        extended.or_else(|| self.pieces(name)).or_else(|| self.plain(name).map(plain))
    }

    fn pieces(&self, name: &str) -> Option<Words> {
        let piece = |(n, value): &'_ (String, String)| {
            let number = n.strip_prefix(name)?.strip_prefix('*')?;
            let (number, encoded) = match number.strip_suffix('*') {
                Some(number) => (number, true),
                None => (number, false),
            };
            Some((number.parse::<u16>().ok()?, encoded, value.clone()))
        };
        let mut pieces: Vec<(u16, bool, String)> = self.list.iter().filter_map(piece).collect();
        pieces.sort_by_key(|(number, ..)| *number);
        let (_, first_encoded, first) = pieces.first()?;
        if !pieces.iter().any(|(_, encoded, _)| *encoded) {
            return Some(plain(&pieces.iter().map(|(.., value)| value.as_str()).collect::<String>()));
        }
        let (charset, tail) = if *first_encoded { label(first) } else { ("", first.as_str()) };
        // Pieces are put together first: some mailers cut inside `%E5`.
        let mut joined = String::new();
        for (n, (_, encoded, value)) in pieces.iter().enumerate() {
            let value = if n == 0 { tail } else { value };
            joined.push_str(&if *encoded { value.to_owned() } else { value.replace('%', "%25") });
        }
        Some(words(&percent(&joined), charset))
    }
}

/// `charset'language'octets`; `None` when there are no such quotes.
fn extended(value: &str) -> Option<Words> {
    let (charset, tail) = label(value);
    (tail.len() < value.len()).then(|| words(&percent(tail), charset))
}

fn label(value: &str) -> (&str, &str) {
    let parts = value.split_once('\'').and_then(|(charset, rest)| Some((charset, rest.split_once('\'')?.1)));
    parts.unwrap_or(("", value))
}

fn words(octets: &[u8], charset: &str) -> Words {
    let decoded = charset::decode(octets, Some(charset));
    Words { text: decoded.text, guessed: decoded.guessed, damaged: decoded.damaged }
}

/// A value in the plain form: encoded-words, or percent signs whose octets are clearly UTF-8.
fn plain(value: &str) -> Words {
    let forgotten = value.is_ascii().then(|| extended(value)).flatten();
    if let Some(words) = forgotten.filter(|words| !words.damaged && !words.text.is_ascii()) {
        return Words { guessed: true, ..words };
    }
    let octets = percent(value);
    match std::str::from_utf8(&octets) {
        Ok(text) if value.is_ascii() && !text.is_ascii() => {
            Words { text: text.to_owned(), guessed: true, damaged: false }
        }
        _ => encoded_word::decode(value),
    }
}

fn percent(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&b, tail)) = rest.split_first() {
        rest = match (b, tail) {
            (b'%', [high, low, after @ ..]) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    after
                }
                _ => {
                    out.push(b);
                    tail
                }
            },
            _ => {
                out.push(b);
                tail
            }
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let check = |text: &str, name: &str, expected: Option<&str>| {
            assert_eq!(read(text).word(name).as_deref(), expected, "{text}");
        };
        check("text/plain; charset=utf-8", "charset", Some("utf-8"));
        check("text/plain; charset = \"utf-8\" ; x", "charset", Some("utf-8"));
        check("text/plain; charset=\"iso-2022-jp", "charset", Some("iso-2022-jp"));
        check("text/plain; charset=\"iso-2022-jp; format=flowed", "format", Some("flowed"));
        check("text/plain;; charset=a; charset=b", "charset", Some("a"));
        check("text/plain; charset=utf-8 format=flowed", "format", Some("flowed"));
        check("text/plain; charset=us-ascii (Plain text)", "charset", Some("us-ascii"));
        check("text/plain; charset*=us-ascii'en'utf-8", "charset", Some("utf-8"));
        check("x/y; boundary=\"a \\\"b;c=d\"; z=1", "boundary", Some("a \"b;c=d"));
        check("x/y; boundary=", "boundary", Some(""));
        check("x/y", "boundary", None);
        check("text/plain, charset=iso-2022-jp", "charset", Some("iso-2022-jp"));
        check("text/plain charset=iso-2022-jp; x=y", "charset", Some("iso-2022-jp"));
        assert_eq!(read(" Text / Plain (x); y=z").value, "text/plain");
        assert_eq!(read("text/plain charset=a").value, "text/plain");
        assert_eq!(read("text/plain, charset=a").value, "text/plain");
    }

    #[test]
    fn file_names_are_put_together_before_they_are_decoded() {
        let check = |text: &str, expected: &str, guessed: bool| {
            let words = read(text).text("filename").unwrap_or_default();
            assert_eq!(
                (words.text.as_str(), words.guessed, words.damaged),
                (expected, guessed, false),
                "{text}"
            );
        };
        check("attachment; filename=my photo.jpg", "my photo.jpg", false);
        check("attachment; filename*=utf-8'ja'%E5%86%99%E7%9C%9F.jpg", "写真.jpg", false);
        check("a; filename*0*=utf-8''%E5%86; filename*1*=%99%E7%9C%9F; filename*2=.jpg", "写真.jpg", false);
        check("a; filename*0*=utf-8''%E; filename*1*=5%86%99.jpg", "写.jpg", false);
        check("a; filename*1=\"b.jpg\"; filename*0=a", "ab.jpg", false);
        check("a; filename=x.jpg; filename*=utf-8''%E5%86%99.jpg", "写.jpg", false);
        check("a; filename=\"=?utf-8?B?5YY=?= =?utf-8?B?mQ==?=\"", "写", false);
        check("a; filename=%E5%86%99.jpg", "写.jpg", true);
        check("a; filename=\"utf-8''%E5%86%99.jpg\"", "写.jpg", true);
        check("a; filename=\"100%25.jpg\"", "100%25.jpg", false);
        check("a; filename*=%E5%86%99.jpg", "写.jpg", true);
    }
}
