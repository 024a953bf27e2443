//! What a server said of a failure → an enhanced status code (RFC 3463).
//!
//! A code that is written down counts before anything else, one with a detail before "x.0.0"; then the known words
//! below; then the class of a reply code (RFC 5321 §4.2). Where none of these stands, the status is empty.

/// Words of servers in lower case, with subject and detail of their status. The first that is found counts, so the
/// narrower stand above: a domain that "does not exist" is no user.
const REASONS: &[(&str, &[&str])] = &[
    (
        "1.2",
        &[
            "host unknown",
            "unknown host",
            "host not found",
            "domain name not found",
            "domain not found",
            "no such domain",
            "unknown domain",
            "domain does not exist",
            "couldn't find any host",
            "unrouteable",
            "unroutable",
            "name or service not known",
            "ドメインが見つか",
            "ドメインが存在",
        ],
    ),
    (
        "2.2",
        &[
            "mailbox full",
            "mailbox is full",
            "full mailbox",
            "over quota",
            "overquota",
            "over its quota",
            "quota exceeded",
            "exceeded quota",
            "exceeds quota",
            "exceeded storage",
            "storage limit",
            "allowed quota",
            "exceeded the local limit",
            "not enough space",
            "too many messages in",
            "一杯",
            "いっぱい",
            "容量を超",
            "容量オーバー",
        ],
    ),
    (
        "3.4",
        &[
            "message size exceeds",
            "size limit",
            "maximum size",
            "too large",
            "too big",
            "サイズが大き",
            "サイズ制限",
        ],
    ),
    (
        "1.1",
        &[
            "user unknown",
            "unknown user",
            "unknown recipient",
            "recipient unknown",
            "unknown local",
            "unknown mailbox",
            "unknown address",
            "no such user",
            "no such mailbox",
            "no such recipient",
            "no such address",
            "no such account",
            "no mailbox",
            "invalid recipient",
            "invalid mailbox",
            "user not found",
            "recipient not found",
            "address not found",
            "mailbox not found",
            "recipnotfound",
            "recipientnotfound",
            "couldn't be found",
            "could not be found",
            "wasn't found",
            "mailbox unavailable",
            "not listed in",
            "is not recognized",
            "does not exist",
            "doesn't exist",
            "doesn't have a",
            "does not have a",
            "not a valid",
            "存在しません",
            "存在しない",
            "見つかりません",
            "宛先不明",
            "あて先不明",
            "不存在",
        ],
    ),
    ("2.1", &["disabled", "inactive", "suspended", "deactivated", "利用停止", "解約"]),
    (
        "4.7",
        &[
            "retry timeout exceeded",
            "in the queue too long",
            "queue too long",
            "message expired",
            "allowed queue period",
            "not delivered within",
            "delivery time expired",
            "配送期限",
        ],
    ),
    (
        "4.1",
        &[
            "connection timed out",
            "connection refused",
            "no answer from host",
            "could not connect",
            "did not accept our requests to connect",
            "network is unreachable",
            "no route to host",
            "is not responding",
            "network error",
            "接続できません",
        ],
    ),
    (
        "7.1",
        &[
            "spam",
            "blocked",
            "blacklist",
            "blocklist",
            "black list",
            "policy",
            "access denied",
            "relaying denied",
            "relay denied",
            "not authorized",
            "not permitted",
            "受信拒否",
            "受信を拒否",
            "受信者の設定",
            "迷惑メール",
        ],
    ),
];

/// Reply codes that refuse a mail or put it off (RFC 5321 §4.2.3, RFC 4954, RFC 7504).
const REPLY_CODES: [&str; 19] = [
    "421", "450", "451", "452", "454", "455", "500", "501", "502", "503", "504", "521", "530", "535", "550",
    "551", "552", "553", "554",
];

/// The status that these lines give; empty when they give none. Of a mail that is only `late` the class is 4.
pub(super) fn status<'a>(lines: impl Iterator<Item = &'a str> + Clone, late: bool) -> String {
    let written = || lines.clone().flat_map(enhanced);
    let reply = lines.clone().find_map(reply_code);
    let class = match reply {
        _ if late => '4',
        Some(code) if code.starts_with('4') => '4',
        _ => '5',
    };
    let by_words = || {
        detail(lines.clone()).map(|detail| match detail {
            "4.1" | "4.7" => format!("4.{detail}"),
            detail => format!("{class}.{detail}"),
        })
    };
    let precise = written().find(|code| !code.ends_with(".0.0"));
    precise
        .or_else(|| written().next())
        .map(str::to_owned)
        .or_else(by_words)
        .or_else(|| reply.map(|_| format!("{class}.0.0")))
        .unwrap_or_default()
}

/// Subject and detail of a status, by the words of the lines.
fn detail<'a>(lines: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let folded: Vec<String> = lines.map(str::to_lowercase).collect();
    let said = |words: &[&str]| words.iter().any(|w| folded.iter().any(|line| line.contains(w)));
    REASONS.iter().find(|(_, words)| said(words)).map(|(detail, _)| *detail)
}

/// Whether a failure with this status, said in these lines, is that nobody has the address (RFC 3463 §3.2, §3.3).
pub(super) fn no_such_recipient<'a>(status: &str, lines: impl Iterator<Item = &'a str>) -> bool {
    match status {
        "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1" => true,
        // docomo's "550 Unknown user" has no detail; servers in between write 5.0.0 beside it
        "5.0.0" => matches!(detail(lines), Some("1.1" | "1.2" | "2.1")),
        _ => false,
    }
}

/// The enhanced status codes of a line (RFC 3463 §2): three numbers, the first 2, 4 or 5; no IP address.
pub(super) fn enhanced(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words.map(|w| w.trim_end_matches('.')).filter(|word| {
        let numbers = || word.split('.');
        let sized = numbers().all(|n| (1..=3).contains(&n.len()));
        sized && numbers().count() == 3 && matches!(numbers().next(), Some("2" | "4" | "5"))
    })
}

/// A reply code that begins the line or what somebody said: "<<< 550 no", "said: 550-5.1.1", "smtp; 554".
fn reply_code(line: &str) -> Option<&str> {
    let mut before = ' ';
    for word in line.split_inclusive([' ', '-', ':', ';', '#', '(', '\'', '"']) {
        let end = word.chars().next_back().unwrap_or(' ');
        let code = word.trim_end_matches([' ', '-', ':']);
        let begins = matches!(before, ' ' | ':' | ';' | '#' | '(' | '\'' | '"');
        if begins && REPLY_CODES.contains(&code) && (matches!(end, ' ' | '-' | ':') || code == word) {
            return Some(code);
        }
        before = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_no_ip_addresses() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(enhanced(text).next(), expected, "{text}");
        check("5.1.1", Some("5.1.1"));
        check("smtp; 550 5.1.1 <a@example.jp>... User unknown", Some("5.1.1"));
        check("host 5.2.3.4 said 450 4.2.2.", Some("4.2.2"));
        check("#5.1.0 Address rejected", Some("5.1.0"));
        check("version 1.2.3", None);
        check("550 no such user", None);
    }

    #[test]
    fn nobody_has_an_address_by_code_or_by_words_beside_a_code_without_detail() {
        let check = |status: &str, words: &str, expected: bool| {
            assert_eq!(no_such_recipient(status, words.lines()), expected, "{status} {words}");
        };
        check("5.1.1", "", true);
        check("5.0.0", "smtp; 550 Unknown user a..b@docomo.ne.jp", true);
        check("5.0.0", "smtp; 554 go away", false);
        check("5.2.2", "user unknown", false);
        check("5.7.1", "", false);
        check("4.1.1", "user unknown", false);
    }

    #[test]
    fn what_is_written_counts_before_words_and_words_before_reply_codes() {
        let check = |text: &str, late: bool, expected: &str| {
            assert_eq!(status(text.lines(), late), expected, "{text}");
        };
        check("550 5.0.0 no\n5.7.1 spam", false, "5.7.1");
        check("5.0.0\nuser unknown", false, "5.0.0");
        check("550 Unknown user haru@example.jp", false, "5.1.1");
        check("452 mailbox full", false, "4.2.2");
        check("552 mailbox full", false, "5.2.2");
        check("mailbox full", true, "4.2.2");
        check("the domain does not exist", false, "5.1.2");
        check("宛先のユーザーが存在しません", false, "5.1.1");
        check("connection refused", false, "4.4.1");
        check("<<< 554 go away", false, "5.0.0");
        check("421 go away", false, "4.0.0");
        check("mx said: 550-go away", false, "5.0.0");
        check("it was sent at 550 metres", true, "4.0.0");
        check("call 03-550-550", false, "");
        check("go away", false, "");
    }
}
