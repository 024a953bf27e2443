//! Seeing and mending single mails: the outbox, the quarantine, what is held.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::page::{Form, Page};
use super::{give, list, read, say};
use crate::domain::command::{Command, MailMending, RowMending};
use crate::mail::address::Mailbox;
use crate::mail::masked::masked;
use crate::mail::parse::parse;
use crate::settings::Settings;

/// What can be done with the outbox.
#[derive(Subcommand)]
pub(super) enum OutboxOrder {
    /// List them, oldest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Show one as its reader sees it
    Show {
        /// Its number
        id: i64,
        #[command(flatten)]
        form: Form,
    },
    /// Try one again now, with the same octets
    Retry {
        /// Its number
        id: i64,
    },
    /// Say of one whose end is not known that it arrived: it is not sent again
    Accept {
        /// Its number
        id: i64,
    },
    /// Withdraw one that has not gone out, or put aside one that failed
    Cancel {
        /// Its number
        id: i64,
        #[command(flatten)]
        sure: Sure,
    },
}

/// What can be done with the quarantine.
#[derive(Subcommand)]
pub(super) enum QuarantineOrder {
    /// List them, oldest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Show one as it came
    Show {
        /// Its number
        id: i64,
        #[command(flatten)]
        form: Form,
    },
    /// Understand one again
    Release {
        /// Its number
        id: i64,
    },
    /// Put one aside for good
    Discard {
        /// Its number
        id: i64,
        #[command(flatten)]
        sure: Sure,
    },
}

/// What can be done with words that wait for a yes.
#[derive(Subcommand)]
pub(super) enum HeldOrder {
    /// List them, oldest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// List the answers that wait for their writer to say what becomes of them
    Aside {
        #[command(flatten)]
        form: Form,
    },
    /// Show them as their reader would see them
    Show {
        /// Their number
        id: i64,
        #[command(flatten)]
        form: Form,
    },
    /// Pass them on without a yes
    Release {
        /// Their number
        id: i64,
        #[command(flatten)]
        sure: Sure,
    },
    /// Send them back to their writer
    Return {
        /// Their number
        id: i64,
        #[command(flatten)]
        sure: Sure,
    },
}

/// Consent to something that cannot be undone.
#[derive(Args)]
pub(super) struct Sure {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Sure {
    /// Asks at a terminal; elsewhere only `--yes` will do.
    pub(super) fn ask(&self, what: &str) -> anyhow::Result<()> {
        if self.yes {
            return Ok(());
        }
        let what = masked(what);
        if !std::io::stdin().is_terminal() {
            bail!("{what} cannot be undone; add --yes");
        }
        write!(std::io::stderr(), "{what} cannot be undone. Go on? [y/N] ")?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { bail!("nothing was done") }
    }
}

pub(super) fn outbox(order: &OutboxOrder, settings: &Settings) -> anyhow::Result<()> {
    let zone = &settings.service.timezone;
    match order {
        OutboxOrder::List { form } => {
            let rows = read(settings, |tx| tx.outbox_views())?;
            form.print(&rows, |page| list::outbox(page, &rows, zone))
        }
        OutboxOrder::Show { id, form } => show_row(*id, *form, settings),
        OutboxOrder::Retry { id } => row(settings, *id, RowMending::Retry, "it is tried again now"),
        OutboxOrder::Accept { id } => {
            row(settings, *id, RowMending::Accept, "it counts as arrived and is not sent again")
        }
        OutboxOrder::Cancel { id, sure } => {
            sure.ask("withdrawing a mail")?;
            row(settings, *id, RowMending::Cancel, "withdrawn")
        }
    }
}

pub(super) fn quarantine(order: &QuarantineOrder, settings: &Settings) -> anyhow::Result<()> {
    let zone = &settings.service.timezone;
    match order {
        QuarantineOrder::List { form } => {
            let rows = read(settings, |tx| tx.quarantine_views())?;
            form.print(&rows, |page| list::mails(page, &rows, zone))
        }
        QuarantineOrder::Show { id, form } => {
            let raw = read(settings, |tx| tx.raw_mail(*id))?;
            show(*form, &raw.with_context(|| format!("nothing is here of a mail with the number {id}"))?)
        }
        QuarantineOrder::Release { id } => {
            mail(settings, *id, MailMending::Release, "it is understood again now, or by `once`")
        }
        QuarantineOrder::Discard { id, sure } => {
            sure.ask("putting a mail aside")?;
            mail(settings, *id, MailMending::Discard, "put aside")
        }
    }
}

pub(super) fn held(order: &HeldOrder, settings: &Settings) -> anyhow::Result<()> {
    let zone = &settings.service.timezone;
    match order {
        HeldOrder::List { form } => {
            let mut rows = read(settings, |tx| tx.outbox_views())?;
            rows.retain(|row| row.state == "held" && !row.may_repeat);
            form.print(&rows, |page| list::outbox(page, &rows, zone))
        }
        HeldOrder::Aside { form } => {
            let rows = read(settings, |tx| tx.set_aside_views())?;
            form.print(&rows, |page| list::set_aside(page, &rows, zone))
        }
        HeldOrder::Show { id, form } => show_row(*id, *form, settings),
        HeldOrder::Release { id, sure } => {
            sure.ask("passing words on")?;
            row(settings, *id, RowMending::Release, "the words pass on")
        }
        HeldOrder::Return { id, sure } => {
            sure.ask("sending words back")?;
            row(settings, *id, RowMending::Return, "the words go back to their writer")
        }
    }
}

fn row(settings: &Settings, row: i64, mending: RowMending, done: &str) -> anyhow::Result<()> {
    give(settings, &Command::Row { row, mending })?;
    say(done)
}

fn mail(settings: &Settings, mail: i64, mending: MailMending, done: &str) -> anyhow::Result<()> {
    give(settings, &Command::Quarantined { mail, mending })?;
    say(done)
}

fn show_row(id: i64, form: Form, settings: &Settings) -> anyhow::Result<()> {
    let bytes = read(settings, |tx| tx.row_bytes(id))?;
    show(form, &bytes.with_context(|| format!("no outgoing mail has the number {id}"))?)
}

/// A mail for a person at a terminal: who, what about, and the text without control characters.
#[derive(Serialize)]
struct Shown {
    from: Vec<String>,
    to: Vec<String>,
    date: Option<String>,
    subject: String,
    text: String,
    enclosures: Vec<String>,
}

fn show(form: Form, raw: &[u8]) -> anyhow::Result<()> {
    let message = parse(raw);
    let from = message.from.iter().map(|Mailbox { name, address }| match name {
        Some(name) => format!("{name} <{address}>"),
        None => address.to_string(),
    });
    let enclosures = message.attachments.iter();
    let shown = Shown {
        from: from.collect(),
        to: message.to_and_cc.iter().map(ToString::to_string).collect(),
        date: message.fields("date").next().map(|date| date.replace(char::is_control, " ")),
        subject: message.subject.clone(),
        text: message.text.trim_end().to_owned(),
        enclosures: enclosures.map(|e| format!("{} {} {} octets", e.name, e.media_type, e.bytes)).collect(),
    };
    form.print(&shown, |page| lay_out(page, &shown))
}

fn lay_out(page: &mut Page, shown: &Shown) {
    page.line(&format!("from: {}", shown.from.join(", ")));
    page.line(&format!("to: {}", shown.to.join(", ")));
    page.line(&format!("date: {}", shown.date.as_deref().unwrap_or_default()));
    page.line(&format!("subject: {}\n\n{}", shown.subject, shown.text));
    for enclosed in &shown.enclosures {
        page.line(&format!("[{enclosed}]"));
    }
}
