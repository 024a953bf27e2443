//! Finds what tells who somebody is or how to reach her outside of the service, in words that a person wrote: addresses
//! in any disguise, telephone numbers, names of accounts, pages of her own, where she lives, what she is called.
//!
//! Unlike [`super::particulars::mask`], which takes out what is registered, this judges by form, so it errs both ways;
//! `fixtures/particulars/` measures how often. The text is folded as there, and every pattern is read in linear time.

mod accounts;
mod addresses;
mod links;
mod names;
mod numbers;
mod places;

use regex::Regex;

use super::address::Address;
use super::particulars::{Sign, fold};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Telling {
    /// A mail address.
    Address,
    /// A telephone number.
    Telephone,
    /// The name of an account elsewhere.
    Account,
    /// A page of somebody's own.
    Link,
    /// Where somebody lives.
    Place,
    /// What somebody is called.
    Name,
}

/// What is known of the two between whom a text goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Their addresses: the parts before `@`, and domains of their own, tell who they are.
    pub addresses: &'a [Address],
    /// Names under which they write mail.
    pub names: &'a [&'a str],
    /// What they are called here: this may pass.
    pub chosen: &'a [&'a str],
}

/// Where something was found: a span of octets of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it seems to be.
    pub what: Telling,
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// Everything telling in a text, in order, apart from each other.
pub fn telling(text: &str, known: &Known<'_>) -> Vec<Found> {
    let signs = fold(text);
    let plain = Folded::new(&signs, |c| c);
    // most letters hold neither number nor place
    let (number, place) = (numbers::may_be_in(&signs), places::may_be_in(&signs, &plain));
    let digits = (number || place).then(|| Folded::new(&signs, digit));
    let mut found = Vec::new();
    addresses::find(&plain, &mut found);
    numbers::find(digits.as_ref().filter(|_| number), &plain, &mut found);
    accounts::find(&plain, &mut found);
    links::find(&plain, known, &mut found);
    places::find(digits.as_ref().filter(|_| place), &plain, &mut found);
    names::find(&plain, known, &mut found);
    apart(found)
}

/// The text with each find replaced by what `mark` says.
pub fn hidden<'m>(text: &str, found: &[Found], mark: impl Fn(Telling) -> &'m str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for one in found {
        out.push_str(&text[end..one.from]);
        out.push_str(mark(one.what));
        end = one.to;
    }
    out.push_str(&text[end..]);
    out
}

/// What overlaps is one find, of the kind that begins first.
fn apart(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.from, std::cmp::Reverse(one.to)));
    let mut apart: Vec<Found> = Vec::new();
    for one in found {
        match apart.last_mut() {
            Some(last) if one.from < last.to => last.to = last.to.max(one.to),
            _ => apart.push(one),
        }
    }
    apart
}

/// Kanji digits as digits, and whatever stands for a hyphen as one.
fn digit(c: char) -> char {
    match c {
        '〇' | '零' | '○' | '◯' => '0',
        '一' => '1',
        '二' => '2',
        '三' => '3',
        '四' => '4',
        '五' => '5',
        '六' => '6',
        '七' => '7',
        '八' => '8',
        '九' => '9',
        '\u{2010}'..='\u{2015}' | '−' | 'ー' => '-',
        _ => c,
    }
}

impl Sign {
    fn is_digit(&self) -> bool {
        // Of most letters most signs are kana.
        !matches!(self.c, '\u{3040}'..='\u{30ff}') && digit(self.c).is_ascii_digit()
    }
}

/// A folded text that knows which span of the original each of its signs came from.
struct Folded<'a> {
    text: String,
    signs: &'a [Sign],
    /// Where each sign begins in the text.
    starts: Vec<usize>,
    /// How many Latin letters and how many digits there are: most letters have too few of them for most patterns.
    latin: usize,
    digits: usize,
}

impl<'a> Folded<'a> {
    fn new(signs: &'a [Sign], each: impl Fn(char) -> char) -> Self {
        // most signs of a Japanese text take three octets
        let (mut text, mut starts) =
            (String::with_capacity(3 * signs.len()), Vec::with_capacity(signs.len()));
        for sign in signs {
            starts.push(text.len());
            text.push(each(sign.c));
        }
        let latin = text.bytes().filter(u8::is_ascii_lowercase).count();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        Self { text, signs, starts, latin, digits }
    }

    /// Whether one of these words is in it.
    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }

    /// A span of the folded text as one of the original.
    fn found(&self, what: Telling, from: usize, to: usize) -> Option<Found> {
        let sign =
            |octet| self.signs.get(self.starts.partition_point(|start| *start <= octet).checked_sub(1)?);
        (from < to).then_some(())?;
        Some(Found { what, from: sign(from)?.from, to: sign(to - 1)?.to })
    }

    /// Everything that a pattern finds and `counts` confirms: its first group, or the whole of it. What follows the
    /// group may begin the next.
    fn each(&self, pattern: &Regex, what: Telling, counts: impl Fn(&str) -> bool, into: &mut Vec<Found>) {
        let mut at = 0;
        while let Some(groups) = pattern.captures_at(&self.text, at) {
            let Some(it) = groups.get(1).or_else(|| groups.get(0)) else { return };
            if it.is_empty() {
                return;
            }
            if counts(it.as_str()) {
                into.extend(self.found(what, it.start(), it.end()));
            }
            at = it.end();
        }
    }
}

/// Compiled patterns; blanks in them are for the reader. A word ends where Latin letters and digits do: Japanese goes on
/// right behind them, and the faster engine knows no other ends.
fn patterns<'a>(sources: impl IntoIterator<Item = &'a str>) -> Vec<Regex> {
    let compile = |source: &str| {
        let source = source.replace(r"\b", r"(?-u:\b)");
        regex::RegexBuilder::new(&source).ignore_whitespace(true).build()
    };
    let compiled: Vec<_> = sources.into_iter().map(compile).collect();
    debug_assert!(compiled.iter().all(Result::is_ok), "{:?}", compiled.iter().find(|c| c.is_err()));
    compiled.into_iter().filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known<'a>(addresses: &'a [Address], names: &'a [&'a str]) -> Known<'a> {
        Known { addresses, names, chosen: &["あい", "はる", "Mary"] }
    }

    #[test]
    fn what_is_found_goes_and_the_rest_stays_byte_for_byte() {
        let addresses = ["hanako.sato@sato-shop.example", "mary@gmail.com", "mail@example.net"];
        let addresses = addresses.map(|text| Address::parse(text).unwrap());
        let check = |text: &str, expected: &str| {
            let found = telling(text, &known(&addresses, &["佐藤　花子", "Mary Doe"]));
            let mark = |what| match what {
                Telling::Address => "[A]",
                Telling::Telephone => "[T]",
                Telling::Account => "[C]",
                Telling::Link => "[L]",
                Telling::Place => "[P]",
                Telling::Name => "[N]",
            };
            assert_eq!(hidden(text, &found, mark), expected, "{text}");
        };
        check("", "");
        check("電話は０９０－１２３４－５６７８、夜に。", "電話は[T]、夜に。");
        check("090-1111-2222/080-1111-2222", "[T]/[T]");
        check("①ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ②", "[A]②"); // a circled digit may belong to it
        check("佐藤花子\r\n佐藤\r\n佐藤さんは元気です", "[N]\r\n[N]\r\n佐藤さんは元気です");
        check("Yours,\nMary", "Yours,\nMary"); // her chosen name
        check("Doe, Mary", "[N]");
        check("ask hanako.sato, or the mail", "ask [N], or the mail");
        check("https://www.sato-shop.example/about", "[L]");
        check("https://www.gmail.com/ is down", "https://www.gmail.com/ is down");
        check("0120-783-556 と 090-1234-5678", "0120-783-556 と [T]");
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in any::<String>(), soup in "[0９一〇a@＠.．ア\u{200b}(\\[丁目市区ー－line\n /-]{0,200}") {
            for text in [text, soup] {
                let found = telling(&text, &Known::default());
                prop_assert!(found.windows(2).all(|pair| pair[0].to <= pair[1].from));
                prop_assert_eq!(found.is_empty(), hidden(&text, &found, |_| "\u{1}") == text);
            }
        }
    }
}
