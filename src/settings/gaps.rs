//! A sentence about a mistake, its gaps `{0}`, `{1}` … filled with arguments.

use super::code::Code;
use super::error::Argument;
use super::sentences::SENTENCES;
use super::terms::term;
use crate::domain::locale::Locale;

/// What is wrong.
pub(super) fn what(code: Code, locale: Locale, arguments: &[Argument]) -> String {
    sentence(code, locale, 0, arguments)
}

/// What to write instead.
pub(super) fn remedy(code: Code, locale: Locale, arguments: &[Argument]) -> String {
    sentence(code, locale, 1, arguments)
}

fn sentence(code: Code, locale: Locale, half: usize, arguments: &[Argument]) -> String {
    let Some(sentence) = SENTENCES.iter().find(|sentence| sentence.code == code) else {
        return format!("{code:?}");
    };
    let template = match locale {
        Locale::Ja => sentence.ja[half],
        Locale::En => sentence.en[half],
    };
    filled(template, arguments, locale)
}

/// One pass, so that braces inside an argument stay what they are.
fn filled(template: &str, arguments: &[Argument], locale: Locale) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_in_an_argument_stay_what_they_are() {
        let said = what(Code::BadZone, Locale::En, &[Argument::Text("{0} {".to_owned())]);
        assert_eq!(said, "there is no time zone \"{0} {\"");
    }
}
