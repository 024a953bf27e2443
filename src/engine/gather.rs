//! From raw octets to a decision: parse, gather the facts that this kind of mail needs, decide.

use std::cell::OnceCell;
use std::cmp::Reverse;

use super::letters::{self, Thread};
use super::pool::{self, Replied};
use super::{
    Context, Result, absences, copies, exclusions, forgotten, limits, meaning, proof, reading, recall,
    reports, set_aside, telling,
};
use crate::clock::Timestamp;
use crate::domain::decision::{Change, Decision, End, Proof, Reason};
use crate::domain::keys::Keys;
use crate::domain::letter::office;
use crate::domain::limits::DAY;
use crate::domain::notice::{self, OfficeMatter, Why};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, ClientId, Recipient, Supporter};
use crate::domain::returned;
use crate::domain::token::{Purpose, Token};
use crate::domain::understand::{Facts, Machine, SentMail, TokenFacts, Understood, understand};
use crate::kill::{self, Point};
use crate::mail::automatic::{
    Automatic, Class, Evidence, automatic, labels_something, labels_what_it_answers,
};
use crate::mail::digest::content_digest;
use crate::mail::message::Message;
use crate::mail::parse::parse;
use crate::mail::picture::Picture;
use crate::mail::quote::{
    HeaderEvidence, Known, authored, beside_quotes, copied, unevenly_copied, without_signature,
};
use crate::store::{KeptMail, SentRow, StoreError, Tx};

/// A mail after everything that needs no database.
pub(super) struct Prepared {
    pub(super) message: Message,
    pub(super) digest: [u8; 32],
    machine: Option<Machine>,
    /// Whether only the wording speaks for a machine.
    by_wording: bool,
    pub(super) proof: Proof,
    /// For each attachment its picture, once it was drawn.
    pub(super) drawn: Vec<Option<Picture>>,
}

/// What had been in the mailbox for longer than this when it was first seen is left alone.
const OLD_DAYS: u32 = 30;
/// For so many days a mail of ours can be answered: who finds an old telephone finds no way in.
const VALID_DAYS: u16 = 180;
/// Mails of one person and day that are looked at.
pub(super) const MOST: usize = 12;
/// Parses and judges.
pub(super) fn prepare(context: &Context, mail: &KeptMail) -> Prepared {
    kill::before(Point::Parse);
    let message = parse(&mail.raw);
    kill::after(Point::Parse);
    let found = automatic(&message);
    let by_wording = found.as_ref().is_some_and(|found| found.evidence == Evidence::TextTemplate);
    let machine = found.map(|Automatic { class, .. }| match class {
        Class::Reply => Machine::Reply,
        Class::List => Machine::List,
        Class::ReadReceipt => Machine::ReadReceipt,
        Class::DeliveryReport => Machine::DeliveryReport,
    });
    let proof = proof::judge(&context.settings.auth, &message, mail);
    kill::before(Point::PlanDone);
    let (digest, drawn) = (content_digest(&mail.raw), vec![None; message.attachments.len()]);
    let prepared = Prepared { digest, message, machine, by_wording, proof, drawn };
    kill::after(Point::PlanDone);
    prepared
}

/// Everything that the past says about one mail.
pub(super) struct Past {
    pub(super) token: Option<TokenFacts>,
    pub(super) sent: Option<SentMail>,
    sent_to: Option<Recipient>,
    /// It names a mail of ours that the database does not know: an older one was put back.
    forgotten: bool,
    /// It came to a reply address that was never given out.
    forged_token: bool,
}

impl Past {
    /// Whether a mail came to a reply address that is valid, or answers a mail of ours that may be answered.
    pub(super) fn is_answer(&self) -> bool {
        self.token.as_ref().is_some_and(|t| t.current) || self.sent.as_ref().is_some_and(|s| s.current)
    }
}

/// Gathers and decides. Also tells whose thread the mail belongs to.
pub(super) fn decide(
    tx: &Tx<'_>,
    context: &Context,
    mail: &KeptMail,
    prepared: &Prepared,
    now: Timestamp,
) -> Result<(Decision, Option<ClientId>)> {
    // The mailbox may have had a life before yorisoi. What came since its first look is never too old: the machine may
    // have stood still, or an old backup been put back.
    let first_look = tx.first_look()?.unwrap_or(mail.ingested_at);
    let before = |arrived| arrived < first_look && mail.ingested_at.since(arrived) > DAY * OLD_DAYS;
    if mail.internal_date.is_some_and(before) {
        let end = if mail.junk { End::Skipped } else { End::Discarded };
        return Ok((Decision::only(end, Reason::TooOld), None));
    }
    let skipped = || Ok((Decision::only(End::Skipped, Reason::Junk), None));
    let (understood, past) = understood(tx, context, mail, prepared)?;
    if mail.junk && understood == Understood::NoSingleAuthor && past.token.is_none() && past.sent.is_none() {
        return skipped();
    }
    let a_person_of_ours = understood.writer().is_some();
    let thread = Thread { tx, context, mail, prepared, past: &past, now, words: OnceCell::new() };
    let (mut decision, client) = follows(&thread, understood.clone())?;
    // In the junk folder only what calls for something is ours: letters, answers, reports about our own mails.
    if mail.junk && decision.changes.is_empty() && decision.posts.is_empty() {
        return skipped();
    }
    if let ([author], true) = (prepared.message.from.as_slice(), a_person_of_ours) {
        // who writes from an address has it, whatever a report said
        if prepared.proof != Proof::Refuted && tx.is_suspended(&author.address)? {
            decision.changes.insert(0, Change::Lift { address: author.address.clone() });
        }
    }
    let mut decision = limits::limited(tx, mail, prepared, &understood, decision)?;
    if decision.end == End::Applied && prepared.proof != Proof::Refuted {
        decision.posts.extend(copies::warning(context, &prepared.message, &understood));
    }
    // A letter that a limit keeps back is filed nowhere, but it is hers.
    Ok((decision, client))
}

/// What follows from what was understood.
fn follows(thread: &Thread<'_>, understood: Understood) -> Result<(Decision, Option<ClientId>)> {
    let Thread { mail, past, .. } = thread;
    let only = |end, reason| Ok((Decision::only(end, reason), None));
    if let Some(decided) = meaning::first(thread, &understood)? {
        return Ok(decided);
    }
    match understood {
        Understood::Automatic(Machine::DeliveryReport) => Ok((reports::delivery_report(thread)?, None)),
        Understood::Automatic(machine) => only(End::Discarded, machine.reason()),
        Understood::OwnMail => only(End::Discarded, Reason::OwnMail),
        Understood::NoSingleAuthor => Ok((returned::quarantined(Reason::NoSingleAuthor, mail.id), None)),
        Understood::Office => only(End::Discarded, Reason::Office),
        Understood::Stranger if past.forged_token => only(End::Discarded, Reason::BadToken),
        Understood::Stranger => only(End::Discarded, Reason::Stranger),
        Understood::OtherAddress(holder) => Ok((other_address(thread, &holder)?, None)),
        Understood::ClientLetter { client, to_words } => {
            let id = client.id;
            Ok((letters::client_letter(thread, *client, to_words)?, Some(id)))
        }
        Understood::Answer { supporter, client, day } => {
            let id = client.id;
            if let Some(decision) = exclusions::may_know(thread, &supporter, &client)? {
                return Ok((decision, None));
            }
            if let Some(decision) = recall::in_an_answer(thread, &supporter, &client, day)? {
                return Ok((decision, Some(id)));
            }
            if let Some(decision) = absences::in_an_answer(thread, &supporter, &client, day)? {
                return Ok((decision, None));
            }
            Ok((letters::answer(thread, *supporter, *client, day)?, Some(id)))
        }
        Understood::HiddenReply { client, letter } => {
            let id = client.id;
            Ok((telling::client_reply(thread, *client, letter)?, Some(id)))
        }
        Understood::ConfirmationReply { supporter, number } => {
            meaning::confirmation_reply(thread, &supporter, number)
        }
        Understood::SetAsideReply { supporter, number } => {
            let decision = set_aside::reply(thread, &supporter, number)?;
            Ok((decision.unwrap_or_else(|| unaddressed(thread, &supporter, Why::NoThread)), None))
        }
        Understood::AskReply { supporter, number } => asked(thread, &supporter, number),
        Understood::ReadingReply { supporter, number } => reading::replied(thread, &supporter, number),
        Understood::NotYours(supporter) => Ok((unaddressed(thread, &supporter, Why::NotYours), None)),
        Understood::Revoked(supporter) => Ok((unaddressed(thread, &supporter, Why::Revoked), None)),
        Understood::AbsenceReply { supporter, number } => {
            let decision = absences::in_a_reply(thread, &supporter, number)?;
            Ok((decision.unwrap_or_else(|| unaddressed(thread, &supporter, Why::NoThread)), None))
        }
        Understood::Unaddressed(supporter) => {
            if let Some((decision, client)) = recall::in_reply_to_herself(thread, &supporter)? {
                return Ok((decision, Some(client)));
            }
            let decision = absences::in_a_new_mail(thread, &supporter)?;
            Ok((decision.unwrap_or_else(|| unaddressed(thread, &supporter, Why::NoThread)), None))
        }
    }
}

/// What follows from a reply to the question whether she takes a letter.
fn asked(thread: &Thread<'_>, supporter: &Supporter, number: u64) -> Result<(Decision, Option<ClientId>)> {
    match pool::replied(thread, supporter, number)? {
        Replied::Decided(decision, client) => Ok((decision, client)),
        Replied::Answer(answer) => follows(thread, answer),
    }
}

/// Gathers what `understand` needs, and asks it.
fn understood(
    tx: &Tx<'_>,
    context: &Context,
    mail: &KeptMail,
    prepared: &Prepared,
) -> Result<(Understood, Past)> {
    let message = &prepared.message;
    let author = match message.from.as_slice() {
        [author] => Some(&author.address),
        _ => None,
    };
    let service = &context.settings.service;
    let client = author.map(|a| tx.client_by_address(a)).transpose()?.flatten();
    let supporter = author.map(|a| tx.supporter_by_address(a)).transpose()?.flatten();
    let principals = client.iter().map(|c| c.principal_ref).chain(supporter.iter().map(|s| s.principal_ref));
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let past = past(tx, context, message, arrived, &principals.collect::<Vec<_>>())?;
    let own_id = message.message_id.as_ref().map(|id| tx.sent_by_message_id(id)).transpose()?.flatten();
    let labelled = match &past.sent {
        Some(sent) => labels_what_it_answers(message, &sent.subject),
        // Nobody's answer is lost by it: the question is not known any more.
        None => {
            let asked = [
                Purpose::Confirmation,
                Purpose::ToAbsence,
                Purpose::ToSetAside,
                Purpose::ToAsk,
                Purpose::ToReading,
            ];
            past.token.as_ref().is_some_and(|t| asked.contains(&t.token.purpose)) && labels_something(message)
        }
    };
    let facts = Facts {
        message,
        client,
        supporter,
        operator: author.is_some_and(|a| service.operators.contains(a)),
        own: own_id.is_some() || author == Some(&service.address),
        token: past.token.clone(),
        sent: past.sent.clone(),
        sent_to: past.sent_to.clone(),
        answers_forgotten: past.forgotten && past.sent.is_none() && past.token.is_none(),
        machine: prepared.machine.filter(|_| !prepared.by_wording).or(labelled.then_some(Machine::Reply)),
    };
    let understood = understand(&facts);
    let letter = matches!(understood, Understood::ClientLetter { .. } | Understood::HiddenReply { .. });
    let understood = match prepared.machine {
        // A client may quote a machine's words in her report; in doubt a mail is a report, and nothing else.
        Some(machine) if !letter => Understood::Automatic(machine),
        _ => understood,
    };
    Ok((understood, past))
}

/// Somebody unknown used a person's reply address. A supporter whose own token came with it gets the words at her
/// registered address, without anybody's address in them, unless the server says that they are forged or junk.
fn other_address(thread: &Thread<'_>, holder: &Recipient) -> Result<Decision> {
    let Thread { tx, context, mail, prepared, past, .. } = thread;
    let day_ago = mail.internal_date.unwrap_or(mail.ingested_at).before(DAY);
    let told = tx.sent_since(holder.principal_ref(), &[Reason::OtherAddress.word()], day_ago)? > 0;
    let token = past.token.as_ref().filter(|t| t.current && t.holder.as_ref() == Some(holder));
    let words = match (holder, token) {
        (Recipient::Supporter(supporter), Some(token))
            if !mail.too_large && !mail.junk && prepared.proof != Proof::Refuted =>
        {
            let words = words_of(thread, past.sent.as_ref());
            letters::masked(context, &words, token.client.as_ref(), Some(supporter))
        }
        _ => String::new(),
    };
    Ok(returned::other_address(holder, words, told, mail.id))
}

/// A supporter's words that have nowhere to go.
pub(super) fn unaddressed(thread: &Thread<'_>, supporter: &Supporter, why: Why) -> Decision {
    if thread.mail.too_large {
        return too_large(thread, supporter);
    }
    let words = words_of(thread, None);
    returned::unaddressed(supporter, &words, thread.mail.id, why)
}

/// A supporter's mail that was too large to read: she is told, and nothing is guessed.
pub(super) fn too_large(thread: &Thread<'_>, supporter: &Supporter) -> Decision {
    let notice = notice::Returned {
        why: Why::TooLarge,
        other: String::new(),
        words: thread.prepared.message.subject.clone(),
        number: thread.mail.id,
    };
    let posts = vec![
        returned::to_supporter(supporter, notice),
        office(OfficeMatter::TooLarge, &supporter.name, thread.mail.id),
    ];
    Decision { reason: Reason::TooLarge, end: End::Applied, changes: Vec::new(), posts }
}

/// What was newly written, without the mail program's signature. Several kinds of mail ask for it in turn.
pub(super) fn words_of(thread: &Thread<'_>, sent: Option<&SentMail>) -> String {
    let usual = sent.is_some() == thread.past.sent.is_some();
    if usual {
        thread.words.get_or_init(|| authored_in(thread, sent)).clone()
    } else {
        authored_in(thread, sent)
    }
}

fn authored_in(thread: &Thread<'_>, sent: Option<&SentMail>) -> String {
    let service = &thread.context.settings.service;
    let address = service.address.wire();
    let known = sent.map(|sent| Known {
        text: &sent.body,
        letter: &sent.letter,
        own_address: &address,
        own_name: &service.name,
    });
    let message = &thread.prepared.message;
    let mut header = HeaderEvidence::of(message);
    header.answers |= known.is_some() || thread.past.token.is_some();
    // What answers nothing quotes nothing of ours: a letter that somebody forwards with her own is part of hers.
    let words = if header.answers {
        // What she quotes is not `sent`, which only says much of the same: what looks like a quote is one.
        let forgotten = thread.past.forgotten && known.is_some();
        let rest = forgotten.then(|| beside_quotes(&message.text, &header));
        authored(rest.as_ref().unwrap_or(&message.text), known.as_ref(), &header).text
    } else {
        without_signature(&message.text, &header).0
    };
    words.trim_matches('\n').trim_end().to_owned()
}

/// The token and the mail of ours that a mail answers. Of several tokens the author's own counts. What is older than
/// [`VALID_DAYS`] is void, as if it had been withdrawn.
pub(super) fn past(
    tx: &Tx<'_>,
    context: &Context,
    message: &Message,
    arrived: Timestamp,
    principals: &[u32],
) -> Result<Past> {
    let tokens: Vec<Token> = token_texts(context, message).filter_map(|t| context.keys.verify(t)).collect();
    let token = tokens.iter().find(|t| principals.contains(&t.principal)).or_else(|| tokens.first());
    let mut token = token.map(|token| token_facts(tx, *token)).transpose()?;
    let mut sent = None;
    for id in message.in_reply_to.iter().chain(message.references.iter().rev()) {
        sent = tx.sent_by_message_id(id)?;
        if sent.is_some() {
            break;
        }
    }
    let domain = context.settings.service.address.domain();
    let forgotten = sent.is_none() && message.in_reply_to.iter().any(|id| Keys::has_our_form(id, domain));
    if forgotten && token.is_none() {
        let forgotten = forgotten::token(tx, context, message, principals)?;
        token = forgotten.map(|token| token_facts(tx, token)).transpose()?;
    }
    if let (None, Some(facts)) = (&sent, &token) {
        sent = sent_by_token(tx, context, facts, &message.text)?;
    }
    let epoch = sent.as_ref().map(|row| row.epoch);
    let today = context.hours.calendar.day_of(arrived);
    let made = sent.as_ref().map(|row| context.hours.calendar.day_of(row.created_at));
    let made = made.or(token.as_ref().map(|t| t.token.day));
    let valid = made.is_none_or(|made| today.number().saturating_sub(made.number()) <= VALID_DAYS);
    let mut sent = sent.map(|row| letters::sent_mail(tx, context, row)).transpose()?;
    let sent_to = sent.as_ref().map(|s| holder(tx, s.principal, s.client.as_ref())).transpose()?.flatten();
    if let Some(sent) = &mut sent {
        sent.current = valid && sent_to.as_ref().is_none_or(|holder| epoch == Some(holder.epoch()));
    }
    if let Some(token) = &mut token {
        token.current &= valid;
    }
    let forged_token = tokens.is_empty() && token_texts(context, message).any(Keys::has_form_of_token);
    Ok(Past { token, sent, sent_to, forgotten, forged_token })
}

/// The mail of ours that a token came from, for its text to be known in a reply. A token names a person, a thread and
/// a day, and a day may have several mails: the one counts that stands whole in `text`, else that `text` copies most of, else the
/// newest of its kind. A question's token names the question.
fn sent_by_token(
    tx: &Tx<'_>,
    context: &Context,
    facts: &TokenFacts,
    text: &str,
) -> std::result::Result<Option<SentRow>, StoreError> {
    let token = &facts.token;
    let (client, kind) = match (&facts.client, token.purpose) {
        (_, Purpose::Confirmation) => return tx.question(token.thread),
        (_, Purpose::ToSetAside) => return tx.sent_about_aside(token.thread),
        (_, Purpose::ToAbsence) => return tx.sent_about_absence(token.thread, token.principal),
        (_, Purpose::ToAsk) => return tx.sent_about_ask(token.thread),
        (_, Purpose::ToReading) => return tx.sent_about_reading(token.thread, token.principal),
        (None, _) => return Ok(None),
        (Some(client), Purpose::ToHidden) => {
            let is_it = |digest: &[u8; 32]| context.keys.question(digest) == token.thread;
            return tx.question_about_letter(client.id, token.day, is_it);
        }
        (Some(client), Purpose::Answer) => (client, Kind::Alert),
        (Some(client), Purpose::ToWords) => (client, Kind::PassOn),
        (Some(client), Purpose::ToNotice) => (client, Kind::Receipt),
        (Some(client), Purpose::ToOffice) => (client, Kind::Notice),
    };
    let sent = tx.sent_about(token.principal, client.id, token.day, MOST)?;
    let worth = |row: &SentRow| {
        let ours = parse(&row.bytes).text;
        let (there, missing) = copied(&ours, text);
        // Of two that say the same, a letter that came twice, one says it more often.
        let rest = if there > 0 { (missing, unevenly_copied(&ours, text)) } else { (0, 0) };
        // A letter that comes again holds words that our newest mail quotes; what she quotes herself is all there.
        (there > 0 && missing == 0, there, row.kind == kind, Reverse(rest))
    };
    let measured = sent.iter().map(worth).enumerate().rev();
    let best = measured.filter(|(_, (_, there, natural, _))| *there > 0 || *natural).max_by_key(|(_, w)| *w);
    Ok(best.and_then(|(at, _)| sent.into_iter().nth(at)))
}

/// What may be a token in the addresses that the mail came to.
fn token_texts<'a>(context: &'a Context, message: &'a Message) -> impl Iterator<Item = &'a str> {
    message.recipients.iter().filter_map(|address| context.settings.service.token_in(address))
}

fn token_facts(tx: &Tx<'_>, token: Token) -> Result<TokenFacts> {
    let client = match token.purpose {
        Purpose::Confirmation
        | Purpose::ToAbsence
        | Purpose::ToSetAside
        | Purpose::ToAsk
        | Purpose::ToReading => None,
        Purpose::ToHidden | Purpose::ToOffice => tx.client_by_principal(token.principal)?,
        _ => tx.client_by_thread(token.thread)?,
    };
    let holder = holder(tx, token.principal, client.as_ref())?;
    let epoch = holder.as_ref().map(Recipient::epoch);
    Ok(TokenFacts { token, client, holder, current: epoch == Some(token.epoch) })
}

/// The person of a principal ref: a supporter, or the client of the thread.
fn holder(tx: &Tx<'_>, principal: u32, client: Option<&Client>) -> Result<Option<Recipient>> {
    let supporter = tx.supporter_by_principal(principal)?.map(Recipient::Supporter);
    let client = client.filter(|c| c.principal_ref == principal).cloned().map(Recipient::Client);
    Ok(supporter.or(client))
}
