//! A supporter's answer: passed on with the client's own report below it, or held until the registered address
//! says yes, or back to its writer. It never vanishes, and it never passes with an address in it.

use super::calendar::Day;
use super::decision::{
    Change, Conversation, Decision, End, Letter, LetterKind, Post, Proof, Reason, Reply, Whole,
};
use super::limits;
use super::meaning::Doubt;
use super::notice::{self, Enclosures, Notice, Why};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter};
use super::reading::{self, Company, First};
use super::returned;
use super::set_aside::{self, Aside, Late};
use super::token::Purpose;
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;
use crate::mail::picture::Picture;

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// For whom.
    pub client: Client,
    /// The report that it answers: `None` when the client has none.
    pub day: Option<Day>,
    /// The digest of the mail.
    pub digest: [u8; 32],
    /// The mail's number.
    pub number: i64,
    /// The address that it came from.
    pub address: Address,
    /// What was newly written.
    pub words: String,
    /// The same without any registered address of either side.
    pub masked_words: String,
    /// The same as others than this client may read them: with what was found hidden.
    pub shown_words: String,
    /// What in them tells who their writer is, or how to reach her.
    pub found: Vec<String>,
    /// Whom they may be for, beside this client.
    pub doubt: Option<Doubt>,
    /// The name of the other client whom they name.
    pub other: Option<String>,
    /// Her memo, which was taken out of them.
    pub memo: Option<String>,
    /// The subject as it came.
    pub subject: String,
    /// Its Message-ID; never leaves us.
    pub message_id: Option<MessageId>,
    /// The pictures in it that may pass.
    pub pictures: Vec<Picture>,
    /// What else came with it.
    pub enclosures: Enclosures,
    /// The client's letters of that day, oldest first, without the supporter's addresses.
    pub report: Vec<String>,
    /// The subject and Message-ID of the client's newest letter of that day.
    pub report_subject: String,
    /// See `report_subject`.
    pub report_message_id: Option<MessageId>,
    /// She took the report from the pool, and is neither of the two whom the client knows.
    pub from_pool: bool,
    /// How sure we are of the writer.
    pub proof: Proof,
    /// Whether an unproven answer passes on, as the operator set it.
    pub unproven_passes: bool,
    /// Whether this address said yes in the last thirty days.
    pub confirmed_lately: bool,
    /// The open question to this address, if there is one.
    pub open_question: Option<u64>,
    /// Whether that question has to be asked again: its mail got lost, or a month has passed.
    pub ask_again: bool,
    /// Whether no further question is sent to her for now.
    pub asked_enough: bool,
    /// A number for a new question.
    pub new_question: u64,
    /// Why it does not pass on by itself, and what can be done, where that is so.
    pub late: Option<Late>,
    /// Whoever else holds the report while it waits.
    pub holder: Option<Supporter>,
    /// Who reads it first, where its writer is a newcomer.
    pub first: Option<First>,
}

/// Decides.
pub fn decide(facts: &Facts) -> Decision {
    let Some(day) = facts.day else {
        return back(facts, Why::Gone, Reason::Gone);
    };
    if facts.words.trim().is_empty() {
        return back(facts, Why::NoWords, Reason::NoWords);
    }
    let trusted = match facts.proof {
        Proof::Proven => Some(Reason::Answer),
        Proof::Unproven if facts.confirmed_lately => Some(Reason::Answer),
        Proof::Unproven if facts.unproven_passes => Some(Reason::AnswerUnproven),
        _ => None,
    };
    let mut decision = match trusted {
        Some(reason) if facts.found.is_empty() && facts.doubt.is_none() => match &facts.late {
            Some(late) => set_aside(facts, day, late),
            None => match &facts.first {
                Some(First::With(company)) => waits(facts, day, company),
                _ => passes(facts, day, reason),
            },
        },
        _ if facts.asked_enough && asks_anew(facts) => {
            return limits::kept_back(Reason::AskedEnough, &facts.supporter.name, facts.number);
        }
        _ => held(facts, day),
    };
    let held_for = decision.posts.iter().find_map(|post| post.held_for);
    // A memo of whom nobody vouches for waits with the words that it came with.
    decision.changes.extend(memo(facts, day, held_for.filter(|_| trusted.is_none())));
    let held = decision.reason == Reason::SetAside || held_for.is_some();
    decision.posts.extend(left_out(facts, held));
    decision
}

/// The words go to the client, and whoever else holds the report hears of it.
fn passes(facts: &Facts, day: Day, reason: Reason) -> Decision {
    let told = facts.holder.as_ref();
    let told = told.map(|holder| {
        set_aside::answered_meanwhile(holder, &facts.client, day, &facts.supporter, facts.digest)
    });
    let unread = matches!(facts.first, Some(First::Nobody))
        .then(|| reading::to_office(&facts.supporter.name, &facts.client.name, day, None));
    Decision {
        reason,
        end: End::Applied,
        changes: vec![letter(facts, day), answered(facts, day)],
        posts: [pass_on(facts, day, None)].into_iter().chain(told).chain(unread).collect(),
    }
}

/// The words wait until somebody has read them.
fn waits(facts: &Facts, day: Day, company: &Company) -> Decision {
    let waits = pass_on(facts, day, Some(company.to_read.number));
    Decision {
        reason: Reason::ReadFirst,
        end: End::Applied,
        changes: vec![letter(facts, day), company.change()],
        posts: [waits].into_iter().chain(company.posts()).collect(),
    }
}

/// The words wait for her to say what becomes of them.
fn set_aside(facts: &Facts, day: Day, late: &Late) -> Decision {
    let aside = Aside {
        number: facts.new_question,
        supporter: facts.supporter.clone(),
        client: facts.client.name.clone(),
        day,
        words: facts.masked_words.clone(),
        pictures: facts.pictures.len(),
    };
    Decision {
        reason: Reason::SetAside,
        end: End::Applied,
        changes: vec![letter(facts, day), set_aside::change(&aside, late, facts.number)],
        posts: vec![set_aside::question(&aside, late, None)],
    }
}

/// Whether her words would need a question of their own.
fn asks_anew(facts: &Facts) -> bool {
    facts.open_question.is_none() || asks_for_itself(facts)
}

/// Whether another question than whether she wrote them has to be asked, or about these words alone.
fn asks_for_itself(facts: &Facts) -> bool {
    facts.proof == Proof::Refuted || !facts.found.is_empty() || facts.doubt.is_some()
}

fn memo(facts: &Facts, day: Day, question: Option<u64>) -> Option<Change> {
    let (supporter, client) = (facts.supporter.id, facts.client.id);
    facts.memo.clone().map(|text| Change::Remember { supporter, client, day, text, question })
}

fn back(facts: &Facts, why: Why, reason: Reason) -> Decision {
    let post = returned::to_supporter(
        &facts.supporter,
        notice::Returned {
            why,
            other: facts.client.name.clone(),
            words: facts.words.clone(),
            number: facts.number,
        },
    );
    Decision { reason, end: End::Applied, changes: Vec::new(), posts: vec![post] }
}

fn letter(facts: &Facts, day: Day) -> Change {
    Change::File(Box::new(Letter {
        client: facts.client.id,
        day,
        kind: LetterKind::Answer,
        author: Some(facts.supporter.id),
        address: Some(facts.address.clone()),
        text: facts.words.clone(),
        shown: facts.shown_words.clone(),
        subject: facts.subject.clone(),
        message_id: facts.message_id.clone(),
        own_subject: String::new(),
        whole: (facts.shown_words != facts.masked_words).then(|| Whole {
            reader: Some(facts.supporter.id),
            text: facts.masked_words.clone(),
            own_subject: String::new(),
        }),
        enclosures: facts.enclosures.with(facts.pictures.len()),
        proof: facts.proof,
    }))
}

fn answered(facts: &Facts, day: Day) -> Change {
    Change::ReportAnswered { client: facts.client.id, day }
}

fn pass_on(facts: &Facts, day: Day, held_for: Option<u64>) -> Post {
    let words = Words {
        client: &facts.client,
        supporter: &facts.supporter,
        day,
        digest: facts.digest,
        words: &facts.masked_words,
        pictures: &facts.pictures,
        enclosures: facts.enclosures,
        report: &facts.report,
        subject: &facts.report_subject,
        message_id: facts.report_message_id.as_ref(),
        from_pool: facts.from_pool,
    };
    words.pass_on(held_for)
}

/// What a mail that passes words on is made of.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// For whom.
    pub client: &'a Client,
    /// Their writer.
    pub supporter: &'a Supporter,
    /// The report that they answer.
    pub day: Day,
    /// The digest of the mail that brought them.
    pub digest: [u8; 32],
    /// They, without anybody's address.
    pub words: &'a str,
    /// The pictures that pass with them.
    pub pictures: &'a [Picture],
    /// What else came with them.
    pub enclosures: Enclosures,
    /// The client's letters of that day, oldest first.
    pub report: &'a [String],
    /// The subject and Message-ID of the newest of these.
    pub subject: &'a str,
    /// See `subject`.
    pub message_id: Option<&'a MessageId>,
    /// Whether their writer took the report from the pool.
    pub from_pool: bool,
}

impl Words<'_> {
    /// The mail to the client; it waits for a question, where there is one.
    pub fn pass_on(self, held_for: Option<u64>) -> Post {
        let notice = Notice::PassOn(notice::PassOn {
            client: self.client.name.clone(),
            supporter: self.supporter.name.clone(),
            words: self.words.to_owned(),
            pictures: self.pictures.to_vec(),
            enclosures: self.enclosures,
            day: self.day,
            report: self.report.to_vec(),
            subject: self.subject.to_owned(),
            from_pool: self.from_pool,
        });
        Post {
            kind: Kind::PassOn,
            to: Recipient::Client(self.client.clone()),
            notice,
            client: Some(self.client.id),
            day: Some(self.day),
            letter: Some(self.digest),
            reply: Some(Reply { purpose: Purpose::ToWords, thread: self.client.thread_ref }),
            conversation: self.message_id.cloned().map_or(Conversation::Month, Conversation::Under),
            held_for,
        }
    }
}

/// The words wait; the registered address is asked, unless a question to it is open already. Words that the
/// receiving server refuted wait for a question of their own, which shows them: her yes to her own words must not let
/// a forger's pass, nor her no to a forger's words take hers. Words that tell who she is wait for one of their own, too:
/// it asks something else, and her leave is for these words alone. So do words that may be for somebody else: the word that
/// says whom they are for is her leave, too.
fn held(facts: &Facts, day: Day) -> Decision {
    let refuted = facts.proof == Proof::Refuted;
    let telling = !facts.found.is_empty() && facts.doubt.is_none();
    let joined = facts.open_question.filter(|_| !asks_for_itself(facts));
    let number = joined.unwrap_or(facts.new_question);
    let mut changes = Vec::new();
    let mut posts = Vec::new();
    if joined.is_none() {
        changes.push(Change::AskConfirmation {
            number,
            supporter: facts.supporter.id,
            address: facts.address.clone(),
            refuted,
            telling,
            doubt: facts.doubt,
        });
        posts.push(question(facts, day, number));
    } else if facts.ask_again && !facts.asked_enough {
        changes.push(Change::AskAgain { number });
        posts.push(question(facts, day, number));
    }
    changes.push(letter(facts, day));
    posts.push(pass_on(facts, day, Some(number)));
    let reason = match facts.doubt {
        Some(_) => Reason::AnswerDoubted,
        None if telling => Reason::AnswerTelling,
        None => Reason::AnswerHeld,
    };
    Decision { reason, end: End::Applied, changes, posts }
}

fn question(facts: &Facts, day: Day, number: u64) -> Post {
    let (client, words) = (facts.client.name.clone(), facts.masked_words.clone());
    let (pictures, refuted) = (facts.pictures.len(), facts.proof == Proof::Refuted);
    let notice = if let Some(doubt) = facts.doubt {
        let (other, memo, found) = (facts.other.clone(), doubt == Doubt::Memo, facts.found.clone());
        Notice::Meaning(notice::Meaning { client, other, memo, day, words, pictures, found, refuted })
    } else if facts.found.is_empty() {
        let supporter = facts.supporter.name.clone();
        Notice::Confirmation(notice::Confirmation { supporter, client, day, words, pictures, refuted })
    } else {
        let found = facts.found.clone();
        Notice::Telling(notice::Telling { client, day, words, pictures, found, refuted })
    };
    Post {
        kind: Kind::Confirmation,
        to: Recipient::Supporter(facts.supporter.clone()),
        notice,
        client: None,
        day: Some(day),
        letter: None,
        reply: Some(Reply { purpose: Purpose::Confirmation, thread: number }),
        conversation: Conversation::None,
        held_for: None,
    }
}

fn left_out(facts: &Facts, held: bool) -> Option<Post> {
    (facts.enclosures.count() > 0).then(|| {
        let notice = Notice::LeftOut(notice::LeftOut {
            other: facts.client.name.clone(),
            held,
            words: true,
            pictures: facts.pictures.len(),
            enclosures: facts.enclosures,
            number: facts.number,
        });
        returned::plain(&facts.supporter, Kind::Notice, notice)
    })
}
