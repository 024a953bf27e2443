//! Values for the mails about whom words are for.

use minijinja::{Value, context};

use super::words::pictures;
use crate::domain::locale::Locale;
use crate::domain::notice::{Meaning, MemoKept, OfficeReads, ToOffice};

pub(super) fn asked(n: &Meaning, locale: Locale) -> Value {
    context! {
        day => n.day.long(locale),
        words => n.words.trim_matches('\n').to_owned(),
        pictures => pictures(n.pictures, locale),
        found => n.found.clone(),
        client => n.client.clone(),
        other => n.other.clone(),
        memo => n.memo,
        refuted => n.refuted,
    }
}

pub(super) fn to_office(n: &ToOffice, locale: Locale) -> Value {
    let (client, day) = match &n.about {
        Some((client, day)) => (client.clone(), day.long(locale)),
        None => (String::new(), String::new()),
    };
    context! {
        client,
        day,
        person => n.person.clone(),
        by_client => n.by_client,
        subject => n.subject.clone(),
        words => n.words.trim_matches('\n').to_owned(),
        enclosed => n.enclosed,
        unproven => n.unproven,
        number => n.number,
    }
}

pub(super) fn office_reads(n: &OfficeReads) -> Value {
    context! { client => n.client.clone().unwrap_or_default(), by_client => n.by_client }
}

pub(super) fn memo_kept(n: &MemoKept) -> Value {
    context! { client => n.client.clone(), memo => n.memo.trim_matches('\n').to_owned() }
}
