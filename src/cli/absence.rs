//! When supporters are away: seeing it, writing it down, taking it back.

use clap::Subcommand;

use super::page::Form;
use super::{give, list, read, say};
use crate::clock::{self, Zone};
use crate::domain::absence::Days;
use crate::domain::calendar::{Calendar, Day};
use crate::domain::command::{Command, Ordered};
use crate::settings::Settings;

/// What can be done with absences.
#[derive(Subcommand)]
pub(super) enum AbsenceOrder {
    /// List those that are to come, by their first days
    List {
        /// Also those that are over or were taken back
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Write down that a supporter is away; she gets a mail with which she can take it back
    Add {
        /// Name, address or id
        supporter: String,
        /// The first day, like 2026-12-01
        #[arg(value_parser = day)]
        from: Day,
        /// The last day, like 2026-12-05
        #[arg(value_parser = day)]
        until: Day,
    },
    /// Take one back; its supporter gets a mail
    Cancel {
        /// Its number
        id: i64,
    },
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a day of the calendar like 2026-12-01".to_owned())
}

pub(super) fn absence(order: &AbsenceOrder, settings: &Settings) -> anyhow::Result<()> {
    let zone = &settings.service.timezone;
    match order {
        AbsenceOrder::List { all, form } => {
            let day_starts_at = settings.service.day_starts_at;
            let today = |zone: Zone| Calendar { zone, day_starts_at }.day_of(clock::now());
            // Somewhere it is still yesterday.
            let from = (!all).then(|| today(zone.clone()).plus(-1));
            let mut rows = read(settings, |tx| tx.absences(from))?;
            rows.retain(|row| {
                let hers = row.zone.as_deref().and_then(Zone::named).unwrap_or_else(|| zone.clone());
                *all || row.until >= today(hers).to_string()
            });
            form.print(&rows, |page| list::absences(page, &rows, zone))
        }
        AbsenceOrder::Add { supporter, from, until } => {
            let days = Days { from: *from, until: *until };
            match give(settings, &Command::AddAbsence { supporter: supporter.clone(), days })? {
                Ordered::AbsenceAdded(id) => {
                    say(&format!("absence {id} written down: {supporter}, {from} to {until}"))
                }
                _ => Ok(()),
            }
        }
        AbsenceOrder::Cancel { id } => {
            give(settings, &Command::CancelAbsence { id: *id })?;
            say("taken back")
        }
    }
}
