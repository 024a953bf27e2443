//! Which parts of the file are never shown: passwords, and whatever may be one because its key is mistyped.
//!
//! What is shown needs a reason, not what is hidden: the value of a known key that holds no secret. In a file that
//! is no TOML the key is guessed from the line, or from the lines above it.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::written::{KEYS, kind_of};

/// Whether the value of a key of this name is never shown: it is a password, or a command that may name one.
pub(super) fn is_secret(key: &str) -> bool {
    matches!(key, "password" | "password_command")
}

/// Whether a name sounds like that of a secret.
pub(super) fn is_suspect(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["pass", "secret", "pw", "token"].iter().any(|word| lower.contains(word))
}

/// Whether the value of a key may be shown, which is known, or stands in a wrong place, or is nearly one that is.
fn is_plain(section: &str, key: &str) -> bool {
    if kind_of(section, key).is_some() {
        return !is_secret(key);
    }
    let known = nearest(key, KEYS.iter().map(|(_, known, _)| *known));
    !is_suspect(key) && known.is_some_and(|known| !is_secret(known))
}

/// The spans of the values that are not shown.
pub(super) fn by_keys(file: &DeTable<'_>) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    for (section, value) in file {
        let DeValue::Table(keys) = value.get_ref() else {
            if !is_plain("", section.get_ref()) {
                hidden.push(value.span());
            }
            continue;
        };
        for (key, value) in keys {
            let (section, key) = (section.get_ref().as_ref(), key.get_ref().as_ref());
            let simple = !matches!(value.get_ref(), DeValue::Table(_));
            if !simple || !is_plain(section, key) {
                hide_all(value.get_ref(), value.span(), &mut hidden);
            }
        }
    }
    hidden
}

/// A table that stands under a header of its own has no span that could be replaced: its values have.
fn hide_all(value: &DeValue<'_>, span: Range<usize>, hidden: &mut Vec<Range<usize>>) {
    match value {
        DeValue::Table(keys) => {
            for (_, value) in keys {
                hide_all(value.get_ref(), value.span(), hidden);
            }
        }
        _ => hidden.push(span),
    }
}

/// What is not shown of the line at byte `at` of a text that is no TOML.
pub(super) fn by_guess(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next().unwrap_or_default();
    let whole = start..start + line.len();
    let suspect = is_suspect(line);
    let plain = |key: &str| KEYS.iter().any(|(_, known, _)| *known == key) && !is_secret(key);
    let first = first_word(line);
    match line.find(['=', ':']) {
        _ if is_header(line) => None,
        _ if line.trim_start().starts_with('#') => Some(whole),
        // an item of a list that began above it
        None if first.is_empty() => {
            let above = text.get(..start)?.lines().rev().find(|above| !first_word(above).is_empty());
            let list = above.filter(|above| plain(first_word(above))).and_then(|above| above.split_once('='));
            let is_list = list.is_some_and(|(_, value)| value.trim_start().starts_with('['));
            (suspect || !is_list).then_some(whole)
        }
        _ if plain(first) && !suspect => None,
        Some(joint) if line.get(..joint).is_some_and(|key| key.trim() == first) => {
            let value = line.get(joint + 1..).unwrap_or_default();
            let blank = value.len() - value.trim_start().len();
            Some(whole.start + joint + 1 + blank..whole.end)
        }
        _ if plain(first) || first.eq_ignore_ascii_case("password") => {
            let indent = line.len() - line.trim_start().len();
            Some(whole.start + indent + first.len()..whole.end)
        }
        _ => Some(whole),
    }
}

/// Whether the line is the name of a section in brackets, or nearly that.
fn is_header(line: &str) -> bool {
    let name = line.trim().strip_prefix('[').map(|rest| rest.trim_matches([' ', '[', ']']));
    name.is_some_and(|name| nearest(name, KEYS.iter().map(|(section, _, _)| *section)).is_some())
}

/// The letters of a key with which a line begins.
fn first_word(line: &str) -> &str {
    let line = line.trim_start();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    line.get(..end.unwrap_or(line.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last line of `text` as it would be shown.
    fn check(text: &str, expected: &str) {
        let start = text.rfind('\n').map_or(0, |newline| newline + 1);
        let mut shown = text.to_owned();
        if let Some(hidden) = by_guess(text, start) {
            shown.replace_range(hidden, "…");
        }
        assert_eq!(&shown[start..], expected, "{text}");
    }

    #[test]
    fn in_a_broken_file_only_lines_of_plain_keys_are_shown() {
        check("host = imap.example.jp", "host = imap.example.jp");
        check("host: imap.example.jp", "host: imap.example.jp");
        check("[imap", "[imap");
        check("operators = [\n\"a@example.jp\"\n\"b@example.jp\"", "\"b@example.jp\"");
        check("password = \"hunter2", "password = …");
        check("password: hunter2", "password: …");
        check("password hunter2", "password…");
        check("Password = hunter2", "Password = …");
        check("passwort = hunter2", "passwort = …");
        check("host = \"x\" password = \"hunter2\"", "host = …");
        check("[imap] password = \"hunter2\"", "…");
        check("imap = { host = \"x\", password = \"hunter2\"", "imap = …");
        check("hunter2", "…");
        check("password = \"\"\"\n hunter2\"", "…");
        check("password = \"\"\"\n+hunter2", "…");
        check("# password = hunter2", "…");
    }
}
