//! Adding people. A client has two names from the first day: who answers her, and who where she cannot.

use clap::Args;

use super::choosing::yes;
use super::{address, give, locale, say};
use crate::domain::command::{Command, Ordered};
use crate::domain::locale::Locale;
use crate::mail::address::Address;
use crate::settings::Settings;

/// A new person, on either side.
#[derive(Args)]
struct NewPerson {
    /// How the other side knows her; unique
    #[arg(long)]
    name: String,
    /// Where she writes from; mail to her goes there
    #[arg(long, value_parser = address)]
    address: Address,
    /// Further addresses that she writes from
    #[arg(long, value_parser = address)]
    also: Vec<Address>,
    /// ja or en
    #[arg(long, value_parser = locale)]
    locale: Option<Locale>,
}

impl NewPerson {
    fn addresses(&self) -> Vec<Address> {
        std::iter::once(&self.address).chain(&self.also).cloned().collect()
    }
}

/// A new client.
#[derive(Args)]
pub(super) struct NewClient {
    #[command(flatten)]
    person: NewPerson,
    /// Her goal, in her words
    #[arg(long, default_value = "")]
    goal: String,
    /// Who answers her: name, address or id
    #[arg(long)]
    supporter: Option<String>,
    /// Who answers where the first cannot: name, address or id; the client is told both names
    #[arg(long, requires = "supporter")]
    second: Option<String>,
    /// Whether somebody else than her supporters may answer one letter, as she agreed: yes or no
    #[arg(long, value_parser = yes)]
    pool: Option<bool>,
}

/// A new supporter.
#[derive(Args)]
pub(super) struct NewSupporter {
    #[command(flatten)]
    person: NewPerson,
}

pub(super) fn client(new: &NewClient, settings: &Settings) -> anyhow::Result<()> {
    let NewClient { person, goal, supporter, second, pool } = new;
    let command = Command::AddClient {
        name: person.name.clone(),
        addresses: person.addresses(),
        goal: goal.clone(),
        locale: person.locale,
        supporter: supporter.clone(),
        second: second.clone(),
        pool: *pool == Some(true),
    };
    match give(settings, &command)? {
        Ordered::ClientAdded(id) => say(&format!("client {} added: {}", id.0, person.name)),
        _ => Ok(()),
    }
}

pub(super) fn supporter(NewSupporter { person }: &NewSupporter, settings: &Settings) -> anyhow::Result<()> {
    let (name, addresses, locale) = (person.name.clone(), person.addresses(), person.locale);
    match give(settings, &Command::AddSupporter { name, addresses, locale })? {
        Ordered::SupporterAdded(id) => say(&format!("supporter {} added: {}", id.0, person.name)),
        _ => Ok(()),
    }
}
