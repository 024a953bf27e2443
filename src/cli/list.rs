//! Listings as tables. At a terminal of 80 columns each still shows what a row is and where it stands; JSON has the rest.

use super::page::Column::{Soft, Stiff};
use super::page::{Page, minute};
use crate::clock::Zone;
use crate::store::{ClientView, MailView, OutboxView, SupporterView};

pub(super) fn clients(page: &mut Page, rows: &[ClientView]) {
    let columns = [
        Stiff("id"),
        Soft("name"),
        Soft("supporter"),
        Stiff("state"),
        Stiff("locale"),
        Stiff("reports"),
        Stiff("waiting"),
        Soft("goal"),
        Soft("addresses"),
    ];
    page.table(
        columns,
        rows.iter().map(|c| {
            let supporter = c.supporter.clone().unwrap_or_else(|| "-".to_owned());
            let (id, reports, waiting) = (c.id.to_string(), c.reports.to_string(), c.waiting.to_string());
            let (name, state, locale) = (c.name.clone(), c.state.clone(), c.locale.clone());
            let addresses = c.addresses.join(", ");
            [id, name, supporter, state, locale, reports, waiting, c.goal.clone(), addresses]
        }),
    );
}

pub(super) fn supporters(page: &mut Page, rows: &[SupporterView]) {
    let columns =
        [Stiff("id"), Soft("name"), Stiff("locale"), Stiff("clients"), Stiff("waiting"), Soft("addresses")];
    page.table(
        columns,
        rows.iter().map(|s| {
            let (id, clients, waiting) = (s.id.to_string(), s.clients.to_string(), s.waiting.to_string());
            [id, s.name.clone(), s.locale.clone(), clients, waiting, s.addresses.join(", ")]
        }),
    );
}

pub(super) fn outbox(page: &mut Page, rows: &[OutboxView], zone: &Zone) {
    let columns = [
        Stiff("id"),
        Stiff("kind"),
        Stiff("state"),
        Soft("stage"),
        Soft("attempts"),
        Soft("person"),
        Soft("cause"),
        Soft("reason"),
        Stiff("next"),
        Soft("delivery"),
    ];
    page.table(
        columns,
        rows.iter().map(|o| {
            let next = o.next_at.as_ref().map_or_else(|| "-".to_owned(), |at| minute(at, zone));
            let (id, kind, state, stage) =
                (o.id.to_string(), o.kind.clone(), o.state.clone(), o.stage.clone());
            let (attempts, person, cause) = (o.attempts.to_string(), o.person.clone(), o.cause.clone());
            [id, kind, state, stage, attempts, person, cause, o.reason.clone(), next, o.delivery.clone()]
        }),
    );
}

pub(super) fn mails(page: &mut Page, rows: &[MailView], zone: &Zone) {
    if rows.is_empty() {
        return page.line("nothing is in quarantine");
    }
    page.table(
        [Stiff("id"), Stiff("state"), Soft("reason"), Stiff("octets"), Stiff("came")],
        rows.iter().map(|m| {
            let (id, size, came) = (m.id.to_string(), m.size.to_string(), minute(&m.ingested_at, zone));
            [id, m.state.clone(), m.reason.clone(), size, came]
        }),
    );
}
