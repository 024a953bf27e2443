//! Values for mails about a newcomer's answer that somebody reads first.

use minijinja::{Value, context};

use super::words::pictures;
use crate::domain::calendar::Calendar;
use crate::domain::locale::Locale;
use crate::domain::notice::{
    Outcome, ReadingAsk, ReadingBack, ReadingCompany, ReadingLate, ReadingNotice, ReadingOffice,
};

/// The template of a notice, and its values.
pub(super) fn values(notice: &ReadingNotice, locale: Locale, calendar: &Calendar) -> (&'static str, Value) {
    match notice {
        ReadingNotice::Ask(n) => ("reading_ask", ask(n, locale, calendar)),
        ReadingNotice::Company(n) => ("reading_company", company(n)),
        ReadingNotice::Back(n) => ("reading_back", back(n, locale)),
        ReadingNotice::Over(n) => {
            ("reading_over", context! { writer => n.writer.clone(), client => n.client.clone() })
        }
        ReadingNotice::Late(n) => ("reading_late", late(n)),
        ReadingNotice::Office(n) => ("reading_office", office(n, locale)),
    }
}

fn ask(n: &ReadingAsk, locale: Locale, calendar: &Calendar) -> Value {
    let letters: Vec<&str> = n.read.letters.iter().map(|text| text.trim_matches('\n')).collect();
    context! {
        client => n.read.client.clone(),
        writer => n.read.writer.clone(),
        day => n.read.day.long(locale),
        letters => letters.join("\n\n"),
        words => n.read.words.trim_matches('\n'),
        pictures => pictures(n.read.pictures, locale),
        until => n.until.map(|until| calendar.moment(until, locale)).unwrap_or_default(),
        empty_is_yes => n.empty_is_yes,
        asked_again => n.unclear.is_some(),
        unclear => n.unclear.clone().unwrap_or_default(),
    }
}

fn company(n: &ReadingCompany) -> Value {
    context! { client => n.client.clone(), reader => n.reader.clone(), first => n.first, of => n.of }
}

fn back(n: &ReadingBack, locale: Locale) -> Value {
    context! {
        client => n.client.clone(),
        day => n.day.long(locale),
        reader => n.reader.clone(),
        said => n.said.trim_matches('\n'),
        words => n.words.trim_matches('\n'),
    }
}

fn late(n: &ReadingLate) -> Value {
    let outcome = match n.outcome {
        Outcome::Goes => "goes",
        Outcome::Returned => "returned",
        Outcome::TakenBack => "taken_back",
        Outcome::Settled => "settled",
    };
    let words = n.words.trim_matches('\n');
    context! { client => n.client.clone(), writer => n.writer.clone(), outcome => outcome, words => words }
}

fn office(n: &ReadingOffice, locale: Locale) -> Value {
    let (row, asked) = n.waits.clone().unwrap_or_default();
    context! {
        writer => n.writer.clone(),
        client => n.client.clone(),
        day => n.day.long(locale),
        nobody => n.nobody(),
        row => row,
        asked => asked,
    }
}
