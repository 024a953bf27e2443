//! Address lists (RFC 5322 §3.4, obsolete forms of §4.4) → mailboxes, from the raw value of one field.
//!
//! This decides who a mail claims to be from, so it guesses nothing: an address counts where the grammar puts it,
//! as a whole, and what looks like one in a display name, comment or quote does not. Outside the grammar it takes
//! what people have: odd dots in carrier addresses, raw Japanese names, and parentheses, quotes or brackets that
//! are opened and never closed. Time is linear in the length of the value.

use super::super::address::{Address, Mailbox};
use super::{clean, encoded_word};

/// Longest display name kept, in characters.
const NAME: usize = 100;

/// Most mailboxes read from one field.
const MAILBOXES: usize = 500;

/// Characters that stand around an address in fields that are no address list.
const AROUND: [char; 15] = [' ', '\t', '<', '>', '(', ')', '[', ']', '"', '\'', ',', ';', ':', '“', '”'];

/// The mailboxes of one field, and whether a charset had to be guessed for their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailboxes {
    /// In order.
    pub list: Vec<Mailbox>,
    /// A display name was decoded by guess.
    pub guessed: bool,
    /// A display name could not be decoded entirely.
    pub damaged: bool,
    /// The field is no address list: the address is the only thing in it that looks like one.
    pub repaired: bool,
}

/// Reads the raw value of From, To, Cc, Reply-To and the like.
pub fn parse(value: &[u8]) -> Mailboxes {
    let raw = encoded_word::raw_text(value);
    let mut reader = Reader::new(&raw.text);
    while reader.found.list.len() < MAILBOXES && reader.step() {}
    reader.end_item();
    if reader.found.list.is_empty() {
        reader.repair();
    }
    reader.found.guessed |= raw.guessed && !reader.found.list.is_empty();
    reader.found.damaged |= raw.damaged && !reader.found.list.is_empty();
    reader.found
}

/// Whether another reader may find somebody else of the same domain in the field whose only mailbox is `author`: a
/// second word with an `@`, in a comment, a name, or an item that we drop. Of another domain a verdict tells.
pub fn names_another(value: &[u8], author: &Address) -> bool {
    let text = String::from_utf8_lossy(value);
    let another = |word: &str| {
        let found = Address::received(word.trim_end_matches('.'));
        let as_likely = |domain: &str| domain == author.domain() || !domain.contains('.');
        found.map_or(true, |found| found != *author && as_likely(found.domain()))
    };
    text.matches('@').count() > 1 && text.split(AROUND).filter(|word| word.contains('@')).any(another)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Mailboxes,
    /// The item so far as it stands, without comments: an address, if it is a bare one.
    bare: String,
    /// The item so far as a display name, quotes undone.
    phrase: String,
    /// The last comment.
    comment: String,
    /// An angle-addr of this item has been taken.
    angled: bool,
    /// No quote, comment or bracket closes any more from here on: they are ordinary characters.
    open_quote: bool,
    open_comment: bool,
    open_angle: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            found: Mailboxes::default(),
            bare: String::new(),
            phrase: String::new(),
            comment: String::new(),
            angled: false,
            open_quote: false,
            open_comment: false,
            open_angle: false,
        }
    }

    /// Takes one character or construct; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { return false };
        let taken = match c {
            '"' => self.quoted(rest),
            '(' => self.comment(rest),
            '<' => self.angle(rest),
            _ => None,
        };
        if let Some(length) = taken {
            self.at += length;
            return true;
        }
        self.at += c.len_utf8();
        match c {
            ',' | ';' => self.end_item(),
            ':' if !self.bare.contains('@') => self.drop_item(),
            _ => {
                self.bare.push(c);
                self.phrase.push(c);
            }
        }
        true
    }

    fn quoted(&mut self, rest: &str) -> Option<usize> {
        if self.open_quote {
            return None;
        }
        let Some(length) = quoted_length(rest) else {
            self.open_quote = true;
            return None;
        };
        self.bare.push_str(rest.get(..length)?);
        self.phrase.push_str(&unescape(rest.get(1..length - 1)?));
        Some(length)
    }

    fn comment(&mut self, rest: &str) -> Option<usize> {
        if self.open_comment {
            return None;
        }
        let Some(length) = comment_length(rest) else {
            self.open_comment = true;
            return None;
        };
        self.comment = unescape(rest.get(1..length - 1)?);
        self.phrase.push(' ');
        Some(length)
    }

    /// An angle-addr, or what follows a bracket that is never closed.
    fn angle(&mut self, rest: &str) -> Option<usize> {
        let closed = if self.open_angle { None } else { angle_length(rest) };
        self.open_angle |= closed.is_none();
        let length = closed.unwrap_or_else(|| rest.find([',', ';']).unwrap_or(rest.len()));
        self.found.repaired |= closed.is_none() && rest.contains('@');
        let inner = rest.get(1..length)?.trim_end_matches('>').trim();
        let inner = match inner.strip_prefix('@').and_then(|route| route.split_once(':')) {
            Some((_, address)) => address,
            None => inner,
        };
        self.push(inner);
        self.angled = true;
        Some(length)
    }

    fn end_item(&mut self) {
        let bare = std::mem::take(&mut self.bare);
        if !self.angled && !bare.trim().is_empty() {
            if bare.contains('@') {
                self.phrase = String::new();
                self.push(bare.trim());
            } else {
                // A comma inside an unquoted name: the words belong to the address that follows.
                self.phrase.push(' ');
                return;
            }
        }
        self.drop_item();
    }

    fn drop_item(&mut self) {
        self.bare.clear();
        self.phrase.clear();
        self.comment.clear();
        self.angled = false;
    }

    /// Takes the one address that stands somewhere in the field, also within an encoded-word; of two, neither.
    fn repair(&mut self) {
        let words = encoded_word::decode(self.text);
        let mut found: Option<(Address, &str)> = None;
        for word in words.text.split(AROUND).filter(|word| word.contains('@')) {
            let Ok(address) = Address::received(word.trim_end_matches('.')) else { continue };
            if !address.domain().contains('.') {
                continue;
            }
            if found.as_ref().is_some_and(|(other, _)| *other != address) {
                return;
            }
            found.get_or_insert((address, word));
        }
        let Some((address, word)) = found else { return };
        let before = words.text.split(word).next().unwrap_or_default();
        let before = before.trim_end_matches("mailto:").trim_matches(AROUND);
        let name = clean::line(before, NAME);
        self.found.list.push(Mailbox { name: (!name.is_empty()).then_some(name), address });
        self.found.guessed |= words.guessed;
        self.found.damaged |= words.damaged;
        self.found.repaired = true;
    }

    fn push(&mut self, addr_spec: &str) {
        let Ok(address) = Address::received(&without_space(addr_spec)) else { return };
        let phrase = std::mem::take(&mut self.phrase);
        let words = encoded_word::decode(if phrase.trim().is_empty() { &self.comment } else { &phrase });
        self.found.guessed |= words.guessed;
        self.found.damaged |= words.damaged;
        let name = clean::line(words.text.trim().trim_matches('"'), NAME);
        let name = (!name.is_empty() && name != addr_spec).then_some(name);
        self.found.list.push(Mailbox { name, address });
    }
}

/// White space around the `@` and the dots removed (RFC 5322 §4.4); elsewhere it is no part of an address.
fn without_space(addr_spec: &str) -> String {
    let mut out = String::with_capacity(addr_spec.len());
    let mut gap = false;
    for c in addr_spec.trim().chars() {
        if c == ' ' || c == '\t' {
            gap = true;
            continue;
        }
        if gap && !(matches!(c, '@' | '.') || out.ends_with(['@', '.']))
            || gap && out.starts_with('"') && !out.contains('@')
        {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    out
}

/// Octets of the quoted-string that `rest` begins with, both quotes included.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, b) in rest.bytes().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Octets of the (nested) comment that `rest` begins with.
fn comment_length(rest: &str) -> Option<usize> {
    let (mut depth, mut escaped) = (0usize, false);
    for (at, b) in rest.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// Octets of the angle-addr that `rest` begins with; a quoted local part may hold a bracket.
fn angle_length(rest: &str) -> Option<usize> {
    let quoted = rest.get(1..).filter(|inner| inner.starts_with('"')).and_then(quoted_length).unwrap_or(0);
    let tail = rest.get(1 + quoted..)?;
    tail.find('>').map(|at| 1 + quoted + at + 1)
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_grammar_calls_an_address_is_one() {
        let check = |input: &[u8], expected: &[(&str, &str)]| {
            let found = parse(input).list;
            let got: Vec<(String, String)> =
                found.iter().map(|m| (m.name.clone().unwrap_or_default(), m.address.wire())).collect();
            let expected: Vec<(String, String)> =
                expected.iter().map(|(n, a)| ((*n).to_owned(), (*a).to_owned())).collect();
            assert_eq!(got, expected, "{}", String::from_utf8_lossy(input));
        };
        check(b"haru@example.jp", &[("", "haru@example.jp")]);
        check(b"Haru <haru@example.jp>", &[("Haru", "haru@example.jp")]);
        check(b"\"a..b\"@docomo.ne.jp", &[("", "a..b@docomo.ne.jp")]);
        check(b"<\"a..b\"@docomo.ne.jp>", &[("", "a..b@docomo.ne.jp")]);
        check(b"Haru <a..b@docomo.ne.jp>", &[("Haru", "a..b@docomo.ne.jp")]);
        check(b"a.@ezweb.ne.jp", &[("", "a.@ezweb.ne.jp")]);
        check(b"\x1B$B$O$k\x1B(B <haru@example.jp>", &[("はる", "haru@example.jp")]);
        check(b"\x1B$B$O$k <haru@example.jp>", &[("はる", "haru@example.jp")]);
        check(b"\x82\xcd\x82\xe9 <haru@example.jp>", &[("はる", "haru@example.jp")]);
        check("はる、<haru@example.jp>".as_bytes(), &[("はる、", "haru@example.jp")]);
        check(b"=?utf-8?B?44Gv44KL?= <haru@example.jp>", &[("はる", "haru@example.jp")]);
        check(b"\"=?utf-8?B?44Gv44KL?=\" <haru@example.jp>", &[("はる", "haru@example.jp")]);
        check(b"=?utf-8?B?bg0KQmNjOiBl?= <e@example.jp>", &[("n Bcc: e", "e@example.jp")]);
        check(b"haru@example.jp (Haru \\(home\\))", &[("Haru (home)", "haru@example.jp")]);
        check(b"(c) haru (d) @ (e) example.jp", &[("e", "haru@example.jp")]);
        check(b"haru @ example . jp", &[("", "haru@example.jp")]);
        check(b"\"a b\"@example.jp", &[("", "\"a b\"@example.jp")]);
        check("はる@example.jp".as_bytes(), &[("", "はる@example.jp")]);
        check(b"haru(x)@example.jp", &[("x", "haru@example.jp")]);
        check(b"Tanaka, Taro <a@example.jp>", &[("Tanaka Taro", "a@example.jp")]);
        check(
            b"\"Tanaka, Taro\" <a@example.jp>, b@example.jp",
            &[("Tanaka, Taro", "a@example.jp"), ("", "b@example.jp")],
        );
        check(b"friends: a@example.jp, B <b@example.jp>;", &[("", "a@example.jp"), ("B", "b@example.jp")]);
        check(b"undisclosed-recipients:;", &[]);
        check(b"<@relay.test,@b.test:a@example.jp>", &[("", "a@example.jp")]);
        check(b"Haru <haru@example.jp", &[("Haru", "haru@example.jp")]);
        check(b"\"Haru <haru@example.jp>", &[("Haru", "haru@example.jp")]);
        check(b"Haru (^o^ <haru@example.jp>", &[("Haru (^o^", "haru@example.jp")]);
        check(b"haru@example.jp <haru@example.jp>", &[("", "haru@example.jp")]);
        check(b"victim@example.jp <evil@example.org>", &[("victim@example.jp", "evil@example.org")]);
        check(
            b"\"Haru <victim@example.jp>\" <evil@example.org>",
            &[("Haru <victim@example.jp>", "evil@example.org")],
        );
        check(
            b"=?utf-8?Q?victim=40example.jp=2C?= <evil@example.org>",
            &[("victim@example.jp,", "evil@example.org")],
        );
        check(
            b"<victim@example.jp> <evil@example.org>",
            &[("", "victim@example.jp"), ("", "evil@example.org")],
        );
        check(b"haru@example.jp\0", &[]);
        check("haru＠example.jp".as_bytes(), &[]);
        check(b"", &[]);
    }

    #[test]
    fn a_second_address_in_the_field_is_seen_wherever_it_stands() {
        let check = |input: &[u8], expected: bool| {
            let author = Address::parse("haru@example.jp").expect("an address");
            assert_eq!(names_another(input, &author), expected, "{}", String::from_utf8_lossy(input));
        };
        check(b"Haru <haru@example.jp>", false);
        check(b"\"haru@example.jp\" <Haru@example.jp> (haru@EXAMPLE.jp)", false);
        check(b"\"haru\"@example.jp", false);
        check(b"(c) haru (d) @ (e) example.jp", false);
        check(b"=?utf-8?Q?evil=40example.jp?= <haru@example.jp>", false);
        check(b"evil@example.org <haru@example.jp>", false);
        check(b"(evil@example.jp) haru@example.jp", true);
        check(b"evil@example.jp:;, haru@example.jp", true);
        check(b"<evil@exam ple.jp>, haru@example.jp", true);
        check(b"\x1b$B<evil@example.jp>\x1b(B <haru@example.jp>", true);
        check(b"@evil haru@example.jp", true);
    }

    #[test]
    fn the_only_address_of_a_broken_field_is_taken_and_said() {
        let check = |input: &str, expected: Option<(&str, &str)>| {
            let found = parse(input.as_bytes());
            let got = found.list.first().map(|m| (m.name.clone().unwrap_or_default(), m.address.wire()));
            let expected = expected.map(|(name, address)| (name.to_owned(), address.to_owned()));
            assert_eq!((got.clone(), found.repaired), (expected, got.is_some()), "{input}");
        };
        let haru = Some(("", "haru@example.jp"));
        check("<<haru@example.jp>>", haru);
        check("<mailto:haru@example.jp>", haru);
        check("haru@example.jp.", haru);
        check("haru@example.jp>", haru);
        check("\"haru@example.jp\"", haru);
        check("Haru haru@example.jp", Some(("Haru", "haru@example.jp")));
        check("=?utf-8?B?44Gv44KLIDxoYXJ1QGV4YW1wbGUuanA+?=", Some(("はる", "haru@example.jp")));
        check("a@example.jp or b@example.jp", None);
        check("haru＠example.jp", None);
        check("<haru>", None);
    }
}
