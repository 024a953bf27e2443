//! Values for mails about absences. Days always come with their weekdays.

use minijinja::{Value, context};

use crate::domain::absence::{Days, Doubt};
use crate::domain::locale::Locale;
use crate::domain::notice::{Absence, AbsenceAsked, AbsenceUnclear, AbsenceWithdrawn};

/// `12月1日（火）から12月5日（土）まで`, `from Tuesday 1 December until Saturday 5 December`; of one day `12月1日（火）`,
/// `on Tuesday 1 December`.
pub(super) fn long(days: Days, locale: Locale) -> String {
    let (from, until) = (days.from.long(locale), days.until.long(locale));
    match locale {
        Locale::Ja if days.from == days.until => from,
        Locale::Ja => format!("{from}から{until}まで"),
        Locale::En if days.from == days.until => format!("on {from}"),
        Locale::En => format!("from {from} until {until}"),
    }
}

/// In a subject: `12/1 火〜12/5 土`, `1 Dec Tue – 5 Dec Sat`.
pub(super) fn short(days: Days, locale: Locale) -> String {
    let (from, until) = (days.from.short(locale), days.until.short(locale));
    match locale {
        _ if days.from == days.until => from,
        Locale::Ja => format!("{from}〜{until}"),
        Locale::En => format!("{from} – {until}"),
    }
}

/// `ゆうさん、けいさん`, `Yu and Kei`.
pub(super) fn named(names: &[String], locale: Locale) -> String {
    match (locale, names) {
        (Locale::Ja, _) => names.iter().map(|name| format!("{name}さん")).collect::<Vec<_>>().join("、"),
        (Locale::En, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (Locale::En, _) => names.concat(),
    }
}

fn each(all: &[Days], locale: Locale) -> Vec<String> {
    all.iter().map(|days| long(*days, locale)).collect()
}

pub(super) fn written_down(n: &Absence, locale: Locale) -> Value {
    context! {
        days => long(n.days, locale),
        one_day => n.days.from == n.days.until,
        short => short(n.days, locale),
        day => n.days.from.long(locale),
        others => each(&n.others, locale),
        besides => n.besides.trim(),
        client => n.client.clone(),
        by_office => n.by_office,
        seconds => named(&n.seconds, locale),
        alone => n.alone,
    }
}

pub(super) fn withdrawn(n: &AbsenceWithdrawn, locale: Locale) -> Value {
    context! {
        days => long(n.days, locale),
        short => short(n.days, locale),
        day => n.days.from.long(locale),
        others => each(&n.others, locale),
        client => n.client.clone(),
        by_office => n.by_office,
    }
}

pub(super) fn asked(n: &AbsenceAsked, locale: Locale) -> Value {
    context! {
        days => long(n.days, locale),
        one_day => n.days.from == n.days.until,
        day => n.days.from.long(locale),
        client => n.client.clone(),
        refuted => n.refuted,
    }
}

pub(super) fn unclear(n: &AbsenceUnclear, locale: Locale) -> Value {
    let doubt = match n.doubt {
        Doubt::Several => "several",
        Doubt::Backwards => "backwards",
        Doubt::Over => "over",
        Doubt::OtherWeekday => "other_weekday",
        Doubt::NoEnd => "no_end",
        Doubt::NoDay => "no_day",
    };
    let possible = n.possible.iter();
    let possible = possible.map(|days| context! { days => long(*days, locale), line => days.line(locale) });
    context! {
        doubt,
        possible => possible.collect::<Vec<Value>>(),
        example => n.example.line(locale),
        besides => n.besides.trim(),
    }
}
