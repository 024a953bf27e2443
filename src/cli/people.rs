//! Who answers whom, and a person’s own hours.

use clap::Args;

use super::{choosing, give, say};
use crate::clock::Zone;
use crate::domain::command::{Command, Ordered};
use crate::domain::hours::{Clock, OwnHours, Span, clock};
use crate::domain::people::Side;
use crate::settings::Settings;

/// What holds for everybody, in `[promise]` and `timezone`, holds where nothing is said here.
#[derive(Args)]
pub(super) struct Hers {
    /// Name, address or id
    person: String,
    /// Her time zone, like Europe/London
    #[arg(long, value_parser = zone)]
    zone: Option<Zone>,
    /// When she is left in peace: 22:00-07:00, or none
    #[arg(long, value_parser = quiet)]
    quiet: Option<Never>,
}

/// The same for a client.
#[derive(Args)]
pub(super) struct ClientHours {
    #[command(flatten)]
    hers: Hers,
    /// By when she gets her answer, on the day after her report: 20:00
    #[arg(long, value_parser = time)]
    due: Option<Clock>,
    /// When answers reach her: 07:00-08:00, or any
    #[arg(long, value_parser = arrive)]
    arrive: Option<Never>,
}

/// A span, or that there is none.
#[derive(Clone, Copy, Debug)]
struct Never(Option<Span>);

fn zone(text: &str) -> Result<Zone, String> {
    Zone::named(text).ok_or_else(|| "write it like Asia/Tokyo or Europe/London".to_owned())
}

fn time(text: &str) -> Result<Clock, String> {
    clock(text).ok_or_else(|| "write it like 20:00, from 00:00 to 23:59".to_owned())
}

fn quiet(text: &str) -> Result<Never, String> {
    span(text, "none", "22:00-07:00")
}

fn arrive(text: &str) -> Result<Never, String> {
    span(text, "any", "07:00-08:00")
}

fn span(text: &str, none: &str, example: &str) -> Result<Never, String> {
    let span = if text == none { Some(None) } else { Span::parse(text).map(Some) };
    span.map(Never).ok_or_else(|| format!("write it like {example}, or {none}"))
}

pub(super) fn of_client(order: &ClientHours, settings: &Settings) -> anyhow::Result<()> {
    let ClientHours { hers, due, arrive } = order;
    let arrive = arrive.map(|never| never.0);
    let flags = "--zone ZONE, --due TIME, --arrive HOURS, --quiet HOURS";
    set(Side::Client, hers, OwnHours { due: *due, arrive, ..OwnHours::default() }, flags, settings)
}

pub(super) fn of_supporter(hers: &Hers, settings: &Settings) -> anyhow::Result<()> {
    set(Side::Supporter, hers, OwnHours::default(), "--zone ZONE, --quiet HOURS", settings)
}

/// Who answers whom.
#[derive(Args)]
pub(super) struct AssignOrder {
    /// Name, address or id
    client: String,
    /// Name, address or id
    #[arg(required_unless_present = "propose")]
    supporter: Option<String>,
    /// Who answers where the first cannot; the client is told both names
    #[arg(long)]
    second: Option<String>,
    /// Assign nobody: show the N best with what speaks for them, and who is left out
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "3", conflicts_with_all = ["supporter", "second"],
        value_parser = clap::value_parser!(u16).range(1..))]
    propose: Option<u16>,
    /// Print the proposal as JSON
    #[arg(long, requires = "propose")]
    json: bool,
}

/// Gives a client to a supporter, and perhaps to a second one; or shows who could answer her.
pub(super) fn assign(order: &AssignOrder, settings: &Settings) -> anyhow::Result<()> {
    let AssignOrder { client, supporter, second, propose, json } = order;
    let (Some(supporter), client) = (supporter.clone(), client.clone()) else {
        return choosing::propose(settings, client, usize::from(propose.unwrap_or(3)), *json);
    };
    let said = format!("{client} → {supporter}");
    match give(settings, &Command::Assign { client, supporter, second: second.clone() })? {
        Ordered::Assigned { alerts } => say(&format!("{said}; letters that waited and go out now: {alerts}")),
        _ => Ok(()),
    }
}

fn set(side: Side, hers: &Hers, own: OwnHours, flags: &str, settings: &Settings) -> anyhow::Result<()> {
    let Hers { person, zone, quiet } = hers;
    let own = OwnHours { zone: zone.clone(), quiet: quiet.map(|never| never.0), ..own };
    if own == OwnHours::default() {
        anyhow::bail!("say what to set: {flags}");
    }
    give(settings, &Command::Hours { side, person: person.clone(), own })?;
    say(&format!("{person}: done; it holds for what comes from now on"))
}
