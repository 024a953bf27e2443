//! Values for mails about a leave that begins or is over.

use minijinja::{Value, context};

use super::absence::{long, named, short};
use crate::domain::calendar::{Calendar, Day};
use crate::domain::locale::Locale;
use crate::domain::notice::{
    Back, Farewell, GivenBack, Handover, LastLine, LastLineStage, Left, Line, StandIn, Successor,
};

pub(super) fn letter(n: &Handover, locale: Locale) -> Value {
    let names: Vec<String> = n.clients.iter().map(|client| client.client.clone()).collect();
    let clients = n.clients.iter().map(|client| {
        let exchanges = client.exchanges.iter().map(|e| {
            let (day, text) = (e.day.long(locale), e.text.trim_matches('\n').to_owned());
            context! { day, text, from_client => e.from_client }
        });
        context! {
            client => client.client.clone(),
            goal => client.goal.trim(),
            about => client.about.trim(),
            note => client.note.trim(),
            exchanges => exchanges.collect::<Vec<_>>(),
        }
    });
    context! {
        own => n.own.clone(),
        days => long(n.days, locale),
        short => short(n.days, locale),
        names => named(&names, locale),
        lines => n.lines.iter().map(|line| line.trim_matches('\n').to_owned()).collect::<Vec<_>>(),
        clients => clients.collect::<Vec<_>>(),
    }
}

pub(super) fn stand_in(n: &StandIn, locale: Locale) -> Value {
    context! {
        own => n.own.clone(),
        second => n.second.clone(),
        days => long(n.days, locale),
        short => short(n.days, locale),
        back => n.days.until.plus(1).long(locale),
        over => n.over,
    }
}

pub(super) fn line(n: &Line, locale: Locale) -> Value {
    context! {
        own => n.own.clone(),
        seconds => named(&n.seconds, locale),
        words => n.words.trim_matches('\n'),
        begun => n.begun,
    }
}

pub(super) fn back(n: &Back, locale: Locale, calendar: &Calendar) -> Value {
    let clients = n.clients.iter().map(|client| {
        let events = client.events.iter().map(|(day, author, text)| {
            context! { day => day.short(locale), author => author.clone(), text => text.clone() }
        });
        let waiting = client.waiting.iter().map(|(day, due_at, holder)| {
            context! {
                day => day.long(locale),
                due => calendar.moment(*due_at, locale),
                holder => holder.clone(),
            }
        });
        context! {
            client => client.client.clone(),
            second => client.second.clone(),
            events => events.collect::<Vec<_>>(),
            waiting => waiting.collect::<Vec<_>>(),
        }
    });
    context! { own => n.own.clone(), early => n.early, clients => clients.collect::<Vec<_>>() }
}

pub(super) fn given_back(n: &GivenBack, locale: Locale) -> Value {
    let each = |all: &[(String, Day)]| {
        let each =
            all.iter().map(|(client, day)| context! { client => client.clone(), day => day.long(locale) });
        each.collect::<Vec<_>>()
    };
    context! { own => n.own.clone(), early => n.early, gone => each(&n.gone), kept => each(&n.kept) }
}

pub(super) fn last_line(n: &LastLine, locale: Locale) -> Value {
    let found = if let LastLineStage::Telling(found) = &n.stage { found.clone() } else { Vec::new() };
    context! {
        asked => n.stage == LastLineStage::Asked,
        back => n.stage == LastLineStage::TakenBack,
        one => n.clients.len() == 1,
        found,
        clients => named(&n.clients, locale),
        words => n.words.trim_matches('\n'),
        until => n.until.long(locale),
    }
}

pub(super) fn successor(n: &Successor) -> Value {
    context! { own => n.own.clone(), next => n.next.clone() }
}

pub(super) fn farewell(n: &Farewell) -> Value {
    let words = n.words.trim_matches('\n').to_owned();
    context! { words, supporter => n.supporter.clone(), next => n.next.clone() }
}

pub(super) fn left(n: &Left) -> Value {
    let (alone, without_second) = (n.alone.clone(), n.without_second.clone());
    context! { alone, without_second, supporter => n.supporter.clone() }
}
