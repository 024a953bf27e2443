//! Posts become outbox rows: rendered, composed, and final from here on.
//!
//! The effect key (K3) is made of kind, cause, recipient and a count; the Message-ID is derived from it. The same
//! cause met again, after a crash or a restore, gives the same mail, and the journal knows whether it went out.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use data_encoding::HEXLOWER;

use super::submit::lets_go;
use super::{Context, EngineError, Result, limits, repeats};
use crate::clock::Timestamp;
use crate::domain::decision::{Conversation, Post, Reason};
use crate::domain::limits::{DAY, told};
use crate::domain::locale::Locale;
use crate::domain::notice::{self, Notice, OfficeMatter, ReadingNotice};
use crate::domain::outgoing::{Kind, State};
use crate::domain::people::Recipient;
use crate::domain::recall::Made;
use crate::domain::token::{Purpose, Token};
use crate::mail::address::{Address, Mailbox};
use crate::mail::compose::{Draft, Marking, compose};
use crate::mail::message_id::MessageId;
use crate::mail::submission::Envelope;
use crate::store::{Journal, NewRow, Tx};

/// What led to a post.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// A kept mail, by number and digest.
    Mail(i64, [u8; 32]),
    /// The end of an outbox row, by its Message-ID and when its time runs out: one that an operator sends again has
    /// another end.
    Row(i64, String, Timestamp),
    /// An order about a letter, by the digest of its mail.
    Order([u8; 32]),
    /// Anything else, by a text that says what.
    Event(String),
    /// The same about something that was due at that time.
    Due(String, Timestamp),
    /// The database was put back then.
    Restored(Timestamp),
}

impl Cause {
    pub(super) fn end_of(tx: &Tx<'_>, row: i64) -> Result<Self> {
        let (message_id, expires_at) = tx.row_life(row)?;
        Ok(Self::Row(row, message_id, expires_at))
    }

    pub(super) fn key(&self) -> String {
        match self {
            Self::Mail(_, digest) | Self::Order(digest) => HEXLOWER.encode(digest),
            Self::Row(_, message_id, expires_at) => format!("row:{message_id}:{}", expires_at.millis()),
            Self::Event(text) | Self::Due(text, _) => text.clone(),
            Self::Restored(at) => format!("restored:{}", at.millis()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Mail(id, _) => format!("mail {id}"),
            Self::Row(id, ..) => format!("row {id}"),
            Self::Order(_) => "order".to_owned(),
            Self::Event(_) | Self::Due(..) | Self::Restored(_) => "event".to_owned(),
        }
    }
}

/// Enqueues posts inside one transaction.
pub(super) struct Poster<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) context: &'a Context,
    pub(super) journal: &'a Journal,
    pub(super) now: Timestamp,
}

/// One envelope recipient of a post.
struct Reader {
    address: Address,
    name: String,
    locale: Locale,
    /// Stands for the person in the effect key.
    key: String,
}

/// What is "not composed" where our own code panicked.
pub(super) const PANIC: &str = "panic";

/// Runs `work`. A panic is our own failure, like what cannot be composed; what `work` did until then must be undone.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let ended = catch_unwind(AssertUnwindSafe(work));
    ended.unwrap_or_else(|_| Err(EngineError::NotComposed(PANIC.to_owned())))
}

impl Poster<'_> {
    /// Runs `work` as [`caught`] does, in a savepoint: what `work` did is undone when it fails.
    pub(super) fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.tx.savepoint(|_| caught(work))
    }

    /// Renders, composes and enqueues; returns how many rows are new.
    pub(super) fn enqueue(&self, posts: &[Post], cause: &Cause, reason: Reason) -> Result<usize> {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut added = 0;
        for post in posts {
            let today = limits::once(self, post, cause)?;
            let cause = today.as_ref().unwrap_or(cause);
            let reason = post.notice.reason().unwrap_or(reason);
            let too_much = limits::is_too_much(self.tx, post, cause, reason)?;
            for reader in self.readers(&post.to) {
                let base = format!("{}|{}|{}", post.kind.word(), cause.key(), reader.key);
                let n = *seen.entry(base.clone()).and_modify(|n| *n += 1).or_insert(0);
                let effect_key = self.effect_key(&base, n, cause)?;
                let row = self.enqueue_one(post, &reader, &effect_key, cause, reason, too_much)?;
                added += usize::from(row.is_some());
                if row == Some(State::Cancelled) && post.to != Recipient::Office {
                    self.tell_of_silence(&reader.name, cause)?;
                }
            }
        }
        Ok(added)
    }

    /// The machine says no more to somebody today: the office hears of it.
    fn tell_of_silence(&self, person: &str, cause: &Cause) -> Result<()> {
        let Cause::Mail(mail, _) = cause else { return Ok(()) };
        let told = told(OfficeMatter::Limit, Reason::TooOften, person, *mail);
        self.enqueue(&[told], cause, Reason::TooOften)?;
        Ok(())
    }

    /// The key of the `n`-th mail of its kind. An order sends again what ended without arriving.
    fn effect_key(&self, base: &str, mut n: u32, cause: &Cause) -> Result<String> {
        const OVER: [State; 3] = [State::Failed, State::Expired, State::Cancelled];
        loop {
            let key = format!("{base}|{n}");
            match (cause, self.tx.effect_state(&key)?) {
                (Cause::Order(_), Some(state)) if OVER.contains(&state) => n += 1,
                _ => return Ok(key),
            }
        }
    }

    fn readers(&self, to: &Recipient) -> Vec<Reader> {
        let person = |name: &str, addresses: &[Address], locale| {
            let first = addresses.first()?;
            let key = format!("{:08x}", to.principal_ref());
            Some(Reader { address: first.clone(), name: name.to_owned(), locale, key })
        };
        match to {
            Recipient::Client(c) => person(&c.name, &c.addresses, c.locale).into_iter().collect(),
            Recipient::Supporter(s) => person(&s.name, &s.addresses, s.locale).into_iter().collect(),
            Recipient::Office => self.operators(&[]),
            Recipient::OfficeBut(whom) => self.operators(whom),
        }
    }

    /// The operators, but for `whom`.
    fn operators(&self, whom: &[Address]) -> Vec<Reader> {
        let service = &self.context.settings.service;
        let reader = |address: &Address| Reader {
            address: address.clone(),
            name: "office".to_owned(),
            locale: service.locale,
            key: format!("office:{}", address.key()),
        };
        service.operators.iter().filter(|address| !whom.contains(address)).map(reader).collect()
    }

    fn enqueue_one(
        &self,
        post: &Post,
        reader: &Reader,
        effect_key: &str,
        cause: &Cause,
        reason: Reason,
        too_much: bool,
    ) -> Result<Option<State>> {
        let domain = self.context.settings.service.address.domain();
        let message_id = self.context.keys.message_id(effect_key, domain).ok_or_else(not_minted)?;
        let bytes = self.compose(post, reader, &message_id)?;
        let reverse_path = Some(self.context.settings.service.address.clone());
        let envelope = Envelope { reverse_path, forward_path: reader.address.clone() };
        let letter = match (&post.letter, cause) {
            (Some(digest), Cause::Mail(mail, own)) if digest == own => self.tx.letter_of_mail(*mail)?,
            (Some(digest), _) => self.tx.letter_of(digest)?,
            (None, _) => None,
        };
        let about = |purpose| post.reply.filter(|r| r.purpose == purpose).map(|r| r.thread);
        let accepted = self.journal.knows(message_id.as_str())?;
        let may_repeat = !accepted && repeats::may_repeat(self.tx, cause)?;
        let state = match post.held_for {
            _ if accepted => State::Accepted,
            _ if too_much => State::Cancelled,
            None if !may_repeat => State::Queued,
            _ => State::Held,
        };
        let row = NewRow {
            effect_key,
            message_id: &message_id,
            kind: post.kind,
            envelope: &envelope,
            bytes: &bytes,
            person: &reader.name,
            principal: post.to.principal_ref(),
            epoch: post.to.epoch(),
            client: post.client,
            day: post.day,
            letter,
            cause: &cause.text(),
            reason: if state == State::Cancelled { Reason::TooOften } else { reason }.word(),
            confirmation: post.held_for.or(about(Purpose::Confirmation)),
            absence: about(Purpose::ToAbsence),
            set_aside: about(Purpose::ToSetAside),
            ask: about(Purpose::ToAsk),
            reading: about(Purpose::ToReading),
            state,
            may_repeat: may_repeat && state == State::Held,
            expires_at: notice::stale_at(&post.notice, self.now.after(self.lifetime(post)?)),
            grace_until: self.grace_until(post.kind, state),
        };
        let added = self.tx.enqueue(&row, self.now)?;
        added.map_or(Ok(()), |row| self.begins(row, post, state))?;
        Ok(added.map(|_| state))
    }

    /// What a new row counts for, and when it may go.
    fn begins(&self, row: i64, post: &Post, state: State) -> Result<()> {
        match state {
            // In an earlier life the yes had come.
            State::Accepted if post.held_for.is_some() => self.passes_on(row)?,
            State::Accepted => self.enter(row)?,
            _ => {}
        }
        let ready = match (&post.notice, post.letter) {
            // The answer that it tells of may still be taken back.
            (Notice::Answered(_), Some(answer)) => self.went(&answer)?,
            (Notice::Reading(ReadingNotice::Ask(_)), _) => {
                self.now.after(self.context.settings.promise.grace)
            }
            _ => self.now,
        };
        let up = post.to.hours(&self.context.hours).waking(ready);
        if state == State::Queued && post.notice.wakes_nobody() && up > self.now {
            self.tx.put_off(row, up)?;
        }
        Ok(())
    }

    /// When an answer that passes on now will have gone.
    fn went(&self, answer: &[u8; 32]) -> Result<Timestamp> {
        let until = self.now.after(self.context.settings.promise.grace);
        let Some(client) = self.tx.client_answered_by(answer)? else { return Ok(until) };
        Ok(lets_go(self.context, &client.hours, Made { at: self.now, grace_until: Some(until) }))
    }

    /// An answer waits a little from when it was understood, however long its mail had lain somewhere: only from then on
    /// can it be taken back.
    fn grace_until(&self, kind: Kind, state: State) -> Option<Timestamp> {
        let grace = self.context.settings.promise.grace;
        let waits = kind == Kind::PassOn && matches!(state, State::Queued | State::Held) && !grace.is_zero();
        waits.then(|| self.now.after(grace))
    }

    /// For how long it is tried, or waits. Words that may be for somebody else do not wait long: their report goes on.
    fn lifetime(&self, post: &Post) -> Result<Duration> {
        let asks_whom = post.held_for.map(|number| self.tx.asks_whom(number)).transpose()?;
        Ok(if asks_whom == Some(true) { DAY } else { post.kind.lifetime() })
    }

    fn compose(&self, post: &Post, reader: &Reader, message_id: &MessageId) -> Result<Vec<u8>> {
        let Context { settings, hours, renderer, .. } = self.context;
        let rendered = renderer
            .render(&post.notice, reader.locale, &post.to.hours(hours).calendar)
            .map_err(|e| EngineError::NotComposed(e.to_string()))?;
        let conversation = self.conversation(post);
        let draft = Draft {
            from: Mailbox { name: Some(self.author_name(post)), address: settings.service.address.clone() },
            to: reader.address.clone(),
            reply_to: self.reply_to(post)?,
            subject: &rendered.subject,
            message_id,
            in_reply_to: conversation.as_ref(),
            references: conversation.as_slice(),
            date: self.now,
            zone: &hours.calendar.zone,
            body: &rendered.body,
            pictures: post.notice.pictures(),
            marking: match post.kind {
                Kind::PassOn | Kind::FollowUp => Marking::PersonsWords,
                _ => Marking::Machine,
            },
        };
        compose(&draft).map_err(|e| EngineError::NotComposed(e.to_string()))
    }

    /// The address is always the service's; words that are passed on come under their writer's name.
    fn author_name(&self, post: &Post) -> String {
        match &post.notice {
            Notice::PassOn(words) => words.supporter.clone(),
            Notice::HandedOn(words) => words.writer.clone(),
            Notice::Farewell(words) => words.supporter.clone(),
            Notice::Reading(ReadingNotice::Back(words)) => words.reader.clone(),
            _ => self.context.settings.service.name.clone(),
        }
    }

    fn conversation(&self, post: &Post) -> Option<MessageId> {
        match &post.conversation {
            Conversation::None => None,
            Conversation::Under(id) => Some(id.clone()),
            Conversation::Month => {
                let month = post.day?.month();
                let thread = post.reply.map_or(0, |r| r.thread);
                let root = format!("root|{thread:012x}|{:08x}|{month}", post.to.principal_ref());
                self.context.keys.message_id(&root, self.context.settings.service.address.domain())
            }
        }
    }

    /// An address of the service with a signed token in it, where there are such.
    fn reply_to(&self, post: &Post) -> Result<Option<Address>> {
        let Some(reply) = post.reply else { return Ok(None) };
        let token = Token {
            purpose: reply.purpose,
            thread: reply.thread,
            principal: post.to.principal_ref(),
            epoch: post.to.epoch(),
            day: post.day.unwrap_or_else(|| self.context.hours.calendar.day_of(self.now)),
        };
        let text = self.context.settings.service.reply_address(&self.context.keys.sign(&token));
        let address = text.map(|text| Address::parse(&text)).transpose();
        address.map_err(|e| EngineError::NotComposed(e.to_string()))
    }
}

fn not_minted() -> EngineError {
    EngineError::NotComposed("no Message-ID could be minted".to_owned())
}
