//! Values for mails to the pool.

use minijinja::{Value, context};

use super::words;
use crate::domain::calendar::Calendar;
use crate::domain::locale::Locale;
use crate::domain::notice::{PoolAsk, PoolLapsed, PoolNotice, PoolOver};
use crate::domain::pool::{Length, language};

/// The template of a notice, and its values.
pub(super) fn values(notice: &PoolNotice, locale: Locale, calendar: &Calendar) -> (&'static str, Value) {
    match notice {
        PoolNotice::Ask(n) => ("pool_ask", ask(n, locale, calendar)),
        PoolNotice::Unclear => ("pool_unclear", context! {}),
        PoolNotice::Over(n) => ("pool_over", over(n)),
        PoolNotice::Lapsed(n) => ("pool_lapsed", lapsed(n, locale)),
    }
}

fn ask(n: &PoolAsk, locale: Locale, calendar: &Calendar) -> Value {
    context! {
        language => language(n.language, locale),
        length => match n.length {
            Length::Wordless => "wordless",
            Length::Short => "short",
            Length::Middle => "middle",
            Length::Long => "long",
        },
        pictures => words::pictures(n.pictures, locale),
        due => calendar.moment(n.due_at, locale),
        held => held(n.minutes, locale),
    }
}

fn over(n: &PoolOver) -> Value {
    context! { answered => n.answered, willing => n.willing, client => n.client.clone() }
}

fn lapsed(n: &PoolLapsed, locale: Locale) -> Value {
    context! { client => n.client.clone(), day => n.day.long(locale) }
}

/// For how long: "4時間", "90分", "4 hours", "an hour".
fn held(minutes: u64, locale: Locale) -> String {
    match (minutes / 60, minutes % 60, locale) {
        (hours, 0, Locale::Ja) => format!("{hours}時間"),
        (_, _, Locale::Ja) => format!("{minutes}分"),
        (1, 0, Locale::En) => "an hour".to_owned(),
        (hours, 0, Locale::En) => format!("{hours} hours"),
        (_, _, Locale::En) => format!("{minutes} minutes"),
    }
}
