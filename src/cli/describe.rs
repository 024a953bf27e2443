//! What whoever answers a client may know of her.

use clap::Args;

use super::{give, say};
use crate::domain::command::Command;
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
}

pub(super) fn describe(order: &Description, settings: &Settings) -> anyhow::Result<()> {
    let lines = |text: &Option<String>| text.as_ref().map(|text| text.replace("\\n", "\n"));
    let (client, about, note) = (order.client.clone(), lines(&order.about), lines(&order.note));
    if about.is_none() && note.is_none() {
        anyhow::bail!("say what to set: --about TEXT, --note TEXT");
    }
    give(settings, &Command::Describe { client, about, note })?;
    say(&format!(
        "{}: done; who answers her is told with her next letter, or when somebody stands in",
        order.client
    ))
}
