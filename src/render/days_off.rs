//! Values for mails about days off in every week.

use minijinja::{Value, context};

use crate::domain::days_off::Weekdays;
use crate::domain::locale::Locale;
use crate::domain::notice::{DaysOff, DaysOffAsked};

pub(super) fn said(n: &DaysOff, locale: Locale) -> Value {
    let standing = if n.taken_back || n.standing != n.adds { n.standing.long(locale) } else { String::new() };
    context! {
        adds => n.adds.long(locale),
        ends => n.ends.long(locale),
        short => n.adds.short(locale),
        standing,
        nothing => n.standing.is_empty(),
        every_day => n.ends == Weekdays::ALL,
        line => n.next.map(|days| days.line(locale)),
        holidays => n.holidays,
        besides => n.besides.trim(),
        by_office => n.by_office,
        taken_back => n.taken_back,
        undo => n.undo,
    }
}

pub(super) fn asked(n: &DaysOffAsked, locale: Locale) -> Value {
    context! {
        adds => n.adds.long(locale),
        ends => n.ends.long(locale),
        every_day => n.ends == Weekdays::ALL,
        holidays => n.holidays,
        refuted => n.refuted,
    }
}
