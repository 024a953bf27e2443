//! Message → whether a machine wrote it, and the evidence (RFC 3834 §2, §5; RFC 2919, 2369, 8098, 3464, 5965).
//!
//! When in doubt it is a person: words of a person taken for a machine's are lost on people, the other mistake
//! costs one needless alert. So a subject counts only as the template of a known robot, never as a word in a
//! sentence; `Auto-Submitted: no` is a person; X-Auto-Response-Suppress says what its sender wants *back* and
//! stands on human mail, so it is not looked at.

mod absences;
mod announced;
mod notices;
mod senders;
mod subjects;

use super::fold::fold;
use super::message::Message;
use senders::{a_person_at_a_daemons_address, from_a_phone, no_reply_sender, redirected};
pub(super) use senders::{daemon_sender, postmaster_answers};

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
    /// The subject and the words of a read receipt.
    ReceiptTemplate,
    /// Return-Path: <>.
    NullReturnPath,
    /// From mailer-daemon or postmaster.
    DaemonSender,
    /// From an address that says that nobody reads it, and no other to reply to.
    NoReplySender,
    /// The subject is the template of a responder.
    SubjectTemplate,
    /// The text is a notice: it says so of itself, or is nothing else.
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
            Self::ReceiptTemplate => "receipt-template",
            Self::NullReturnPath => "null-return-path",
            Self::DaemonSender => "daemon-sender",
            Self::NoReplySender => "no-reply-sender",
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
    if list_field(m) {
        return verdict(Class::List, Evidence::ListField);
    }
    // A calendar sends invitations and replies by itself, after a person's click: she speaks in them.
    let calendar = m.attachments.iter().any(|a| a.media_type == "text/calendar");
    if !calendar && submitted.is_some_and(|w| !w.is_empty() && w != "no") {
        return verdict(Class::Reply, Evidence::AutoSubmitted);
    }
    let null_path = m.fields("return-path").next().is_some_and(|v| v.replace(' ', "") == "<>");
    let sender = daemon_sender(m) && (null_path || !a_person_at_a_daemons_address(m));
    if null_path && !calendar && !redirected(m) && !from_a_phone(m) {
        let class = if sender { Class::DeliveryReport } else { Class::Reply };
        return verdict(class, Evidence::NullReturnPath);
    }
    if sender {
        return verdict(Class::DeliveryReport, Evidence::DaemonSender);
    }
    if a_person_says || calendar {
        return None;
    }
    by_habit(m).map(|(class, evidence)| Automatic { class, evidence })
}

/// Whether the subject is a responder's template around `answered`, the subject of the mail that is answered. What that
/// one asks nobody asks here: a person's question is her own words.
pub fn labels_what_it_answers(m: &Message, answered: &str) -> bool {
    let (subject, answered) = (fold(&m.subject), fold(answered));
    let a_person_says = m.fields("auto-submitted").map(first_word).next().as_deref() == Some("no");
    !a_person_says
        && !answered.is_empty()
        && subject.contains(&answered)
        && subjects::is_template(&subject.replace(&answered, "…"), true)
}

/// The same for an answered mail that nobody remembers: whatever stands behind the label is taken for its subject.
pub fn labels_something(m: &Message) -> bool {
    let subject = fold(&m.subject);
    let behind = [':', '】', ']', ')'].iter().filter_map(|end| subject.split_once(*end));
    behind.map(|(_, rest)| rest.trim()).any(|rest| labels_what_it_answers(m, rest))
}

/// What responders and bulk mailers give away without a word of an RFC.
fn by_habit(m: &Message) -> Option<(Class, Evidence)> {
    if responder_field(m) {
        return Some((Class::Reply, Evidence::ResponderField));
    }
    let bulk =
        |field| m.fields(field).map(first_word).any(|w| matches!(w.as_str(), "bulk" | "list" | "junk"));
    if bulk("precedence") || bulk("x-precedence") {
        if announced::is_announced(m) {
            return Some((Class::Reply, Evidence::Precedence));
        }
        return Some((Class::List, Evidence::Precedence));
    }
    if receipt_template(m) {
        return Some((Class::ReadReceipt, Evidence::ReceiptTemplate));
    }
    if subjects::is_template(&m.subject, !m.in_reply_to.is_empty()) {
        return Some((Class::Reply, Evidence::SubjectTemplate));
    }
    if notices::is_notice(m) || announced::is_announced(m) {
        return Some((Class::Reply, Evidence::TextTemplate));
    }
    no_reply_sender(m).then_some((Class::Reply, Evidence::NoReplySender))
}

/// RFC 2919, RFC 2369, and what Japanese and older list managers (fml, Mailman, Majordomo hosts) write.
const LIST_FIELDS: [&str; 19] = [
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
    "list-unsubscribe-post",
    "x-google-group-id",
    "x-campaign",
    "x-campaignid",
    "x-campaign-id",
    "x-mc-user",
];

/// A field of lists. Sales and ticket tools put a bare List-Unsubscribe even on what a person answers to one other.
fn list_field(m: &Message) -> bool {
    let stands = |f: &&str| m.fields(f).any(|v| !v.is_empty());
    let mut fields = LIST_FIELDS.iter().filter(|f| stands(f)).peekable();
    let answers_one = !m.in_reply_to.is_empty() && m.to_and_cc.len() == 1;
    fields.peek().is_some() && !(answers_one && fields.all(|f| *f == "list-unsubscribe"))
}

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

/// Private fields of responders.
fn responder_field(m: &Message) -> bool {
    const FIELDS: [&str; 14] = [
        "x-autoreply",
        "x-auto-reply",
        "x-autorespond",
        "x-autoresponder",
        "x-autoreply-from",
        "x-mail-autoreply",
        "x-vacation",
        "x-cron-env",
        "x-autogenerated",
        "x-otrs-loop",
        "x-jira-fingerprint",
        "x-servicenow-generated",
        "x-choicemail-registration-request",
        "x-auto-response",
    ];
    let present =
        |f: &&str| m.fields(f).any(|v| !matches!(first_word(v).as_str(), "" | "no" | "false" | "0"));
    let precedence = |f: &str| m.fields(f).any(|v| first_word(v).replace('-', "_") == "auto_reply");
    let mailer = |v: &str| {
        let v = v.to_ascii_lowercase();
        v.starts_with("vacation") || v.contains("autorespond") || v.contains("autoreply")
    };
    FIELDS.iter().any(present)
        || precedence("precedence")
        || precedence("x-precedence")
        || m.fields("x-mailer").any(mailer)
        || m.fields("x-apple-action").any(|v| first_word(v) == "vacation")
        || m.fields("x-fc-machinegenerated").any(|v| first_word(v) == "true")
        || m.fields("x-post-messageclass").any(|v| v.to_ascii_lowercase().contains("autoresponder"))
        || m.fields("delivered-to").any(|v| first_word(v) == "autoresponder")
        || answers_by_rule(m)
        || confirms_by_tmda(m)
}

/// Exchange marks what a rule of a mailbox sends with that mailbox: what it redirects and forwards, too, not always
/// with a label. Only the owner's own answer is the machine's, and that wants no answer of any kind.
fn answers_by_rule(m: &Message) -> bool {
    let own = |v: &str| m.from.iter().any(|a| a.address.wire().eq_ignore_ascii_case(v.trim()));
    let wants_none = m.fields("x-auto-response-suppress").any(|v| first_word(v) == "all");
    m.fields("x-ms-exchange-inbox-rules-loop").any(own)
        && wants_none
        && !redirected(m)
        && !subjects::hands_on(&fold(&m.subject))
}

/// TMDA puts its name on what its users write, too; only its questions are to be answered at a `-confirm-` address.
fn confirms_by_tmda(m: &Message) -> bool {
    let mut answered = m.reply_to.iter().chain(m.from.iter().map(|a| &a.address));
    m.fields("x-delivery-agent").any(|v| v.starts_with("TMDA"))
        && answered.any(|a| a.local().contains("-confirm-"))
}

/// "開封済み: letter" over "… was read on …": a receipt as Outlook and Becky! make it when MIME does not say so.
fn receipt_template(m: &Message) -> bool {
    const LABELS: [&str; 16] = [
        "開封済み",
        "開封確認",
        "開封通知",
        "未開封",
        "read",
        "not read",
        "read receipt",
        "gelesen",
        "ungelesen",
        "lu",
        "non lu",
        "leído",
        "no leído",
        "letto",
        "lida",
        "gelezen",
    ];
    const OPENS: [&str; 10] = [
        "your message",
        "this is a receipt for",
        "次のメール",
        "次のメッセージ",
        "あなたのメッセージ",
        "ihre nachricht",
        "votre message",
        "su mensaje",
        "il messaggio",
        "uw bericht",
    ];
    let labelled = fold(&m.subject).split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim()));
    let lines: Vec<String> =
        m.text.lines().map(str::trim).filter(|l| !l.is_empty()).map(fold).take(12).collect();
    let opens = lines
        .first()
        .is_some_and(|first| first.chars().count() <= 60 && OPENS.iter().any(|o| first.starts_with(o)));
    // it names the mail and ends its sentence below: no person writes so
    let heads = ["subject:", "件名:", "betreff:", "objet", "asunto:", "oggetto:", "onderwerp:"];
    let ends =
        ["was read", "was deleted", "was displayed", "wurde ", "a été ", "se leyó", "è stato ", "is gelezen"];
    let ends = |l: &String| {
        l.contains("開封されました") || l.contains("削除されました") || ends.iter().any(|e| l.starts_with(e))
    };
    labelled
        && opens
        && lines.iter().any(ends)
        && lines.iter().any(|l| heads.iter().any(|h| l.starts_with(h)))
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
    fn a_challenge_is_no_delivery_report() {
        check(
            "Auto-Submitted: auto-replied\nX-Delivery-Agent: TMDA/1.1\nFrom: haru-confirm-12.ab@example.jp\n\
             Subject: Please confirm your message\n\n\
             This message was created automatically by mail delivery software (TMDA).\n\n\
             Your message is being held: the address\n<yori@example.org> has not been verified.\n",
            Some((Class::Reply, Evidence::AutoSubmitted)),
        );
    }

    #[test]
    fn what_a_label_quotes_it_does_not_ask() {
        let check = |subject: &str, fields: &str, expected| {
            let mail = format!("{fields}From: mary@example.org\nSubject: {subject}\n\nx\n");
            let got = labels_what_it_answers(&parse(mail.as_bytes()), "Your answer to Rose: was it you?");
            assert_eq!(got, expected, "{subject}");
        };
        for subject in [
            "自動応答: Your answer to Rose: was it you?",
            "Automatic reply: Re: Your answer to Rose: was it you?",
            "[Auto-Reply] YOUR ANSWER TO ROSE: was it you?",
            "Your answer to Rose: was it you? (自動返信)",
            "Out of office: Your answer to Rose: was it you?",
        ] {
            check(subject, "", true);
            check(subject, "Auto-Submitted: no\n", false);
        }
        for subject in [
            "Your answer to Rose: was it you?",
            "Re: Your answer to Rose: was it you?",
            "Antw: Your answer to Rose: was it you?",
            "Re: 自動応答: Your answer to Rose: was it you?",
            "自動応答: Your answer to Rose: was it you? って何ですか",
            "自動応答: どうやって止めますか",
            "Out of office: a diary",
            "",
        ] {
            check(subject, "", false);
        }
    }

    #[test]
    fn a_daemon_is_no_person() {
        let daemon = Some((Class::DeliveryReport, Evidence::DaemonSender));
        check("From: MAILER-DAEMON@example.jp\n\nx\n", daemon);
        check("From: Postmaster <postmaster@example.jp>\n\nx\n", daemon);
        check("From: Postmaster <postmaster@example.jp>\nSubject: Your mail was blocked\n\nx\n", daemon);
        check("From: Postmaster <postmaster@example.jp>\nSubject: hello\n\nx\n", None);
        check("From: postmasters.friend@example.jp\n\nx\n", None);
    }
}
