//! Listings: a table for people, JSON for programs. Widths are those of the terminal, wide characters included.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use super::say;
use crate::clock::{Timestamp, Zone};
use crate::store::{ClientView, MailView, OutboxView, StatusView, SupporterView};

/// Prints `value` as JSON or as `text` shows it.
pub(super) fn show(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    let shown = if json { serde_json::to_string_pretty(value)? } else { text() };
    say(shown.trim_end())
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.to_vec());
    table
}

/// A time for people: to the minute, in the service's zone.
pub(super) fn minute(time: &str, zone: &Zone) -> String {
    Timestamp::parse(time).map_or_else(|| time.to_owned(), |at| at.minute_in(zone))
}

fn maybe(time: Option<&String>, zone: &Zone) -> String {
    time.map_or_else(|| "-".to_owned(), |t| minute(t, zone))
}

pub(super) fn clients(rows: &[ClientView]) -> String {
    let mut table =
        table(&["id", "name", "supporter", "state", "locale", "reports", "waiting", "goal", "addresses"]);
    for c in rows {
        let supporter = c.supporter.as_deref().unwrap_or("-");
        table.add_row([
            &c.id.to_string(),
            &c.name,
            supporter,
            &c.state,
            &c.locale,
            &c.reports.to_string(),
            &c.waiting.to_string(),
            &c.goal,
            &c.addresses.join(", "),
        ]);
    }
    table.to_string()
}

pub(super) fn supporters(rows: &[SupporterView]) -> String {
    let mut table = table(&["id", "name", "locale", "clients", "waiting", "addresses"]);
    for s in rows {
        table.add_row([
            &s.id.to_string(),
            &s.name,
            &s.locale,
            &s.clients.to_string(),
            &s.waiting.to_string(),
            &s.addresses.join(", "),
        ]);
    }
    table.to_string()
}

pub(super) fn outbox(rows: &[OutboxView], zone: &Zone) -> String {
    let head = ["id", "kind", "state", "stage", "attempts", "person", "cause", "reason", "next", "delivery"];
    let mut table = table(&head);
    for o in rows {
        table.add_row([
            &o.id.to_string(),
            &o.kind,
            &o.state,
            &o.stage,
            &o.attempts.to_string(),
            &o.person,
            &o.cause,
            &o.reason,
            &maybe(o.next_at.as_ref(), zone),
            &o.delivery,
        ]);
    }
    table.to_string()
}

pub(super) fn mails(rows: &[MailView], zone: &Zone) -> String {
    if rows.is_empty() {
        return "nothing is in quarantine".to_owned();
    }
    let mut table = table(&["id", "state", "reason", "octets", "came"]);
    for m in rows {
        table.add_row([
            &m.id.to_string(),
            &m.state,
            &m.reason,
            &m.size.to_string(),
            &minute(&m.ingested_at, zone),
        ]);
    }
    table.to_string()
}

pub(super) fn status(status: &StatusView, zone: &Zone) -> String {
    let mut text = String::new();
    let mut part = |title: &str, table: &Table| {
        text.push_str(&format!("{title}\n{table}\n\n"));
    };
    let mut waiting = table(&["client", "day", "holder", "due"]);
    for w in &status.waiting {
        waiting.add_row([
            &w.client,
            &w.day,
            w.holder.as_deref().unwrap_or("nobody"),
            &minute(&w.due_at, zone),
        ]);
    }
    part(&format!("Reports that wait for an answer: {}", status.waiting.len()), &waiting);
    let mut health = table(&["loop", "last success", "last failure", "failure"]);
    for h in &status.health {
        health.add_row([
            &h.name,
            &maybe(h.last_success_at.as_ref(), zone),
            &maybe(h.last_failure_at.as_ref(), zone),
            &h.failure,
        ]);
    }
    part("Fetching and sending", &health);
    for (title, rows) in [("Mails that came", &status.mails), ("Mails that go out", &status.outbox)] {
        let mut counts = table(&["state", "what", "count"]);
        for c in rows {
            counts.add_row([&c.state, &c.what, &c.count.to_string()]);
        }
        part(title, &counts);
    }
    text
}
