//! What becomes of people: what whoever answers a client may know of her, whether she is left in peace; a supporter who
//! leaves for good.

use clap::Args;

use super::choosing::OfClient;
use super::mend::Sure;
use super::{give, say};
use crate::domain::choosing::ClientSet;
use crate::domain::command::{Command, Ordered};
use crate::settings::Settings;

/// A line ends with `\n`, typed as such or as a new line.
#[derive(Args)]
pub(super) struct Description {
    /// Name, address or id
    client: String,
    /// What she wrote about herself, three lines at most, for whoever answers her; "" for nothing
    #[arg(long)]
    about: Option<String>,
    /// The office's notes for whoever stands in; she never sees them; "" for nothing
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    fits: OfClient,
}

pub(super) fn describe(order: &Description, settings: &Settings) -> anyhow::Result<()> {
    let lines = |text: &Option<String>| text.as_ref().map(|text| text.replace("\\n", "\n"));
    let (client, about, note) = (order.client.clone(), lines(&order.about), lines(&order.note));
    let set = order.fits.set();
    if about.is_none() && note.is_none() && set == ClientSet::default() {
        anyhow::bail!("say what to set: --about TEXT, --note TEXT, --topics TAGS, --pool yes");
    }
    if set != ClientSet::default() {
        give(settings, &Command::SetClient { client: client.clone(), set })?;
    }
    if about.is_none() && note.is_none() {
        return say(&format!("{client}: done"));
    }
    give(settings, &Command::Describe { client, about, note })?;
    say(&format!(
        "{}: done; who answers her is told with her next letter, or when somebody stands in",
        order.client
    ))
}

/// Says whether she is left in peace from now on.
pub(super) fn paused(settings: &Settings, command: Command, state: &str) -> anyhow::Result<()> {
    match give(settings, &command)? {
        Ordered::Paused { changed: false } => say(&format!("nothing to do: {state} already")),
        _ => say(state),
    }
}

/// She leaves for good.
#[derive(Args)]
pub(super) struct Leaver {
    /// Name, address or id
    supporter: String,
    #[command(flatten)]
    sure: Sure,
}

/// She is back.
#[derive(Args)]
pub(super) struct Returner {
    /// Name, address or id
    supporter: String,
}

pub(super) fn leave(order: &Leaver, settings: &Settings) -> anyhow::Result<()> {
    let Leaver { supporter, sure } = order;
    sure.ask(&format!("give all clients of {supporter} to others, and tell them"))?;
    let order = Command::Leave { supporter: supporter.clone() };
    if let Ordered::Left { given, alone } = give(settings, &order)? {
        say(&format!(
            "{supporter} has left; clients whom somebody else has now: {given}; whom nobody has: {alone}"
        ))?;
    }
    Ok(())
}

pub(super) fn come_back(order: &Returner, settings: &Settings) -> anyhow::Result<()> {
    let supporter = &order.supporter;
    if let Ordered::Returned { back, stay } =
        give(settings, &Command::Return { supporter: supporter.clone() })?
    {
        say(&format!(
            "{supporter} is back; clients who had not heard of it and are hers again: {back}; who stay where they are \
             now: {stay}; give her clients with: yorisoi assign CLIENT {supporter}"
        ))?;
    }
    Ok(())
}
