//! Mails that may have been sent before the database was put back: seeing them, letting them go, dropping them.

use clap::{Args, Subcommand};

use super::mend::Sure;
use super::page::Form;
use super::{give, list, read, say};
use crate::clock;
use crate::domain::command::{Command, Ordered, RepeatMending};
use crate::engine;
use crate::settings::Settings;

/// What can be done with them.
#[derive(Subcommand)]
pub(super) enum RepeatsOrder {
    /// List them, oldest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Let them go; some may arrive a second time
    Send(Which),
    /// Put them aside as sent; some may never have arrived
    Drop(Which),
    /// Hold whatever may have been sent already, as after a restore without the journal: for a machine that was rolled
    /// back to a snapshot. yorisoi must not be running
    Hold,
}

/// All, or those of one thread.
#[derive(Args)]
pub(super) struct Which {
    /// Only what is about this client: name, address or id
    #[arg(long)]
    client: Option<String>,
    #[command(flatten)]
    sure: Sure,
}

pub(super) fn repeats(order: &RepeatsOrder, settings: &Settings) -> anyhow::Result<()> {
    match order {
        RepeatsOrder::List { form } => {
            let mut rows = read(settings, |tx| tx.outbox_views())?;
            rows.retain(|row| row.may_repeat);
            form.print(&rows, |page| list::outbox(page, &rows, &settings.service.timezone))
        }
        RepeatsOrder::Send(which) => {
            which.sure.ask("sending mails that may have arrived already")?;
            mend(settings, which, RepeatMending::Send, "go out now")
        }
        RepeatsOrder::Drop(which) => {
            which.sure.ask("putting mails aside that may not have arrived")?;
            mend(settings, which, RepeatMending::Drop, "are put aside")
        }
        RepeatsOrder::Hold => {
            engine::hold_repeats(&settings.service, clock::now())?;
            say("what may have been sent already is held from the next start on")
        }
    }
}

fn mend(settings: &Settings, which: &Which, mending: RepeatMending, done: &str) -> anyhow::Result<()> {
    let command = Command::Repeats { client: which.client.clone(), mending };
    match give(settings, &command)? {
        Ordered::Repeats(0) => say("nothing to do: there are none"),
        Ordered::Repeats(count) => say(&format!("mails that {done}: {count}")),
        _ => Ok(()),
    }
}
