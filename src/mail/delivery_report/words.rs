//! A report in free text → recipient, action and status. Only the report's own words are read: what stands below
//! the mark of the returned copy is somebody's letter.

use super::super::address::Address;
use super::super::message::{Action, Message};
use super::reasons;
use super::status_part::typed_address;

/// A report's own words, and the addresses that they name as recipients.
pub(super) struct Words<'a> {
    lines: Vec<&'a str>,
    /// In the order of how surely they are recipients.
    named: Vec<Address>,
    /// The report's author and who sent the returned mail.
    own: Vec<Address>,
}

/// How sure it is that an address is a recipient; smaller is surer.
type Rank = u8;

impl<'a> Words<'a> {
    /// Reads the text of `m`, without the addresses of its own author and of `senders`, who had sent what it returns.
    pub(super) fn read(m: &'a Message, senders: &[Address]) -> Self {
        let lines: Vec<&str> = m.text.lines().take(super::LINES).take_while(|l| !copy_begins(l)).collect();
        let authors = m.from.iter().map(|from| &from.address);
        let own: Vec<Address> = authors.chain(senders).cloned().collect();
        let failed = m.fields("x-failed-recipients").flat_map(|v| v.split(',')).filter_map(typed_address);
        let mut found: Vec<(Rank, Address)> =
            failed.take(super::ADDRESSES).map(|address| (0, address)).collect();
        found.extend(lines.iter().filter_map(|l| recipient_in(l)).take(super::ADDRESSES));
        found.retain(|(_, a)| !own.contains(a));
        found.sort_by_key(|(rank, _)| *rank);
        Self { lines, named: found.into_iter().map(|(_, address)| address).collect(), own }
    }

    /// Whether an address stands there that is neither `one` nor the author's nor the sender's: the report may be
    /// about that one.
    pub(super) fn speak_of_another(&self, one: &Address) -> bool {
        let about = self.lines.iter().filter(|line| {
            let folded = line.to_lowercase();
            !folded.contains("message-id") && !OTHERS.iter().any(|w| folded.contains(w))
        });
        about.flat_map(|line| addresses_in(line)).any(|a| a != *one && !self.own.contains(&a))
    }

    /// The addresses that are named, the surest first.
    pub(super) fn recipients(&self) -> &[Address] {
        &self.named
    }

    /// What was done: it failed, unless only delay or arrival is spoken of.
    pub(super) fn action(&self, subject: &str) -> Action {
        const LATE: [&str; 18] = [
            "warning message only",
            "not yet been delivered",
            "hasn't been delivered yet",
            "will keep trying",
            "transient non-fatal",
            "delivery is delayed",
            "has been delayed",
            "message is delayed",
            "still being retried",
            "will continue to be attempted",
            "attempts will continue",
            "will retry",
            "まだ配信されていません",
            "配信が遅れて",
            "配信できていません",
            "一時的に配信でき",
            "引き続き配信を試み",
            "再送の必要はありません",
        ];
        const ARRIVED: [&str; 6] = [
            "delivered:",
            "配信済み",
            "successful mail delivery",
            "delivery status notification (success",
            "successfully delivered",
            "return receipt",
        ];
        let subject = subject.to_lowercase();
        let said = || self.lines.iter().take(60).map(|l| l.to_lowercase());
        if subject.starts_with("relayed:") {
            Action::Relayed
        } else if ARRIVED.iter().any(|w| subject.starts_with(w)) {
            Action::Delivered
        } else if ["delay", "warning", "temporary error", "遅延"].iter().any(|w| subject.contains(w))
            || said().any(|line| LATE.iter().any(|w| line.contains(w)))
        {
            Action::Delayed
        } else {
            Action::Failed
        }
    }

    /// The status of `recipient`: by the lines that follow her address, else by all.
    pub(super) fn status(&self, recipient: Option<&Address>, action: Action) -> String {
        if matches!(action, Action::Delivered | Action::Relayed | Action::Expanded) {
            return String::new();
        }
        let late = action == Action::Delayed;
        let all = || reasons::status(self.lines.iter().copied(), late);
        // what is said of several is told apart by where it stands
        if self.named.iter().all(|a| Some(a) == recipient) {
            return all();
        }
        let hers = reasons::status(self.about(recipient).into_iter(), late);
        if hers.is_empty() { all() } else { hers }
    }

    /// The lines that name `recipient` or follow her address, up to another's.
    pub(super) fn about(&self, recipient: Option<&Address>) -> Vec<&'a str> {
        let mut about_her = false;
        let lines = self.lines.iter().copied().filter(|line| {
            if let Some((_, address)) = recipient_in(line) {
                about_her = Some(&address) == recipient;
            }
            about_her
        });
        lines.collect()
    }
}

/// The line below which the returned mail stands.
pub(super) fn copy_begins(line: &str) -> bool {
    const MARKS: [&str; 17] = [
        "below this line is a copy",
        "this is a copy of",
        "below is a copy of the original",
        "original message",
        "original message follows",
        "original message headers",
        "unsent message follows",
        "message header follows",
        "possibly truncated original message",
        "returned message",
        "元のメッセージ",
        "元のメール",
        "以下は元の",
        "ursprüngliche nachrichtenkopfzeilen",
        "en-têtes de message d'origine",
        "encabezados de mensajes originales",
        "原邮件",
    ];
    let folded = line.trim().trim_start_matches(['-', '=', '*', ' ']).to_lowercase();
    // the details of Exchange Online are its own, and name the recipient
    !(folded.ends_with("details") || folded.ends_with("の詳細"))
        && MARKS.iter().any(|m| folded.starts_with(m))
}

/// Before a recipient.
const LABELS: [&str; 12] = [
    "recipient:",
    "recipient address:",
    "final-recipient:",
    "failed address:",
    "rcpt to:",
    "could not be delivered to:",
    "unable to deliver message to",
    "your message to",
    "generated from",
    "unknown user:",
    "not delivered:",
    "failed:",
];

/// At the beginning of its line.
const NOUNS: [&str; 7] = ["宛先", "あて先", "送信先", "お届け先", "受信者", "收件人", "받는 사람"];

/// In the sentence that says what did not arrive.
const SENTENCES: [&str; 11] = [
    "delivered to",
    "deliver to",
    "deliver your message to",
    "delivering your message to",
    "message to",
    "mail to",
    "was undeliverable",
    "配信されませんでした",
    "配信できません",
    "配送できません",
    "見つかりません",
];

/// In a sentence about somebody else.
const OTHERS: [&str; 9] = [
    "sender address",
    "postmaster",
    "please send",
    "please reply",
    "if you ",
    "contact",
    "assistance",
    "お問い合わせ",
    "問合せ",
];

/// Where servers name a recipient: behind a label, at the beginning of a line, alone on it, or in the sentence that
/// says what did not arrive.
pub(super) fn recipient_in(line: &str) -> Option<(Rank, Address)> {
    let bare = line.trim().trim_start_matches(['-', '*', '・', '■', '●', ' ']);
    if !bare.contains('@') {
        return None;
    }
    let folded = bare.to_lowercase();
    if OTHERS.iter().any(|w| folded.contains(w)) {
        return None;
    }
    if let Some((_, behind)) = bare.split_once(" to ").filter(|_| folded.starts_with("message from ")) {
        return address_in(behind).map(|address| (1, address));
    }
    if LABELS.iter().any(|w| folded.contains(w)) || NOUNS.iter().any(|w| folded.starts_with(w)) {
        return address_in(bare).map(|address| (1, address));
    }
    if bare.starts_with(['<', '[']) || bare.starts_with("550 <") {
        return address_in(bare).map(|address| (1, address));
    }
    let first = bare.split(['(', '<', '\t', ' ', ':', '[']).next().unwrap_or_default();
    if let Ok(address) = Address::parse(first) {
        return Some((2, address));
    }
    let says = SENTENCES.iter().any(|w| folded.contains(w));
    says.then(|| address_in(bare)).flatten().map(|address| (3, address))
}

/// The first address in a line: within angle brackets, else as a word.
fn address_in(line: &str) -> Option<Address> {
    addresses_in(line).next()
}

/// The addresses in a line: those within angle brackets, then the words.
fn addresses_in(line: &str) -> impl Iterator<Item = Address> {
    let bracketed = line.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    let outside = |c: char| c.is_whitespace() || !c.is_ascii() || "()<>[],;:".contains(c);
    let words = line.split(outside).map(|w| w.trim_matches(['.', '"', '\'']));
    bracketed.map(|(inner, _)| inner).chain(words).filter_map(|word| Address::parse(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_stands_where_servers_put_it() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(recipient_in(line).map(|(_, a)| a.wire()).as_deref(), expected, "{line}");
        };
        check("<haru@example.jp>: host mx said: 550", Some("haru@example.jp"));
        check("    haru@example.jp", Some("haru@example.jp"));
        check("  haru@example.jp (generated from x@example.jp)", Some("haru@example.jp"));
        check("    (generated from x@example.jp)", Some("x@example.jp"));
        check("    Recipient: <a..b@docomo.ne.jp>", Some("a..b@docomo.ne.jp"));
        check(">>> RCPT TO:<haru@example.jp>", Some("haru@example.jp"));
        check("haru@example.jp on 11/22/2026 8:15 PM", Some("haru@example.jp"));
        check("haru@example.jp<mailto:haru@example.jp>", Some("haru@example.jp"));
        check("haru@example.jp が見つからなかったため", Some("haru@example.jp"));
        check("Your message wasn't delivered to haru@example.jp because", Some("haru@example.jp"));
        check("[haru@example.jp], ERROR CODE :550 - 5.1.1", Some("haru@example.jp"));
        check("Message from yori@example.org to haru@example.jp failed:", Some("haru@example.jp"));
        check("The message was not delivered: haru@example.jp", Some("haru@example.jp"));
        check("宛先: haru@example.jp", Some("haru@example.jp"));
        check("Please write to haru@example.jp", None);
        check("please send mail to <postmaster@example.org>", None);
        check("Sender Address: yori@example.org", None);
    }
}
