//! Values for mails about answers that do not pass on by themselves.

use minijinja::{Value, context};

use super::words::pictures;
use crate::domain::calendar::Calendar;
use crate::domain::locale::Locale;
use crate::domain::notice::{Answered, HandedOn, SetAside, SetAsideOver};

pub(super) fn question(n: &SetAside, locale: Locale, calendar: &Calendar) -> Value {
    context! {
        client => n.client.clone(),
        day => n.day.long(locale),
        why => n.why.word(),
        by => n.by.clone().unwrap_or_default(),
        may_send => n.may_send,
        may_pass => n.may_pass,
        next => n.next.clone().unwrap_or_default(),
        second => n.second,
        paused => n.paused,
        default => n.default.word(),
        default_at => calendar.moment(n.default_at, locale),
        words => n.words.trim_matches('\n'),
        pictures => pictures(n.pictures, locale),
        asked_again => n.unclear.is_some(),
        unclear => n.unclear.clone().unwrap_or_default(),
    }
}

pub(super) fn over(n: &SetAsideOver) -> Value {
    context! { client => n.client.clone(), made => n.made.word() }
}

pub(super) fn handed_on(n: &HandedOn, locale: Locale) -> Value {
    context! {
        client => n.client.clone(),
        writer => n.writer.clone(),
        day => n.day.long(locale),
        words => n.words.trim_matches('\n'),
        pictures => pictures(n.pictures, locale),
    }
}

pub(super) fn answered(n: &Answered, locale: Locale) -> Value {
    context! { client => n.client.clone(), writer => n.writer.clone(), day => n.day.long(locale) }
}
