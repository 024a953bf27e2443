//! What the TOML parser says → which mistake the operator probably made. What is not known here is told in the
//! parser's own words.

use super::code::Code;

/// The mistake behind the parser's `message`; `rest` is the text from the place that it names on.
pub(super) fn code(message: &str, rest: &str) -> Code {
    let begins = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
    let sign = rest.chars().next().unwrap_or('\n');
    if begins(&["duplicate key"]) {
        Code::WrittenTwice
    } else if begins(&["unclosed table"]) {
        Code::BracketOpen
    } else if begins(&["invalid basic string, expected", "invalid literal string, expected"]) {
        Code::QuoteOpen
    } else if begins(&["key with no value"]) || begins(&["invalid unquoted key"]) && ":＝：".contains(sign)
    {
        Code::EqualsMissing
    } else if begins(&["string values must be quoted", "invalid float", "invalid boolean"])
        && sign.is_alphabetic()
        || "“”＂「『".contains(sign)
    {
        Code::QuotesMissing
    } else {
        Code::Syntax
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn common_slips_are_known_by_what_the_parser_says() {
        let check = |text: &str, expected: Code| {
            let (_, errors) = DeTable::parse_recoverable(text);
            let error = errors.first().unwrap_or_else(|| panic!("{text} is TOML"));
            let at = error.span().map_or(0, |span| span.start);
            assert_eq!(code(error.message(), &text[at..]), expected, "{text}: {}", error.message());
        };
        check("host = imap.example.jp", Code::QuotesMissing);
        check("host = mail.example.jp", Code::QuotesMissing);
        check("host = nine", Code::QuotesMissing);
        check("host = true.example.jp", Code::QuotesMissing);
        check("name = “よりそい便り”", Code::QuotesMissing);
        check("name = よりそい便り", Code::QuotesMissing);
        check("host = \"imap.example.jp\nport = 1", Code::QuoteOpen);
        check("[imap\nhost = \"x\"", Code::BracketOpen);
        check("host: \"x\"", Code::EqualsMissing);
        check("host ＝ \"x\"", Code::EqualsMissing);
        check("host \"x\"", Code::EqualsMissing);
        check("host", Code::EqualsMissing);
        check("a = 1\na = 2", Code::WrittenTwice);
        check("[a]\n[a]", Code::WrittenTwice);
        check("a = 1 b = 2", Code::Syntax);
    }
}
