//! What each supporter did in a month: sums for people, every entry for programs and spreadsheets.

use std::collections::BTreeMap;

use clap::Args;

use super::page::Column::{Soft, Stiff};
use super::page::{Form, Page, minute};
use super::read;
use crate::clock::{self, Zone};
use crate::domain::calendar::Month;
use crate::domain::command::Refusal;
use crate::settings::Settings;
use crate::store::EntryView;

/// Which entries, and in which form.
#[derive(Args)]
pub(super) struct LedgerOrder {
    /// The month by the service's clock, such as 2026-12; without this the current one
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Only what this supporter did: name, address or id
    #[arg(long, value_name = "WHO")]
    supporter: Option<String>,
    /// Print CSV for a spreadsheet, one line for each act
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    form: Form,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "write the year and the month like 2026-12".to_owned())
}

pub(super) fn ledger(order: &LedgerOrder, settings: &Settings) -> anyhow::Result<()> {
    let zone = &settings.service.timezone;
    let month = order.month.unwrap_or_else(|| Month::of(clock::now(), zone));
    let (from, to) = month.span(zone);
    let entries = read(settings, |tx| {
        let supporter = order.supporter.as_ref().map(|who| tx.find_supporter(who)).transpose()?;
        match supporter {
            Some(None) => Ok(None),
            found => tx.entry_views(from, to, found.flatten()).map(Some),
        }
    })?;
    let who = order.supporter.as_deref().unwrap_or_default();
    let entries = entries.ok_or_else(|| Refusal::NoSupporter(who.to_owned()))?;
    if order.csv {
        return order.form.print_csv(HEAD, entries.iter().map(|entry| cells(entry, zone)));
    }
    order.form.print(&entries, |page| sums(page, month, zone, &entries))
}

const HEAD: [&str; 9] =
    ["id", "time", "act", "supporter", "client", "day", "unit_price", "currency", "message_id"];

fn cells(entry: &EntryView, zone: &Zone) -> [String; 9] {
    let EntryView { act, supporter, client, currency, message_id, .. } = entry.clone();
    let (id, price) = (entry.id.to_string(), entry.unit_price.to_string());
    let (time, day) = (minute(&entry.made_at, zone), entry.day.clone().unwrap_or_default());
    [id, time, act, supporter, client, day, price, currency, message_id]
}

/// Acts and money.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    money: i64,
}

impl Sum {
    fn add(&mut self, entry: &EntryView) {
        self.count += 1;
        self.money = self.money.saturating_add(entry.unit_price);
    }
}

fn sums(page: &mut Page, month: Month, zone: &Zone, entries: &[EntryView]) {
    if entries.is_empty() {
        return page.line(&format!("{month} ({}): nothing was entered", zone.name()));
    }
    page.line(&format!("{month} ({}), in the currency's smallest unit (yen, cents)", zone.name()));
    let mut acts: BTreeMap<_, Sum> = BTreeMap::new();
    let mut people: BTreeMap<&str, BTreeMap<&str, Sum>> = BTreeMap::new();
    let mut all: BTreeMap<&str, Sum> = BTreeMap::new();
    for entry in entries {
        let EntryView { supporter, act, currency, .. } = entry;
        acts.entry((supporter, act, currency)).or_default().add(entry);
        people.entry(supporter).or_default().entry(currency).or_default().add(entry);
        all.entry(currency).or_default().add(entry);
    }
    let rows = acts.into_iter().map(|((supporter, act, currency), Sum { count, money })| {
        [supporter.clone(), act.clone(), count.to_string(), money.to_string(), currency.clone()]
    });
    page.table([Soft("supporter"), Stiff("act"), Stiff("count"), Stiff("sum"), Stiff("currency")], rows);
    page.line("");
    for (name, sums) in people.iter().chain([(&"total", &all)]) {
        let sums = sums.iter().map(|(currency, sum)| format!("{} {currency}", sum.money));
        page.line(&format!("{name}: {}", sums.collect::<Vec<_>>().join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(supporter: &str, act: &str, unit_price: i64, currency: &str) -> EntryView {
        EntryView {
            id: 1,
            made_at: "2026-12-31T14:59:59Z".to_owned(),
            act: act.to_owned(),
            supporter: supporter.to_owned(),
            client: "はる".to_owned(),
            day: Some("2026-12-31".to_owned()),
            outbox_id: Some(7),
            message_id: "abc@example.jp".to_owned(),
            unit_price,
            currency: currency.to_owned(),
        }
    }

    fn page(entries: &[EntryView]) -> String {
        let mut page = Page::of_width(80);
        let month = Month::parse("2026-12").expect("a month");
        sums(&mut page, month, &Zone::named("Asia/Tokyo").expect("a zone"), entries);
        page.text()
    }

    #[test]
    fn each_supporter_has_a_line_for_each_act_and_a_total_in_each_currency() {
        let entries = [
            entry("あい", "answer", 500, "JPY"),
            entry("みお", "answer", 500, "JPY"),
            entry("あい", "stand_in", 700, "JPY"),
            entry("あい", "answer", 600, "JPY"),
            entry("あい", "answer", 4, "EUR"),
        ];
        let expected = [
            "2026-12 (Asia/Tokyo), in the currency's smallest unit (yen, cents)",
            "supporter  act       count  sum   currency",
            "あい       answer    1      4     EUR",
            "あい       answer    2      1100  JPY",
            "あい       stand_in  1      700   JPY",
            "みお       answer    1      500   JPY",
            "",
            "あい: 4 EUR, 1800 JPY",
            "みお: 500 JPY",
            "total: 4 EUR, 2300 JPY",
        ];
        assert_eq!(page(&entries).lines().map(str::trim).collect::<Vec<_>>(), expected);
        assert_eq!(page(&[]), "2026-12 (Asia/Tokyo): nothing was entered\n");
    }

    #[test]
    fn a_line_for_a_spreadsheet_has_the_time_on_the_wall() {
        let cells = cells(&entry("あい", "answer", 500, "JPY"), &Zone::named("Asia/Tokyo").expect("a zone"));
        let expected =
            ["1", "2026-12-31 23:59", "answer", "あい", "はる", "2026-12-31", "500", "JPY", "abc@example.jp"];
        assert_eq!(cells, expected);
    }
}
