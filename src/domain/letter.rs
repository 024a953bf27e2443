//! A client's letter: that day's report, an addition to it, or a bare word of thanks for an answer.
//! In doubt it is a report, and a report has a holder.

use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Letter, LetterKind, Post, Proof, Reason, Reply};
use super::hours::Hours;
use super::notice::{self, Enclosures, Exchange, LastAnswer, Notice, Occasion, OfficeMatter};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter};
use super::token::Purpose;
use super::walk::Points;
use super::words;
use crate::clock::Timestamp;
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;
use crate::mail::picture::Picture;

/// When a client is told that her report arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipts {
    /// For the first report of her life here.
    First,
    /// For every day.
    Always,
    /// Not.
    Never,
}

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub client: Client,
    /// Who answers her: of a report that waits, who holds it.
    pub supporter: Option<Supporter>,
    /// Her hours.
    pub hours: Hours,
    /// The steps of a report that waits.
    pub points: Points,
    /// When the next day off of who answers her begins, if it is near.
    pub leaves_at: Option<Timestamp>,
    /// Neither of those who answer her can: the pool is asked at once.
    pub pooled: bool,
    /// The name of who usually answers her, where `supporter` does it because she is away; empty where she has as many
    /// reports as she takes: nobody learns of that.
    pub away: Option<String>,
    /// The digest of the mail, which is the letter's name.
    pub digest: [u8; 32],
    /// The mail's number.
    pub number: i64,
    /// The address that it came from.
    pub address: Option<Address>,
    /// What was newly written.
    pub text: String,
    /// The same without any registered address of either side, and without what tells who she is.
    pub masked_text: String,
    /// What is hidden in text and subject beside registered addresses.
    pub hidden: Vec<String>,
    /// A number for the question about it.
    pub new_question: u64,
    /// The subject when it is her own (not "Re:" to ours), as others see it; else empty.
    pub own_subject: String,
    /// The subject as it came.
    pub subject: String,
    /// Message-ID.
    pub message_id: Option<MessageId>,
    /// The pictures in it that may pass.
    pub pictures: Vec<Picture>,
    /// What else came with it.
    pub enclosures: Enclosures,
    /// The day that it belongs to.
    pub day: Day,
    /// The day of the answer that it replies to.
    pub to_words: Option<Day>,
    /// Who wrote that answer; `None` when that is not known.
    pub thanked: Option<Supporter>,
    /// Whether a report of `day` exists.
    pub day_has_report: bool,
    /// Whether she has reported before.
    pub reported_before: bool,
    /// Memos of who answers her, oldest first.
    pub memos: Vec<String>,
    /// The last exchanges before this letter, newest first.
    pub exchanges: Vec<Exchange>,
    /// What she wrote about herself, for a supporter who had no letter of hers so far; else empty.
    pub about: String,
    /// How sure we are of the writer.
    pub proof: Proof,
    /// Whether proof is looked for at all.
    pub proof_expected: bool,
    /// The operator's setting.
    pub receipts: Receipts,
    /// When the receiving server had it.
    pub arrived_at: Option<Timestamp>,
    /// Whether it lay in the junk folder.
    pub junk: bool,
    /// The mail was too large to be read, in MiB.
    pub too_large: Option<u64>,
    /// What became of the last answer of whoever answers her.
    pub last: Option<LastAnswer>,
}

/// Decides.
pub fn decide(facts: &Facts, now: Timestamp) -> Decision {
    let name = facts.thanked.as_ref().or(facts.supporter.as_ref()).map_or("", |s| s.name.as_str());
    let bare = facts.enclosures.with(facts.pictures.len()).count() == 0 && facts.own_subject.is_empty();
    match facts.to_words {
        // Where nobody is there to read it, it waits for somebody as a report does.
        Some(day)
            if bare
                && !name.is_empty()
                && words::is_thanks(&facts.text, name)
                && facts.too_large.is_none() =>
        {
            thanks(facts, day)
        }
        _ => report(facts, due_at(facts, now)),
    }
}

/// The deadline goes by when the letter arrived, and not by when it was read: what an older database that was put back
/// says anew must be what was said. One that is over by then begins anew.
fn due_at(facts: &Facts, now: Timestamp) -> Promised {
    let by_arrival = facts.arrived_at.filter(|at| *at <= now).map(|at| (at, facts.hours.due_at(at)));
    let (from, due_at) =
        by_arrival.filter(|(_, due)| *due > now).unwrap_or_else(|| (now, facts.hours.due_at(now)));
    Promised { from, due_at }
}

/// By when an answer is promised, and from when on that is counted.
#[derive(Clone, Copy)]
struct Promised {
    from: Timestamp,
    due_at: Timestamp,
}

fn letter(facts: &Facts, day: Day, kind: LetterKind) -> Change {
    Change::File(Box::new(Letter {
        client: facts.client.id,
        day,
        kind,
        author: None,
        address: facts.address.clone(),
        text: facts.text.clone(),
        shown: shown(facts),
        subject: facts.subject.clone(),
        message_id: facts.message_id.clone(),
        own_subject: facts.own_subject.clone(),
        whole: None,
        enclosures: facts.enclosures.with(facts.pictures.len()),
        proof: facts.proof,
    }))
}

/// A letter without words is its subject.
fn shown(facts: &Facts) -> String {
    let words = if facts.masked_text.is_empty() { &facts.own_subject } else { &facts.masked_text };
    words.clone()
}

fn thanks(facts: &Facts, day: Day) -> Decision {
    let notice = Notice::FollowUp(notice::FollowUp {
        client: facts.client.name.clone(),
        day,
        text: facts.masked_text.clone(),
    });
    let reader = facts.thanked.clone().or_else(|| facts.supporter.clone());
    let to_supporter = reader.map(|s| Post {
        day: Some(day),
        ..to_supporter(&facts.client, s, Kind::FollowUp, notice, facts.digest)
    });
    Decision {
        reason: Reason::Thanks,
        end: End::Applied,
        changes: vec![letter(facts, day, LetterKind::FollowUp)],
        posts: to_supporter.into_iter().collect(),
    }
}

fn report(facts: &Facts, promised: Promised) -> Decision {
    let Promised { from, due_at } = promised;
    let client = &facts.client;
    let holder = facts.supporter.as_ref().map(|s| s.id);
    let kind = if facts.day_has_report { LetterKind::Addition } else { LetterKind::Report };
    let mut posts = Vec::new();
    match &facts.supporter {
        Some(supporter) => posts.push(alert(facts, supporter.clone(), due_at)),
        None if facts.pooled => {}
        None => posts.push(office(OfficeMatter::NoHolder, &client.name, facts.number)),
    }
    posts.extend(receipt(facts, due_at).or_else(|| left_out(facts)));
    posts.extend(ask_to_show(facts));
    if facts.too_large.is_some() {
        posts.push(too_large(facts));
        posts.push(office(OfficeMatter::TooLarge, &client.name, facts.number));
    }
    let reason = match (&facts.supporter, kind) {
        _ if facts.too_large.is_some() => Reason::TooLarge,
        (None, _) => Reason::ReportWithoutHolder,
        (_, LetterKind::Addition) => Reason::Addition,
        _ => Reason::Report,
    };
    let step_at = facts.points.first_look(from, due_at, &facts.hours);
    let leaves_at = facts.leaves_at.filter(|leaves| *leaves > from);
    let step_at = step_at.map(|at| leaves_at.map_or(at, |leaves| at.min(leaves)));
    let step_at = if facts.pooled { Some(from) } else { step_at };
    let waits = Change::ReportWaits { client: client.id, day: facts.day, holder, from, due_at, step_at };
    Decision { reason, end: End::Applied, changes: vec![waits, letter(facts, facts.day, kind)], posts }
}

fn alert(facts: &Facts, supporter: Supporter, due_at: Timestamp) -> Post {
    let notice = Notice::Alert(notice::Alert {
        client: facts.client.name.clone(),
        supporter: supporter.name.clone(),
        day: facts.day,
        addition: facts.day_has_report,
        subject: facts.own_subject.clone(),
        text: facts.masked_text.clone(),
        pictures: facts.pictures.clone(),
        enclosures: facts.enclosures,
        unproven: facts.proof_expected && facts.proof != Proof::Proven,
        junk: facts.junk,
        too_large: facts.too_large,
        goal: facts.client.goal.clone(),
        about: facts.about.clone(),
        due_at,
        memos: facts.memos.clone(),
        exchanges: facts.exchanges.clone(),
        last: facts.last,
        occasion: match facts.away.clone() {
            Some(own) => Occasion::StandIn { own, away: true },
            None => Occasion::News,
        },
    });
    Post { day: Some(facts.day), ..to_supporter(&facts.client, supporter, Kind::Alert, notice, facts.digest) }
}

/// A mail about a client's letter to a supporter, whose reply is an answer.
pub fn to_supporter(
    client: &Client,
    supporter: Supporter,
    kind: Kind,
    notice: Notice,
    letter: [u8; 32],
) -> Post {
    Post {
        kind,
        to: Recipient::Supporter(supporter),
        notice,
        client: Some(client.id),
        day: None,
        letter: Some(letter),
        reply: Some(Reply { purpose: Purpose::Answer, thread: client.thread_ref }),
        conversation: Conversation::Month,
        held_for: None,
    }
}

/// A mail to the office.
pub fn office(matter: OfficeMatter, person: &str, number: i64) -> Post {
    let person = person.to_owned();
    let notice = notice::Office { matter, person, kind: String::new(), number, reason: String::new() };
    Post {
        kind: Kind::Office,
        to: Recipient::Office,
        notice: Notice::Office(notice),
        client: None,
        day: None,
        letter: None,
        reply: None,
        conversation: Conversation::None,
        held_for: None,
    }
}

/// A machine's mail to a client, under her own mail.
fn to_client(facts: &Facts, kind: Kind, notice: Notice) -> Post {
    Post {
        kind,
        to: Recipient::Client(facts.client.clone()),
        notice,
        client: Some(facts.client.id),
        day: Some(facts.day),
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: facts.client.thread_ref }),
        conversation: said_back(facts, facts.message_id.clone())
            .map_or(Conversation::Month, Conversation::Under),
        held_for: None,
    }
}

/// What she typed, told to her: nothing where proof that she did is expected and missing. Whoever writes in her name must
/// not reach her through us.
fn said_back<T: Default>(facts: &Facts, typed: T) -> T {
    if facts.proof == Proof::Proven || !facts.proof_expected { typed } else { T::default() }
}

fn receipt(facts: &Facts, due_at: Timestamp) -> Option<Post> {
    let wanted = match facts.receipts {
        Receipts::Always => !facts.day_has_report,
        Receipts::First => !facts.reported_before,
        Receipts::Never => false,
    };
    let suspicious = facts.proof == Proof::Refuted;
    (wanted && !suspicious && facts.too_large.is_none()).then(|| {
        let notice = Notice::Receipt(notice::Receipt {
            client: facts.client.name.clone(),
            supporter: facts.supporter.as_ref().map(|s| s.name.clone()),
            due_at,
            day: facts.day,
            pictures: facts.pictures.len(),
            enclosures: facts.enclosures,
            subject: said_back(facts, facts.subject.clone()),
        });
        to_client(facts, Kind::Receipt, notice)
    })
}

/// Where pictures pass, she counts on it that hers did.
fn left_out(facts: &Facts) -> Option<Post> {
    let enclosures = facts.enclosures;
    let other = facts.supporter.as_ref().filter(|_| enclosures.pictures_pass && enclosures.images > 0)?;
    let notice = Notice::LeftOut(notice::LeftOut {
        other: other.name.clone(),
        held: false,
        words: !shown(facts).is_empty(),
        pictures: facts.pictures.len(),
        enclosures,
        number: facts.number,
    });
    Some(to_client(facts, Kind::Notice, notice))
}

/// Her letter is with her supporter; whether the rest may be, she is asked once. Nobody is asked about words that are
/// said not to be hers.
fn ask_to_show(facts: &Facts) -> Option<Post> {
    (!facts.hidden.is_empty() && facts.proof != Proof::Refuted).then(|| {
        let notice = Notice::Hidden(notice::Hidden {
            supporter: facts.supporter.as_ref().map(|s| s.name.clone()),
            day: facts.day,
            found: said_back(facts, facts.hidden.clone()),
            subject: said_back(facts, facts.subject.clone()),
        });
        let reply = Some(Reply { purpose: Purpose::ToHidden, thread: facts.new_question });
        Post { reply, letter: Some(facts.digest), ..to_client(facts, Kind::Confirmation, notice) }
    })
}

fn too_large(facts: &Facts) -> Post {
    let notice = Notice::Returned(notice::Returned {
        why: notice::Why::TooLarge,
        other: facts.supporter.as_ref().map_or_else(String::new, |s| s.name.clone()),
        words: said_back(facts, facts.subject.clone()),
        number: facts.number,
    });
    to_client(facts, Kind::Returned, notice)
}
