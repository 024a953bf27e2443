//! Who is in the pool: seeing it, joining and leaving it.

use clap::{Subcommand, ValueEnum};

use super::page::Column::{Soft, Stiff};
use super::page::{Form, Page};
use super::{give, read, say};
use crate::clock;
use crate::domain::command::{Command, Ordered};
use crate::domain::people::Side;
use crate::settings::Settings;
use crate::store::PoolView;

/// What can be done with the pool.
#[derive(Subcommand)]
pub(super) enum PoolOrder {
    /// List clients who agreed to it and supporters who may be asked, with what each was asked in thirty days
    List {
        #[command(flatten)]
        form: Form,
    },
    /// She agreed: a client, that somebody else may answer where neither of her supporters can; a supporter, to be asked
    Join {
        /// client or supporter
        side: WhichSide,
        /// Name, address or id
        person: String,
    },
    /// No longer
    Leave {
        /// client or supporter
        side: WhichSide,
        /// Name, address or id
        person: String,
    },
}

/// On which side she is.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum WhichSide {
    /// She writes reports
    Client,
    /// She answers them
    Supporter,
}

pub(super) fn pool(order: &PoolOrder, settings: &Settings) -> anyhow::Result<()> {
    match order {
        PoolOrder::List { form } => {
            let rows = read(settings, |tx| tx.pool_views(clock::now()))?;
            form.print(&rows, |page| list(page, &rows))
        }
        PoolOrder::Join { side, person } => set(settings, *side, person, true),
        PoolOrder::Leave { side, person } => set(settings, *side, person, false),
    }
}

fn set(settings: &Settings, side: WhichSide, person: &str, agreed: bool) -> anyhow::Result<()> {
    let side = match side {
        WhichSide::Client => Side::Client,
        WhichSide::Supporter => Side::Supporter,
    };
    match (give(settings, &Command::Pool { side, person: person.to_owned(), agreed })?, agreed) {
        (Ordered::Pool { changed: false }, true) => say("nothing to do: in the pool already"),
        (Ordered::Pool { changed: false }, false) => say("nothing to do: not in the pool"),
        (_, true) => say(&format!("{person}: in the pool")),
        (_, false) => say(&format!("{person}: not in the pool any more")),
    }
}

fn list(page: &mut Page, rows: &[PoolView]) {
    if rows.is_empty() {
        return page.line("nobody is in the pool");
    }
    page.table(
        [Stiff("side"), Stiff("id"), Soft("name"), Stiff("asked"), Stiff("taken"), Stiff("declined")],
        rows.iter().map(|one| {
            let [id, asked, taken, declined] =
                [one.id, one.asked, one.taken, one.declined].map(|n| n.to_string());
            [one.side.clone(), id, one.name.clone(), asked, taken, declined]
        }),
    );
}
