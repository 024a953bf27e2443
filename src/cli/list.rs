//! Listings as tables. At a terminal of 80 columns each still shows what a row is and where it stands; JSON has the rest.

use super::page::Column::{Soft, Stiff};
use super::page::{Page, minute};
use crate::clock::Zone;
use crate::store::{AbsenceView, AddressView, ClientView, MailView, OutboxView, SetAsideView, SupporterView};

/// Addresses, the one that mail goes to first, and of each whether nothing goes there.
fn in_a_line(all: &[String], suspended: &[String]) -> String {
    let shown =
        all.iter().map(|a| if suspended.contains(a) { format!("{a} (suspended)") } else { a.clone() });
    shown.collect::<Vec<_>>().join(", ")
}

pub(super) fn clients(page: &mut Page, rows: &[ClientView]) {
    let columns = [
        Stiff("id"),
        Soft("name"),
        Soft("supporter"),
        Stiff("state"),
        Stiff("locale"),
        Stiff("reports"),
        Stiff("waiting"),
        Soft("goal, topics"),
        Soft("addresses"),
    ];
    page.table(
        columns,
        rows.iter().map(|c| {
            let or_nobody = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
            let second = c.second.iter().map(|second| format!(", {second}")).collect::<String>();
            let supporter = or_nobody(&c.supporter) + &second;
            let topics: Vec<&str> =
                c.topics.iter().map(String::as_str).chain(c.pool.then_some("pool")).collect();
            let topics = if topics.is_empty() { String::new() } else { format!(" [{}]", topics.join(", ")) };
            let goal = format!("{}{topics}", c.goal).trim_start().to_owned();
            let (id, reports, waiting) = (c.id.to_string(), c.reports.to_string(), c.waiting.to_string());
            let (name, state, locale) = (c.name.clone(), c.state.clone(), c.locale.clone());
            let addresses = in_a_line(&c.addresses, &c.suspended);
            [id, name, supporter, state, locale, reports, waiting, goal, addresses]
        }),
    );
}

pub(super) fn supporters(page: &mut Page, rows: &[SupporterView]) {
    let columns = [
        Stiff("id"),
        Soft("name"),
        Stiff("locale"),
        Stiff("clients"),
        Stiff("waiting"),
        Stiff("takes"),
        Soft("aptitudes, hours"),
        Soft("addresses"),
    ];
    page.table(
        columns,
        rows.iter().map(|s| {
            let (id, clients, waiting) = (s.id.to_string(), s.clients.to_string(), s.waiting.to_string());
            let name = if s.left { format!("{} (left)", s.name) } else { s.name.clone() };
            let cap = |cap: Option<u32>| cap.map_or_else(|| "-".to_owned(), |cap| cap.to_string());
            let takes = format!("{}/{}", cap(s.cap_day), cap(s.cap_month));
            let off = (!s.off.is_empty()).then(|| format!("off {}", s.off.join("/")));
            let reads = s.reader.then_some("reads newcomers");
            let can = s.aptitudes.iter().chain(&s.answers).chain(&off).map(String::as_str);
            let can: Vec<&str> = reads.into_iter().chain(can).collect();
            let (languages, can) = (s.languages.join(","), can.join(", "));
            let addresses = in_a_line(&s.addresses, &s.suspended);
            [id, name, languages, clients, waiting, takes, can, addresses]
        }),
    );
}

pub(super) fn addresses(page: &mut Page, rows: &[AddressView]) {
    page.table(
        [Soft("address"), Stiff("mail"), Stiff("suspended")],
        rows.iter().map(|a| {
            let mail = if a.gets_mail { "goes here" } else { "-" };
            let suspended = if a.suspended { "yes" } else { "-" };
            [a.address.clone(), mail.to_owned(), suspended.to_owned()]
        }),
    );
}

pub(super) fn absences(page: &mut Page, rows: &[AbsenceView], zone: &Zone) {
    if rows.is_empty() {
        return page.line("nobody is away");
    }
    let columns = [
        Stiff("id"),
        Soft("supporter"),
        Stiff("from"),
        Stiff("until"),
        Soft("only for"),
        Stiff("state"),
        Stiff("announced"),
    ];
    page.table(
        columns,
        rows.iter().map(|a| {
            let (id, announced) = (a.id.to_string(), minute(&a.announced_at, zone));
            let client = a.client.clone().unwrap_or_else(|| "-".to_owned());
            [id, a.supporter.clone(), a.from.clone(), a.until.clone(), client, a.state.clone(), announced]
        }),
    );
}

pub(super) fn outbox(page: &mut Page, rows: &[OutboxView], zone: &Zone) {
    let columns = [
        Stiff("id"),
        Stiff("kind"),
        Stiff("state"),
        Soft("person"),
        Soft("reason"),
        Stiff("next"),
        Soft("delivery"),
    ];
    page.table(
        columns,
        rows.iter().map(|o| {
            let next = o.next_at.as_ref().map_or_else(|| "-".to_owned(), |at| minute(at, zone));
            let (id, kind, state) = (o.id.to_string(), o.kind.clone(), o.state.clone());
            let reason = match o.in_grace() {
                Some(until) => format!("{}, grace until {}", o.reason, minute(until, zone)),
                None => o.reason.clone(),
            };
            [id, kind, state, o.person.clone(), reason, next, o.delivery.clone()]
        }),
    );
}

pub(super) fn set_aside(page: &mut Page, rows: &[SetAsideView], zone: &Zone) {
    if rows.is_empty() {
        return page.line("no answer waits for its writer's word");
    }
    let columns = [
        Stiff("mail"),
        Soft("supporter"),
        Soft("client"),
        Stiff("day"),
        Stiff("why"),
        Stiff("then"),
        Stiff("when"),
    ];
    page.table(
        columns,
        rows.iter().map(|a| {
            let when = a.at.as_ref().map_or_else(|| "when back".to_owned(), |at| minute(at, zone));
            let (supporter, client) = (a.supporter.clone(), a.client.clone());
            [a.mail.to_string(), supporter, client, a.day.clone(), a.why.clone(), a.then.clone(), when]
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

#[cfg(test)]
mod tests {
    use super::super::page::tests::columns;
    use super::*;

    const LONG: &str = "佐々木健太郎左衛門尉藤原朝臣";

    /// With the longest words that a program of ours writes and names longer than that, 80 columns are enough, and each
    /// name and address still begins.
    fn check(lay_out: impl FnOnce(&mut Page), begins: &[&str]) {
        let mut page = Page::of_width(80);
        lay_out(&mut page);
        let text = page.text();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
        assert!(text.contains('…') && begins.iter().all(|word| text.contains(word)), "{text}");
    }

    fn word(text: &str) -> String {
        text.to_owned()
    }

    fn client() -> ClientView {
        ClientView {
            id: 1234,
            name: word(LONG),
            state: word("active"),
            locale: word("ja"),
            goal: LONG.repeat(3),
            supporter: Some(word(LONG)),
            second: Some(word(LONG)),
            topics: vec![word(LONG), word(LONG)],
            pool: true,
            addresses: vec![word("haru@example.jp"), word("haru@example.org")],
            suspended: vec![],
            reports: 365,
            waiting: 1,
        }
    }

    fn supporter() -> SupporterView {
        let addresses = vec![word("ai@example.org"), word("ai@a-long-name-of-a-place.example.org")];
        SupporterView {
            id: 12,
            name: LONG.repeat(2),
            locale: word("ja"),
            addresses,
            left: false,
            suspended: vec![],
            aptitudes: vec![word(LONG), word(LONG)],
            languages: vec![word("ja"), word("en")],
            answers: vec![word("06:00-08:00"), word("20:00-22:00")],
            cap_day: Some(12),
            cap_month: Some(300),
            off: vec![word("sat"), word("sun")],
            reader: true,
            clients: 12,
            waiting: 3,
        }
    }

    #[test]
    fn every_listing_fits_80_columns_with_full_width_names() {
        check(|page| clients(page, &[client()]), &["佐々木", "h…@"]);
        check(|page| supporters(page, &[supporter()]), &["佐々木", "a…@"]);
        let absence = AbsenceView {
            id: 1234,
            supporter: LONG.repeat(2),
            from: word("2026-12-01"),
            until: word("2026-12-05"),
            client: Some(LONG.repeat(2)),
            announced_at: word("2026-12-03T12:10:00Z"),
            mail: Some(12),
            state: word("withdrawn"),
            zone: None,
        };
        check(|page| absences(page, &[absence], &Zone::UTC), &["佐々", "2026-12-01", "withdrawn"]);
        let row = OutboxView {
            id: 123_456,
            kind: word("confirmation"),
            state: word("unresolved"),
            stage: word("connect"),
            attempts: 12,
            unknowns: 0,
            message_id: word("x@example.jp"),
            person: word(LONG),
            cause: word("mail 12"),
            reason: word("report_without_holder"),
            last_code: 0,
            delivery: word("delayed 4.4.7"),
            created_at: word("2026-12-03T12:10:00Z"),
            next_at: Some(word("2026-12-03T12:10:00Z")),
            ended_at: None,
            may_repeat: false,
            grace_until: None,
        };
        check(|page| outbox(page, &[row], &Zone::UTC), &["佐々", "2026-12-03 12:10"]);
    }
}
