//! What somebody is called: names under which she writes mail, the part of her address before `@`, and names that are
//! given as such. A whole name counts wherever it stands, a part of it as a signature: on a line of its own.

use std::sync::LazyLock;

use regex::Regex;

use super::{Address, Folded, Found, Known, Telling, fold, patterns};

/// Parts before `@` that are ordinary words as well.
const ORDINARY: [&str; 72] = [
    "mail", "info", "office", "home", "work", "love", "happy", "smile", "music", "piano", "spring", "summer",
    "autumn", "winter", "flower", "sunny", "rain", "rainbow", "cloud", "star", "moon", "peace", "hope",
    "dream", "lucky", "sweet", "honey", "apple", "peach", "lemon", "cherry", "rose", "lily", "daisy",
    "garden", "forest", "ocean", "river", "mountain", "coffee", "bread", "cake", "kitchen", "family",
    "mother", "father", "mama", "papa", "baby", "friend", "teacher", "student", "school", "shop", "store",
    "blue", "green", "white", "black", "pink", "orange", "contact", "support", "hello", "care", "post",
    "user", "test", "admin", "phone", "mobile", "private",
];
/// What may stand behind a name that signs.
const SIGNS: [&str; 9] = ["より", "拝", "です", "でした", "。", "より。", "です。", "記", "♪"];

/// What stands beside every name that is given as such.
const GIVING: [&str; 12] = [
    "本名",
    "実名",
    "フルネ",
    "本当の名前",
    "申し",
    "もうし",
    "name",
    "名字",
    "苗字",
    "姓",
    "sent ",
    "から送",
];

static GIVEN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns([
        r"(?:本名|実名|フルネ[ーｰ]ム|本当の名前)[はが:、]\s?「?([\p{Han}\p{Katakana}]{2,5}\s?[\p{Han}\p{Katakana}\p{Hiragana}]{0,5}?)」?(?:です|と|だ|って|。|$)",
        r"([\p{Han}\p{Katakana}]{2,4}\s?[\p{Han}\p{Katakana}]{0,5})(?:と申し|ともうし|といいます、本名)",
        r"\bmy\ (?:real|full|actual)\ name\ is\ ([a-z]+(?:\ [a-z]+)?)\s*(?:[.,!)\n]|$)",
        r"\bmy\ (?:last|family|sur)\ ?name\ is\ ([a-z]+)",
        r"\bsent\ (?:from|by|via)\ ([a-z0-9.\-]+(?:\ [a-z0-9.\-]+)?['’]s)\ (?:iphone|ipad|phone|mobile|galaxy|pixel|mac)",
        r"(?:^|\s)([^\s、。私僕俺自]{2,10})の\s?(?:iphone|ipad|スマホ|携帯|galaxy)から(?:送信|送って)",
        r"(?:名字|苗字|姓)は\s?([\p{Han}]{1,4})(?:です|と|だ|といい)",
    ])
});

pub(super) fn find(text: &Folded<'_>, known: &Known<'_>, into: &mut Vec<Found>) {
    let chosen: Vec<String> = known.chosen.iter().map(|name| bare(name)).collect();
    let may_pass = |name: &str| name.is_empty() || chosen.iter().any(|c| c == name);
    if text.has(&GIVING) {
        for pattern in GIVEN.iter() {
            text.each(pattern, Telling::Name, |it| !may_pass(&bare(it)), into);
        }
    }
    for name in known.names {
        let name: String = fold(name).iter().map(|sign| sign.c).collect();
        let parts: Vec<&str> = name
            .split(|c: char| c.is_whitespace() || c == ',' || c == '・')
            .filter(|p| !p.is_empty())
            .collect();
        if may_pass(&bare(&name)) || name.contains('@') || bare(&name).chars().count() < 2 {
            continue;
        }
        whole(text, &parts, into);
        let parts = parts.iter().filter(|part| part.chars().count() > 1 && !may_pass(&bare(part)));
        parts.for_each(|part| signed(text, part, into));
    }
    for local in known.addresses.iter().map(local_of) {
        if distinctive(&local) && !may_pass(&local) {
            words(text, &local, into);
        }
    }
}

fn local_of(address: &Address) -> String {
    address.local().split('+').next().unwrap_or_default().to_lowercase()
}

/// Whether the part before `@` means anybody in particular.
fn distinctive(local: &str) -> bool {
    let letters = local.chars().all(|c| c.is_ascii_lowercase());
    local.len() >= 4 && local.chars().any(char::is_alphabetic) && !(letters && ORDINARY.contains(&local))
}

/// A name without what it may be written with or without.
fn bare(name: &str) -> String {
    fold(name).iter().map(|sign| sign.c).filter(|c| c.is_alphanumeric() || *c == 'ー').collect()
}

/// A whole name, its parts in either order, with or without blanks between.
fn whole(text: &Folded<'_>, parts: &[&str], into: &mut Vec<Found>) {
    let forward = parts.iter().map(|p| regex::escape(p)).collect::<Vec<_>>().join(r"[\s,・]*");
    let backward = parts.iter().rev().map(|p| regex::escape(p)).collect::<Vec<_>>().join(r"[\s,・]*");
    if let Ok(pattern) = Regex::new(&format!("{forward}|{backward}")) {
        for it in pattern.find_iter(&text.text).filter(|it| stands_alone(&text.text, it.start(), it.end())) {
            into.extend(text.found(Telling::Name, it.start(), it.end()));
        }
    }
}

/// A part of a name on a line of its own.
fn signed(text: &Folded<'_>, part: &str, into: &mut Vec<Found>) {
    let mut at = 0;
    for line in text.text.split_inclusive('\n') {
        let words = line.trim();
        let rest = words.strip_prefix(part).map(str::trim);
        if rest.is_some_and(|rest| rest.is_empty() || SIGNS.contains(&rest)) {
            let from = at + line.len() - line.trim_start().len();
            into.extend(text.found(Telling::Name, from, from + part.len()));
        }
        at += line.len();
    }
}

/// A word wherever it stands alone.
fn words(text: &Folded<'_>, word: &str, into: &mut Vec<Found>) {
    for (from, _) in text.text.match_indices(word) {
        if stands_alone(&text.text, from, from + word.len()) {
            into.extend(text.found(Telling::Name, from, from + word.len()));
        }
    }
}

/// A Latin word ends where no letter or digit follows; Japanese has no such ends.
fn stands_alone(text: &str, from: usize, to: usize) -> bool {
    let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (before, after) = (text[..from].chars().next_back(), text[to..].chars().next());
    let (first, last) = (text[from..to].chars().next(), text[from..to].chars().next_back());
    !(is_latin(before) && is_latin(first) || is_latin(after) && is_latin(last))
}
