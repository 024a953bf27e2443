//! Message → whether a machine wrote it, and the evidence (RFC 3834 §2, §5; RFC 2919, 2369, 8098, 3464, 5965).
//!
//! When in doubt it is a person: words of a person taken for a machine's are lost on people, the other mistake
//! costs one needless alert. So a subject counts only as the template of a known robot, never as a word in a
//! sentence; `Auto-Submitted: no` is a person; X-Auto-Response-Suppress says what its sender wants *back* and
//! stands on human mail, so it is not looked at.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::message::Message;

/// What kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Answers by itself or writes on a schedule: vacation notice, acknowledgement, challenge, cron.
    Reply,
    /// A report on delivery, or a complaint report; see `Message::delivery_report`.
    DeliveryReport,
    /// A disposition notification (RFC 8098).
    ReadReceipt,
    /// A mailing list, newsletter or other bulk mail.
    List,
}

/// What gave the machine away, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// A delivery report was read from it.
    Report,
    /// multipart/report of a disposition notification, or a message/disposition-notification part.
    Disposition,
    /// An abuse report (RFC 5965).
    Feedback,
    /// Auto-Submitted with another value than "no".
    AutoSubmitted,
    /// List-Id, List-Unsubscribe and kin, or a list manager's own field.
    ListField,
    /// Precedence: bulk, list, junk.
    Precedence,
    /// Precedence: auto_reply, X-Autoreply and other private fields of responders.
    ResponderField,
    /// Return-Path: <>.
    NullReturnPath,
    /// From mailer-daemon or postmaster.
    DaemonSender,
    /// The subject is the template of a responder.
    SubjectTemplate,
    /// The text says of itself that it was sent automatically, and begins like a notice.
    TextTemplate,
}

impl Evidence {
    /// The word kept in the database and shown to the operator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Disposition => "disposition",
            Self::Feedback => "feedback",
            Self::AutoSubmitted => "auto-submitted",
            Self::ListField => "list-field",
            Self::Precedence => "precedence",
            Self::ResponderField => "responder-field",
            Self::NullReturnPath => "null-return-path",
            Self::DaemonSender => "daemon-sender",
            Self::SubjectTemplate => "subject-template",
            Self::TextTemplate => "text-template",
        }
    }
}

impl Class {
    /// The word kept in the database and shown to the operator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::DeliveryReport => "delivery-report",
            Self::ReadReceipt => "read-receipt",
            Self::List => "list",
        }
    }
}

/// The verdict on a mail that no person wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Automatic {
    /// What kind of machine.
    pub class: Class,
    /// What gave it away.
    pub evidence: Evidence,
}

/// `None` when a person wrote it, or nothing proves the contrary.
pub fn automatic(m: &Message) -> Option<Automatic> {
    let verdict = |class, evidence| Some(Automatic { class, evidence });
    if m.delivery_report.is_some() {
        return verdict(Class::DeliveryReport, Evidence::Report);
    }
    if reports(m, "disposition-notification") {
        return verdict(Class::ReadReceipt, Evidence::Disposition);
    }
    if reports(m, "feedback-report") {
        return verdict(Class::DeliveryReport, Evidence::Feedback);
    }
    let submitted = m.fields("auto-submitted").map(first_word).next();
    let a_person_says = submitted.as_deref() == Some("no");
    if submitted.as_deref().is_some_and(|w| w.starts_with("auto-replied")) {
        return verdict(Class::Reply, Evidence::AutoSubmitted);
    }
    if LIST_FIELDS.iter().any(|f| m.fields(f).any(|v| !v.is_empty())) {
        return verdict(Class::List, Evidence::ListField);
    }
    if submitted.is_some_and(|w| !w.is_empty() && w != "no") {
        return verdict(Class::Reply, Evidence::AutoSubmitted);
    }
    let sender = daemon_sender(m);
    if m.fields("return-path").next().is_some_and(|v| v.replace(' ', "") == "<>") {
        let class = if sender { Class::DeliveryReport } else { Class::Reply };
        return verdict(class, Evidence::NullReturnPath);
    }
    if sender {
        return verdict(Class::DeliveryReport, Evidence::DaemonSender);
    }
    if a_person_says {
        return None;
    }
    if responder_field(m) {
        return verdict(Class::Reply, Evidence::ResponderField);
    }
    if m.fields("precedence").map(first_word).any(|w| matches!(w.as_str(), "bulk" | "list" | "junk")) {
        return verdict(Class::List, Evidence::Precedence);
    }
    if subject_template(&m.subject) {
        return verdict(Class::Reply, Evidence::SubjectTemplate);
    }
    text_template(&m.text).then_some(Automatic { class: Class::Reply, evidence: Evidence::TextTemplate })
}

/// RFC 2919, RFC 2369, and what Japanese and older list managers (fml, Mailman, Majordomo hosts) write.
const LIST_FIELDS: [&str; 13] = [
    "list-id",
    "list-unsubscribe",
    "list-post",
    "list-help",
    "list-subscribe",
    "list-owner",
    "list-archive",
    "mailing-list",
    "x-ml-name",
    "x-mlserver",
    "x-mailing-list",
    "x-mailman-version",
    "x-beenthere",
];

/// The value before a parameter or comment, lower case.
fn first_word(value: &str) -> String {
    let word = value.split([';', '(', ' ', '\t']).find(|w| !w.is_empty());
    word.unwrap_or_default().trim_matches('"').to_ascii_lowercase()
}

/// A multipart/report of that type, or a part `message/<type>`.
fn reports(m: &Message, kind: &str) -> bool {
    let declared = m.fields("content-type").next().is_some_and(|v| {
        let v = v.to_ascii_lowercase();
        v.starts_with("multipart/report") && v.contains(kind)
    });
    declared || m.attachments.iter().any(|a| a.media_type.strip_prefix("message/") == Some(kind))
}

/// From an address that no person writes from (RFC 5321 §4.5.1, RFC 2142).
pub(super) fn daemon_sender(m: &Message) -> bool {
    m.from.iter().any(|author| {
        let local = author.address.local().to_ascii_lowercase();
        let exchange = local.strip_prefix("microsoftexchange").is_some_and(|id| id.len() >= 32);
        exchange || matches!(local.as_str(), "mailer-daemon" | "mailerdaemon" | "mail-daemon" | "postmaster")
    })
}

/// Private fields of responders.
fn responder_field(m: &Message) -> bool {
    const FIELDS: [&str; 9] = [
        "x-autoreply",
        "x-auto-reply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-mail-autoreply",
        "x-vacation",
        "x-cron-env",
        "x-autogenerated",
    ];
    let present =
        |f: &&str| m.fields(f).any(|v| !matches!(first_word(v).as_str(), "" | "no" | "false" | "0"));
    let precedence = |f: &str| m.fields(f).any(|v| first_word(v).replace('-', "_") == "auto_reply");
    FIELDS.iter().any(present)
        || precedence("precedence")
        || precedence("x-precedence")
        || m.fields("x-apple-action").any(|v| first_word(v) == "vacation")
        || m.fields("x-fc-machinegenerated").any(|v| first_word(v) == "true")
        || m.fields("x-post-messageclass").any(|v| v.to_ascii_lowercase().contains("autoresponder"))
        || m.fields("delivered-to").any(|v| first_word(v) == "autoresponder")
}

/// The subject begins as responders make it, before anything that a person added (`Re:` makes it a person's).
fn subject_template(subject: &str) -> bool {
    const BRACKETED: [&str; 6] =
        ["自動返信", "自動応答", "自動送信", "自動配信", "不在通知", "自動返信メール"];
    const LABELS: [&str; 20] = [
        "自動応答",
        "自動返信",
        "自動送信",
        "不在通知",
        "不在時応答",
        "不在自動応答",
        "automatic reply",
        "auto reply",
        "auto-reply",
        "autoreply",
        "auto response",
        "auto-response",
        "out of office",
        "out of office autoreply",
        "out of the office",
        "automatische antwort",
        "abwesenheitsnotiz",
        "réponse automatique",
        "respuesta automática",
        "自动回复",
    ];
    let folded = fold(subject);
    let brackets = [('【', '】'), ('[', ']'), ('(', ')'), ('<', '>'), ('《', '》')];
    let bracketed = brackets.iter().any(|(open, close)| {
        let inner = folded.strip_prefix(*open).and_then(|rest| rest.split_once(*close));
        inner.is_some_and(|(inner, _)| BRACKETED.contains(&inner.trim()))
    });
    bracketed || folded.split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim()))
}

/// NFKC and lower case: full-width colons and brackets are those of ASCII.
fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase()
}

/// Both signs together, in a text that quotes nothing of it: it begins like a notice, and a line of its own says
/// "this mail was sent automatically".
fn text_template(text: &str) -> bool {
    const OPENINGS: [&str; 16] = [
        "ただいま不在",
        "只今不在",
        "現在不在",
        "不在にしております",
        "休暇をいただいて",
        "休暇を頂いて",
        "休暇中",
        "お休みをいただいて",
        "お休みを頂いて",
        "休業",
        "お問い合わせ",
        "メールを受け付け",
        "メールを受信",
        "out of the office",
        "out of office",
        "thank you for your",
    ];
    const SAYS_SO: [&str; 10] = [
        "このメールは自動",
        "本メールは自動",
        "このメッセージは自動",
        "本メッセージは自動",
        "このメールはシステムより自動",
        "本メールはシステムより自動",
        "このメールはシステムから自動",
        "this is an automatic",
        "this is an automated",
        "this message was sent automatically",
    ];
    if text.len() > 8000 {
        return false;
    }
    let own = || text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('>')).map(fold);
    let opens = own().take(4).any(|line| OPENINGS.iter().any(|o| line.contains(o)));
    let says_so = |line: String| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || "※*・-=([【■●".contains(c));
        SAYS_SO.iter().any(|s| line.starts_with(s))
    };
    opens && own().any(says_so)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn check(mail: &str, expected: Option<(Class, Evidence)>) {
        let got = automatic(&parse(mail.as_bytes())).map(|a| (a.class, a.evidence));
        assert_eq!(got, expected, "{mail}");
    }

    #[test]
    fn fields_of_machines_are_evidence() {
        let fields = |fields: &str, expected| {
            check(&format!("{fields}From: haru@example.jp\nSubject: x\n\nx\n"), expected);
        };
        let reply = |evidence| Some((Class::Reply, evidence));
        let list = |evidence| Some((Class::List, evidence));
        fields("Auto-Submitted: auto-replied (vacation)\n", reply(Evidence::AutoSubmitted));
        fields("Auto-Submitted: auto-generated; x=y\n", reply(Evidence::AutoSubmitted));
        fields("Auto-Submitted: AUTO-NOTIFIED\n", reply(Evidence::AutoSubmitted));
        fields("List-Id: <x.example.jp>\n", list(Evidence::ListField));
        fields("X-ML-Name: haru\nAuto-Submitted: no\n", list(Evidence::ListField));
        fields("List-Id: <x>\nAuto-Submitted: auto-replied\n", reply(Evidence::AutoSubmitted));
        fields("Precedence: bulk\n", list(Evidence::Precedence));
        fields("Precedence: auto_reply\n", reply(Evidence::ResponderField));
        fields("X-Autoreply: yes\n", reply(Evidence::ResponderField));
        fields("X-FC-MachineGenerated: true\n", reply(Evidence::ResponderField));
        fields("X-Apple-Action: VACATION\n", reply(Evidence::ResponderField));
        fields("Return-Path: <>\n", reply(Evidence::NullReturnPath));
        fields(
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n",
            Some((Class::ReadReceipt, Evidence::Disposition)),
        );
        fields(
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n",
            Some((Class::DeliveryReport, Evidence::Feedback)),
        );
    }

    #[test]
    fn fields_of_people_are_none() {
        let check = |fields: &str| check(&format!("{fields}From: haru@example.jp\nSubject: x\n\nx\n"), None);
        check("Auto-Submitted: no\n");
        check("Auto-Submitted: no\nPrecedence: bulk\n");
        check("X-Auto-Response-Suppress: All\n");
        check("Return-Path: <haru@example.jp>\n");
        check("Precedence: first-class\n");
        check("X-Autoreply: no\n");
        check("Auto-Submitted:\n");
    }

    #[test]
    fn a_daemon_is_no_person() {
        let daemon = Some((Class::DeliveryReport, Evidence::DaemonSender));
        check("From: MAILER-DAEMON@example.jp\n\nx\n", daemon);
        check("From: Postmaster <postmaster@example.jp>\n\nx\n", daemon);
        check("From: postmasters.friend@example.jp\n\nx\n", None);
    }

    #[test]
    fn a_subject_counts_only_as_a_template() {
        let check =
            |subject: &str, template: bool| assert_eq!(subject_template(subject), template, "{subject}");
        for subject in [
            "自動応答: 今日の報告",
            "自動応答：Re: 今日の報告",
            "【自動返信】お問い合わせありがとうございます",
            "［自動返信］受付",
            "(自動送信) 受付",
            "Automatic reply: hello",
            "Out of Office: Re: hello",
            "AUTO REPLY: x",
            "【 自動応答 】",
            "Réponse automatique : x",
        ] {
            check(subject, true);
        }
        for subject in [
            "Re: 自動応答: 今日の報告",
            "自動応答が来ました",
            "不在でした",
            "今日は休暇でした",
            "休暇: 楽しかった",
            "外出できました",
            "自動返信って冷たい: 感想",
            "I was out of office today",
            "",
            "【報告】自動返信のこと",
            "お休み",
            "Auto: the car broke",
        ] {
            check(subject, false);
        }
    }

    #[test]
    fn a_text_counts_only_when_it_opens_and_says_so() {
        let check = |text: &str, template: bool| assert_eq!(text_template(text), template, "{text}");
        check("ただいま不在にしております。\n24日に戻ります。\n\n※このメールは自動返信です。\n", true);
        check("お問い合わせありがとうございます。\n\nこのメールは自動送信されています。\n", true);
        check("I am out of the office.\nThis is an automatic reply.\n", true);
        check("ただいま不在にしております。\n", false);
        check("母はただいま不在です。\n先生から「このメールは自動返信です」と来ました。\n", false);
        check("> ただいま不在\n> このメールは自動返信です\nこんな返事が来ました\n", false);
        check("今日は休業日でした。\n", false);
    }
}
