//! What tells who a writer is, looked for in her words before the other side gets them, and her replies when she was
//! asked about it.

use super::gather;
use super::letters::{self, Thread, masked, without};
use super::{Context, Result, gate, recall};
use crate::domain::decision::{Change, Decision, End, Proof, Reason};
use crate::domain::people::{Client, ClientId, Supporter};
use crate::domain::telling::{self, mark};
use crate::domain::words::{self, Leave};
use crate::mail::address::Address;
use crate::mail::telling::{Known, hidden, telling as telling_in};
use crate::store::Asked;

/// How much of what was found a question shows.
const SHOWN: usize = 5;

/// What is known of the writer and of the reader of a text.
pub(super) struct Parties<'a> {
    context: &'a Context,
    addresses: Vec<Address>,
    /// The name that stands in From.
    name: Option<&'a str>,
    chosen: Vec<String>,
}

/// Writer and reader of a mail.
pub(super) fn known<'a>(
    thread: &'a Thread<'_>,
    client: &Client,
    supporter: Option<&Supporter>,
) -> Parties<'a> {
    let theirs = supporter.map_or(&[][..], |s| s.addresses.as_slice());
    let author = thread.prepared.message.from.first();
    Parties {
        context: thread.context,
        addresses: client.addresses.iter().chain(theirs).cloned().collect(),
        name: author.and_then(|author| author.name.as_deref()),
        chosen: supporter.map(|s| s.name.clone()).into_iter().chain([client.name.clone()]).collect(),
    }
}

/// A supporter and those who stand in for her, where she writes about clients of hers.
pub(super) fn stand_ins<'a>(
    thread: &'a Thread<'_>,
    supporter: &Supporter,
    clients: &[Client],
    seconds: &[Supporter],
) -> Parties<'a> {
    let supporters = seconds.iter().chain([supporter]);
    let addresses = clients.iter().map(|c| &c.addresses).chain(supporters.clone().map(|s| &s.addresses));
    let chosen = clients.iter().map(|c| &c.name).chain(supporters.map(|s| &s.name));
    Parties {
        context: thread.context,
        addresses: addresses.flatten().cloned().collect(),
        name: thread.prepared.message.from.first().and_then(|author| author.name.as_deref()),
        chosen: chosen.cloned().collect(),
    }
}

impl Parties<'_> {
    /// A text without any address of theirs, and what else in it tells who somebody is.
    pub(super) fn look_through(&self, text: &str) -> (String, Vec<String>) {
        let plain = without(self.context, text, &self.addresses.iter().collect::<Vec<_>>());
        let found = self.hide_from_next(text, &plain).1;
        (plain, found)
    }

    /// A text without any address of theirs, and with what else is found in it hidden.
    pub(super) fn hide_all(&self, text: &str) -> String {
        let addresses: Vec<&Address> = self.addresses.iter().collect();
        self.hide(&without(self.context, text, &addresses)).0
    }

    /// A text with what is found in it hidden, and what that is.
    pub(super) fn hide(&self, text: &str) -> (String, Vec<String>) {
        let chosen: Vec<&str> = self.chosen.iter().map(String::as_str).collect();
        let known = Known { addresses: &self.addresses, names: self.name.as_slice(), chosen: &chosen };
        hide_known(self.context, text, &known)
    }

    /// An answer as anybody but its client and its author may read it, and what is found in it, a registered address
    /// that was taken out of it included.
    pub(super) fn hide_from_next(&self, words: &str, masked: &str) -> (String, Vec<String>) {
        let (shown, mut found) = self.hide(masked);
        if found.is_empty() && words != masked && self.context.settings.privacy.scan {
            found.extend(self.hide(words).1);
        }
        (shown, found)
    }
}

fn hide_known(context: &Context, text: &str, known: &Known<'_>) -> (String, Vec<String>) {
    if !context.settings.privacy.scan {
        return (text.to_owned(), Vec::new());
    }
    let mut found = telling_in(text, known);
    // Where everybody writes to tells nothing of anybody.
    found.retain(|one| text[one.from..one.to] != context.settings.service.address.wire());
    let mut told: Vec<String> = Vec::new();
    for one in &found {
        let it = text[one.from..one.to].split_whitespace().collect::<Vec<_>>().join(" ");
        if !told.contains(&it) && told.len() < SHOWN {
            told.push(it);
        }
    }
    (hidden(text, &found, |what| mark(what, context.settings.service.locale)), told)
}

/// A supporter replied to the question about her words. Other words than yes and no are her answer instead, judged like
/// any; what a forger sends in her name does not take hers away.
pub(super) fn supporter_reply(
    thread: &Thread<'_>,
    supporter: &Supporter,
    number: u64,
    asked: &Asked,
) -> Result<(Decision, Option<ClientId>)> {
    let (tx, words) = (thread.tx, gather::words_of(thread, thread.past.sent.as_ref()));
    let client = asked.client.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    let (Some(row), Some(client)) = (asked.row, client) else {
        return Ok((Decision::only(End::Discarded, Reason::AlreadySettled), None));
    };
    let id = client.id;
    let leave = match words::leave(&words) {
        (Leave::Words, _) => Leave::Words,
        (leave, rest) if words::is_courtesy(rest, &supporter.name) => leave,
        // What else she writes below her yes or no must not be lost.
        _ => Leave::Unclear,
    };
    if leave == Leave::Words {
        if let Some(decision) = recall::in_an_answer(thread, supporter, &client, asked.day)? {
            return Ok((decision, Some(id)));
        }
        let mut decision = letters::answer(thread, supporter.clone(), client, asked.day)?;
        if asked.open && thread.prepared.proof != Proof::Refuted && !decision.changes.is_empty() {
            decision.changes.insert(0, Change::SettleConfirmation { number, yes: false });
        }
        return Ok((decision, Some(id)));
    }
    let facts = telling::Facts {
        supporter: supporter.clone(),
        question: number,
        open: asked.open,
        waits: asked.waits,
        went: asked.went,
        refuted: asked.refuted,
        row: tx.ended_row(row)?,
        leave,
        words,
        number: thread.mail.id,
    };
    Ok((telling::decide(&facts), Some(id)))
}

/// A client replied to the question about what was hidden in a letter of hers. Whatever is no yes or no is a letter, as
/// are the lines behind one.
pub(super) fn client_reply(thread: &Thread<'_>, client: Client, letter: i64) -> Result<Decision> {
    let Thread { tx, context, prepared, past, .. } = thread;
    let words = gather::words_of(thread, past.sent.as_ref());
    let (leave, rest) = words::leave(&words);
    let alone = rest.is_empty() || words::is_name(rest, &client.name);
    // The question named whoever had the letter first; another who has it now was not named.
    let named = tx.first_alerted(letter)?;
    let named = named.filter(|id| Some(*id) == client.second).or(client.supporter);
    let named = match named.map(|id| tx.supporter_by_id(id)).transpose()?.flatten() {
        Some(supporter) if !gate::may_write_to(tx, &client, &supporter)? => None,
        _ => named,
    };
    let written = tx.written(letter, named)?.filter(|l| l.client == client.id);
    let decision = match (leave, written) {
        (Leave::AsItIs, Some(written)) if prepared.proof != Proof::Refuted => {
            let supporter = named.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
            let mask = |text: &str| masked(context, text, Some(&client), supporter.as_ref());
            let (text, subject) = (mask(&written.text), mask(&written.subject));
            let subject = if written.own_subject.is_empty() { String::new() } else { subject };
            let shown = written.shown == if text.is_empty() { &*subject } else { &*text };
            let shown = shown && written.own_subject == subject;
            let (digest, day) = (written.digest, written.day);
            telling::show(
                &client,
                supporter,
                telling::Letter { row: letter, digest, day, text, subject, shown },
            )
        }
        (Leave::Not, _) if alone => return Ok(Decision::only(End::Discarded, Reason::KeptHidden)),
        _ => return letters::client_letter(thread, client, None),
    };
    if alone {
        return Ok(decision);
    }
    let further = letters::client_letter(thread, client, None)?;
    let changes = [decision.changes, further.changes].concat();
    Ok(Decision { changes, posts: [decision.posts, further.posts].concat(), ..further })
}
