//! The addresses of a client or a supporter: seeing them, and changing them.

use anyhow::Context as _;
use clap::Subcommand;

use super::page::Form;
use super::{address, give, list, read, say};
use crate::domain::command::{AddressChange, AddressesChanged, Command, Ordered};
use crate::domain::people::Side;
use crate::mail::address::Address;
use crate::settings::Settings;

/// What can be done with a person's addresses.
#[derive(Subcommand)]
pub(super) enum AddressOrder {
    /// List a person's addresses; mail to her goes to the first
    List {
        /// Name, address or id
        person: String,
        #[command(flatten)]
        form: Form,
    },
    /// Add an address that she writes from too
    Add {
        /// Name, address or id
        person: String,
        /// The new address
        #[arg(value_parser = address)]
        address: Address,
        /// Mail to her goes there from now on, also what waits
        #[arg(long)]
        first: bool,
    },
    /// Send mail to another of her addresses from now on, also what waits
    First {
        /// Name, address or id
        person: String,
        /// One of her addresses
        #[arg(value_parser = address)]
        address: Address,
    },
    /// Take an address away: what waits goes to her first one, answers from it that wait for a yes go back to her
    Remove {
        /// Name, address or id
        person: String,
        /// One of her addresses
        #[arg(value_parser = address)]
        address: Address,
    },
}

pub(super) fn addresses(side: Side, order: &AddressOrder, settings: &Settings) -> anyhow::Result<()> {
    let (person, address, change) = match order {
        AddressOrder::List { person, form } => {
            let rows = read(settings, |tx| tx.address_views(side, person))?;
            let rows =
                rows.with_context(|| format!("no {} has the name, address or id {person}", side.word()))?;
            return form.print(&rows, |page| list::addresses(page, &rows));
        }
        AddressOrder::Add { person, address, first } => {
            (person, address, AddressChange::Add { first: *first })
        }
        AddressOrder::First { person, address } => (person, address, AddressChange::PutFirst),
        AddressOrder::Remove { person, address } => (person, address, AddressChange::Remove),
    };
    let command = Command::Addresses { side, person: person.clone(), address: address.clone(), change };
    let Ordered::Addresses(done) = give(settings, &command)? else { return Ok(()) };
    let AddressesChanged { changed, first, moved, returned } = done;
    let what = match change {
        _ if !changed => "nothing to do: it was so before",
        AddressChange::Add { .. } => "added",
        AddressChange::PutFirst => "put first",
        AddressChange::Remove => "removed",
    };
    say(&format!("{what}; mail goes to {}", first.wire()))?;
    if moved > 0 {
        say(&format!("mails that waited and go there now: {moved}"))?;
    }
    if returned > 0 {
        say(&format!("answers that waited for a yes and went back to their writer: {returned}"))?;
    }
    if change == AddressChange::Remove {
        say("what was sent there before cannot be called back; nothing from there passes any more")?;
    }
    Ok(())
}
