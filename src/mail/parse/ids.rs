//! Message-ID, In-Reply-To, References (RFC 5322 §3.6.4) → identifiers. Nothing empty comes out.

use super::super::message_id::MessageId;

/// How many identifiers of one field are kept from each end.
const EACH_END: usize = 20;

/// The identifiers of a raw value, in order: what stands in angle brackets, folding white space inside removed;
/// without any bracket, the words that hold an `@`. Of more than forty the first and the last twenty.
pub fn parse(value: &[u8]) -> Vec<MessageId> {
    let text = String::from_utf8_lossy(value);
    let mut found: Vec<MessageId> = match text.contains('<') {
        true => text.split('<').skip(1).filter_map(bracketed).collect(),
        false => text.split_whitespace().filter(|w| w.contains('@')).filter_map(MessageId::parse).collect(),
    };
    if found.len() > 2 * EACH_END {
        found.drain(EACH_END..found.len() - EACH_END);
    }
    found
}

/// The identifier of a Message-ID field: the first one there is, or the bare word, `@` or not.
pub fn single(value: &[u8]) -> Option<MessageId> {
    parse(value).into_iter().next().or_else(|| MessageId::parse(&String::from_utf8_lossy(value)))
}

fn bracketed(after: &str) -> Option<MessageId> {
    let inner = after.split_once('>').map_or(after, |(inner, _)| inner);
    MessageId::parse(&inner.split_whitespace().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_never_empty() {
        let check = |input: &str, expected: &[&str]| {
            let got = parse(input.as_bytes());
            assert_eq!(got.iter().map(MessageId::as_str).collect::<Vec<_>>(), expected, "{input}");
        };
        check("<a@example.jp>", &["a@example.jp"]);
        check(
            "<a@example.jp> <b@example.jp>\t<c@example.jp>",
            &["a@example.jp", "b@example.jp", "c@example.jp"],
        );
        check("<a@example.jp><b@example.jp>", &["a@example.jp", "b@example.jp"]);
        check("Your mail of Monday <a@example.jp> (Haru)", &["a@example.jp"]);
        check("< a@ example.jp >", &["a@example.jp"]);
        check("a@example.jp b@example.jp", &["a@example.jp", "b@example.jp"]);
        check("<> < > <>", &[]);
        check("", &[]);
        assert_eq!(single(b"<>"), None);
        assert_eq!(single(b"20261122.123").map(|i| i.to_string()), Some("20261122.123".to_owned()));
        let many: String = (0..100).map(|n| format!("<{n}@example.jp>")).collect();
        let kept = parse(many.as_bytes());
        assert_eq!(
            (kept.len(), kept[19].as_str(), kept[20].as_str()),
            (40, "19@example.jp", "80@example.jp")
        );
    }
}
