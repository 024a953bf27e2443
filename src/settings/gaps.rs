//! The gaps `{0}`, `{1}` … of a sentence, filled with arguments.

use super::error::Argument;
use super::terms::term;
use crate::domain::locale::Locale;

/// One pass, so that braces inside an argument stay what they are.
pub(super) fn filled(template: &str, arguments: &[Argument], locale: Locale) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (number, after) = after.split_once('}').unwrap_or((after, ""));
        match number.parse().ok().and_then(|n: usize| arguments.get(n)) {
            Some(Argument::Text(text)) => out.push_str(text),
            Some(Argument::Term(word)) => out.push_str(term(*word, locale)),
            None => {}
        }
        rest = after;
    }
    out + rest
}
