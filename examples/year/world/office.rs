//! The operator: who is whose supporter in her book, what she reads in the morning, and what she then orders.
//!
//! She knows what her mails say, what `yorisoi ledger` and `yorisoi absence list` show, and what supporters tell her when
//! she asks them herself.

use std::collections::BTreeMap;

use yorisoi::clock::Timestamp;
use yorisoi::domain::choosing::SupporterSet;
use yorisoi::domain::command::Command;
use yorisoi::domain::hours::{OwnHours, Span};
use yorisoi::domain::locale::Locale;
use yorisoi::domain::people::Side;
use yorisoi::engine::Engine;
use yorisoi::mail::address::Address;

use super::calendar::{Calendar, Minute};
use super::model::{DAY, Model};
use super::people::{Client, Presence, Supporter};

/// Whom a client has.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Her own supporter.
    pub own: usize,
    /// The second one.
    pub second: usize,
}

/// The operator and her book.
#[derive(Debug)]
pub struct Operator {
    /// By client.
    pub pairs: Vec<Pair>,
    /// Whom she asked how she is, and when.
    asked: BTreeMap<usize, Minute>,
    /// Whom she takes for gone.
    gone: Vec<bool>,
    /// So many times she gave a client another supporter.
    pub moves: usize,
}

impl Operator {
    /// Everybody is paired so that two who share one client hardly share another.
    pub fn new(model: &Model) -> Self {
        const APART: [usize; 10] = [7, 19, 23, 31, 43, 11, 13, 29, 37, 17];
        let many = model.supporters;
        let pairs = (0..model.clients).map(|n| {
            let (own, round) = (n % many, n / many);
            let apart = 1 + (APART[round % APART.len()] - 1) % (many - 1);
            Pair { own, second: (own + apart) % many }
        });
        Self { pairs: pairs.collect(), asked: BTreeMap::new(), gone: vec![false; many], moves: 0 }
    }

    /// Everybody comes in.
    ///
    /// # Errors
    /// An address that is none.
    pub fn admits(
        &self,
        model: &Model,
        clients: &[Client],
        supporters: &[Supporter],
    ) -> anyhow::Result<Vec<Command>> {
        let locale = Some(Locale::Ja);
        let addresses = |text: &str| -> anyhow::Result<Vec<Address>> { Ok(vec![Address::parse(text)?]) };
        let mut orders = Vec::new();
        for (n, supporter) in supporters.iter().enumerate() {
            let (name, addresses) = (supporter.name.clone(), addresses(&supporter.address)?);
            let own = OwnHours { quiet: Some(Span::parse(model.quiet)), ..OwnHours::default() };
            orders.push(Command::AddSupporter { name: name.clone(), addresses, locale });
            orders.push(Command::Hours { side: Side::Supporter, person: name.clone(), own });
            let hours = |(begin, end): (i64, i64)| {
                let clock = |minute: i64| u16::try_from(minute % DAY).unwrap_or(0);
                Span { from: clock(begin), until: clock(end) }
            };
            let set = SupporterSet {
                answers: Some(supporter.windows.map(hours).to_vec()),
                cap_day: Some(Some(supporter.cap)),
                reader: Some((n + 1) % model.newcomers != 0),
                ..SupporterSet::default()
            };
            orders.push(Command::SetSupporter { supporter: name.clone(), set });
            orders.push(Command::Pool { side: Side::Supporter, person: name, agreed: !model.plain });
        }
        for (client, pair) in clients.iter().zip(&self.pairs) {
            let (name, addresses) = (client.name.clone(), addresses(&client.address)?);
            let goal = "一日に一歩".to_owned();
            orders.push(Command::AddClient {
                name,
                addresses,
                goal,
                locale,
                supporter: None,
                second: None,
                pool: false,
            });
            orders.push(assign(client, *pair, supporters));
            let person = client.name.clone();
            orders.push(Command::Pool { side: Side::Client, person, agreed: !model.plain });
        }
        Ok(orders)
    }

    /// A working morning: what she orders.
    ///
    /// # Errors
    /// The engine's.
    pub fn comes(
        &mut self,
        now: Minute,
        calendar: &Calendar,
        model: &Model,
        engine: &Engine,
        (clients, supporters): (&[Client], &[Supporter]),
    ) -> anyhow::Result<Vec<Command>> {
        // Whoever comes back tells her so.
        for (n, gone) in self.gone.iter_mut().enumerate() {
            *gone = *gone && supporters[n].presence(now) == Presence::Gone;
        }
        let heard = self.heard_of(now, calendar, model, engine, supporters)?;
        let mut lost = Vec::new();
        for (n, supporter) in supporters.iter().enumerate() {
            let has_clients = self.pairs.iter().any(|pair| pair.own == n);
            if heard[n] || self.gone[n] || !has_clients {
                self.asked.remove(&n);
                continue;
            }
            match self.asked.get(&n).copied() {
                // She answers on the first day that she is there again.
                Some(at)
                    if (at / DAY..=now / DAY).any(|day| supporter.presence(day * DAY) == Presence::There) =>
                {
                    self.asked.remove(&n);
                }
                Some(_) => {
                    self.asked.remove(&n);
                    self.gone[n] = true;
                    lost.push(n);
                }
                None => drop(self.asked.insert(n, now)),
            }
        }
        Ok(lost.into_iter().flat_map(|n| self.replaces(n, clients, supporters)).collect())
    }

    /// Of whom she heard lately: an answer in the ledger, or a leave.
    fn heard_of(
        &self,
        now: Minute,
        calendar: &Calendar,
        model: &Model,
        engine: &Engine,
        supporters: &[Supporter],
    ) -> anyhow::Result<Vec<bool>> {
        let since = now - model.silent_days * DAY;
        let (from, to) = (calendar.at(since), Timestamp::from_millis(i64::MAX));
        let first_day = calendar.day(since / DAY);
        let (entries, leaves) =
            engine.view(|tx| Ok((tx.entry_views(from, to, None)?, tx.absences(Some(first_day))?)))?;
        let today = calendar.day(now / DAY).to_string();
        let mut names: Vec<&str> = entries.iter().map(|entry| entry.supporter.as_str()).collect();
        let begun = leaves.iter().filter(|leave| leave.state == "counts" && leave.from <= today);
        names.extend(begun.map(|leave| leave.supporter.as_str()));
        Ok(supporters.iter().map(|supporter| names.contains(&supporter.name.as_str())).collect())
    }

    /// Every client of somebody who is gone gets another, and so does everybody whose second one she was.
    fn replaces(&mut self, lost: usize, clients: &[Client], supporters: &[Supporter]) -> Vec<Command> {
        let mut orders = Vec::new();
        for (n, client) in clients.iter().enumerate() {
            let pair = self.pairs[n];
            if pair.own != lost && pair.second != lost {
                continue;
            }
            let kept = if pair.own == lost { pair.second } else { pair.own };
            // Who knows her already becomes her own supporter, unless she has many: then the one with the fewest.
            let Some(new) = self.least_burdened(kept) else { continue };
            let pair = if pair.own == lost {
                Pair { own: new, second: kept }
            } else {
                Pair { own: kept, second: new }
            };
            self.pairs[n] = pair;
            self.moves += 1;
            orders.push(assign(client, pair, supporters));
        }
        orders
    }

    /// Who has the fewest clients, and is not gone.
    fn least_burdened(&self, not: usize) -> Option<usize> {
        let burden = |n: usize| -> usize {
            self.pairs.iter().map(|pair| 2 * usize::from(pair.own == n) + usize::from(pair.second == n)).sum()
        };
        let free =
            (0..self.gone.len()).filter(|n| !self.gone[*n] && *n != not && !self.asked.contains_key(n));
        free.min_by_key(|n| burden(*n))
    }
}

fn assign(client: &Client, pair: Pair, supporters: &[Supporter]) -> Command {
    Command::Assign {
        client: client.name.clone(),
        supporter: supporters[pair.own].name.clone(),
        second: Some(supporters[pair.second].name.clone()),
    }
}
