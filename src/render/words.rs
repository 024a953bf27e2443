//! Values that need words of their own before they stand in a template.

use minijinja::{Value, context};

use crate::clock::Timestamp;
use crate::domain::calendar::Calendar;
use crate::domain::locale::Locale;
use crate::domain::notice::{
    Alert, Changed, Confirmation, Enclosures, Hidden, HowChanged, Introduction, LeftOut, Occasion, Office,
    OfficeMatter, OtherAddress, PassOn, Recall, Recalled, Receipt, Returned, Shown, Stopped, Telling, Truth,
    Unanswered, Why, Wish, Work, Writing,
};
use crate::mail::picture::MOST;

pub(super) fn alert(n: &Alert, locale: Locale, calendar: &Calendar) -> Value {
    let exchanges: Vec<Value> = n
        .exchanges
        .iter()
        .map(|e| {
            let (day, text) = (e.day.long(locale), e.text.trim_matches('\n').to_owned());
            context! { day, text, from_client => e.from_client }
        })
        .collect();
    let next = if let Occasion::Reminder { next } = &n.occasion { next.as_ref() } else { None };
    context! {
        short => n.day.short(locale),
        day => n.day.long(locale),
        due => calendar.moment(n.due_at, locale),
        enclosed => enclosed(n.enclosures, locale),
        pictures_pass => n.enclosures.pictures_pass,
        pictures => pictures(n.pictures.len(), locale),
        text => n.text.trim_matches('\n'),
        exchanges,
        memos => n.memos.clone(),
        client => n.client.clone(),
        supporter => n.supporter.clone(),
        addition => n.addition,
        subject => n.subject.clone(),
        unproven => n.unproven,
        junk => n.junk,
        too_large => n.too_large,
        goal => n.goal.trim().to_owned(),
        about => n.about.trim().to_owned(),
        back => if let Occasion::Back { second } = &n.occasion { second.clone() } else { String::new() },
        reminder => matches!(n.occasion, Occasion::Reminder { .. }),
        stand_in => matches!(n.occasion, Occasion::StandIn { .. }),
        own => if let Occasion::StandIn { own, .. } = &n.occasion { own.clone() } else { String::new() },
        away => matches!(n.occasion, Occasion::StandIn { away: true, .. }),
        last => n.last.map_or_else(String::new, |last| calendar.moment(last.at, locale)),
        arrived => n.last.is_some_and(|last| last.arrived),
        pool_until => if let Occasion::Pool { until } = n.occasion { calendar.moment(until, locale) } else { String::new() },
        next => next.map_or_else(String::new, |(name, _)| name.clone()),
        next_at => next.map_or_else(String::new, |(_, at)| calendar.moment(*at, locale)),
    }
}

pub(super) fn recall(n: &Recall, locale: Locale, calendar: &Calendar) -> Value {
    let (outcome, words, at) = match &n.outcome {
        Recalled::Back(words) => ("back", words.trim_matches('\n'), None),
        Recalled::TooLate(at) => ("too_late", "", *at),
        Recalled::Nothing => ("nothing", "", None),
        Recalled::Unproven => ("unproven", "", None),
    };
    let at = at.map_or_else(String::new, |at| calendar.moment(at, locale));
    context! { outcome, words, at, client => n.client.clone(), number => n.number }
}

pub(super) fn other_address(n: &OtherAddress) -> Value {
    context! { words => n.words.trim_matches('\n'), number => n.number }
}

pub(super) fn introduction(n: &Introduction) -> Value {
    let (client, supporter, second) = (n.client.clone(), n.supporter.clone(), n.second.clone());
    context! { client, supporter, second }
}

pub(super) fn wish(n: &Wish) -> Value {
    context! { supporter => n.supporter.clone(), taken_back => n.taken_back }
}

pub(super) fn returned(n: &Returned) -> Value {
    let (why, words) = (why(n.why), n.words.trim_matches('\n').to_owned());
    context! { why, words, other => n.other.clone(), number => n.number }
}

pub(super) fn changed(n: &Changed) -> Value {
    let how = match n.how {
        HowChanged::MayKnow => "may_know",
        HowChanged::MayAgain => "may_again",
        HowChanged::Elsewhere => "elsewhere",
        HowChanged::Yours => "yours",
    };
    context! { how, client => n.client.clone() }
}

pub(super) fn writing(n: &Writing, locale: Locale, calendar: &Calendar) -> Value {
    let until = n.until.map_or_else(String::new, |until| calendar.moment(until, locale));
    context! { until, client => n.client.clone(), holder => n.holder.clone() }
}

pub(super) fn stopped(n: &Stopped, locale: Locale, calendar: &Calendar) -> Value {
    let (sending, since) = (n.work == Work::Sending, calendar.moment(n.since, locale));
    context! { sending, since }
}

pub(super) fn truth(n: &Truth, locale: Locale, calendar: &Calendar) -> Value {
    context! {
        short => n.day.short(locale),
        due => calendar.moment(n.due_at, locale),
        then => calendar.moment(n.then, locale),
        late => n.late,
        own => n.own.clone().unwrap_or_default(),
        holder => n.holder.clone().unwrap_or_default(),
        from_pool => n.from_pool,
    }
}

pub(super) fn unanswered(n: &Unanswered, locale: Locale, calendar: &Calendar) -> Value {
    let waiting = n.waiting.iter().map(|one| {
        context! {
            client => one.client.clone(),
            day => one.day.short(locale),
            follow_up => one.follow_up,
            holder => one.holder.clone(),
            left => left(one.due_at, n.now, locale),
        }
    });
    context! {
        waiting => waiting.collect::<Vec<_>>(),
        client => n.client.clone(),
        day => n.day.long(locale),
        follow_up => n.follow_up,
        due => calendar.moment(n.due_at, locale),
        passed => n.passed.map(|at| calendar.moment(at, locale)),
        holder => n.holder.clone(),
        read => n.read,
        asked => n.asked,
        more => n.more,
    }
}

/// How much time is left until a deadline, or how long ago it was, in hours; in minutes below two hours.
fn left(due_at: Timestamp, now: Timestamp, locale: Locale) -> String {
    let late = now >= due_at;
    let minutes = if late { now.since(due_at) } else { due_at.since(now) }.as_secs() / 60;
    match (locale, late, minutes >= 120) {
        (Locale::Ja, false, true) => format!("あと{}時間", minutes / 60),
        (Locale::Ja, false, false) => format!("あと{minutes}分"),
        (Locale::Ja, true, true) => format!("{}時間過ぎています", minutes / 60),
        (Locale::Ja, true, false) => format!("{minutes}分過ぎています"),
        (Locale::En, false, true) => format!("{} hours left", minutes / 60),
        (Locale::En, false, false) => format!("{minutes} minutes left"),
        (Locale::En, true, true) => format!("{} hours late", minutes / 60),
        (Locale::En, true, false) => format!("{minutes} minutes late"),
    }
}

pub(super) fn pass_on(n: &PassOn, locale: Locale) -> Value {
    let letters = n.report.iter().map(|letter| letter.trim_matches('\n')).filter(|l| !l.is_empty());
    let report: Vec<String> = letters.map(str::to_owned).collect();
    context! {
        short => n.day.short(locale),
        day => n.day.long(locale),
        words => n.words.trim_matches('\n').to_owned(),
        pictures => pictures(n.pictures.len(), locale),
        enclosed => if n.enclosures.pictures_pass { enclosed(n.enclosures, locale) } else { String::new() },
        subject => base(&n.subject).to_owned(),
        report,
        client => n.client.clone(),
        supporter => n.supporter.clone(),
        from_pool => n.from_pool,
    }
}

pub(super) fn receipt(n: &Receipt, locale: Locale, calendar: &Calendar) -> Value {
    context! {
        short => n.day.short(locale),
        due => calendar.moment(n.due_at, locale),
        enclosed => enclosed(n.enclosures, locale),
        pictures => pictures(n.pictures, locale),
        pictures_pass => n.enclosures.pictures_pass,
        supporter => n.supporter.clone(),
        subject => base(&n.subject).to_owned(),
    }
}

pub(super) fn confirmation(n: &Confirmation, locale: Locale) -> Value {
    context! {
        day => n.day.long(locale),
        words => n.words.trim_matches('\n').to_owned(),
        pictures => pictures(n.pictures, locale),
        refuted => n.refuted,
        client => n.client.clone(),
        supporter => n.supporter.clone(),
    }
}

pub(super) fn telling(n: &Telling, locale: Locale) -> Value {
    let (day, words) = (n.day.long(locale), n.words.trim_matches('\n').to_owned());
    let pictures = pictures(n.pictures, locale);
    context! { day, words, pictures, found => n.found.clone(), client => n.client.clone(), refuted => n.refuted }
}

pub(super) fn left_out(n: &LeftOut, locale: Locale) -> Value {
    let Enclosures { images, others, pictures_pass } = n.enclosures;
    context! {
        enclosed => enclosed(n.enclosures, locale),
        pictures => pictures(n.pictures, locale),
        pictures_stay => images > 0,
        files_stay => others > 0,
        pictures_pass,
        held => n.held,
        most => MOST,
        words => n.words,
        other => n.other.clone(),
        number => n.number,
    }
}

pub(super) fn hidden(n: &Hidden, locale: Locale) -> Value {
    let (short, subject) = (n.day.short(locale), base(&n.subject).to_owned());
    context! { short, subject, found => n.found.clone(), supporter => n.supporter.clone() }
}

pub(super) fn shown(n: &Shown, locale: Locale) -> Value {
    let (short, day, text) = (n.day.short(locale), n.day.long(locale), n.text.trim_matches('\n').to_owned());
    context! { short, day, text, subject => n.subject.clone(), client => n.client.clone() }
}

/// A subject without "Re:" and its kin (RFC 5256 §2.1), for "Re: " to be put before it once.
pub(super) fn base(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        let prefixes = ["re:", "re：", "ｒｅ：", "返信:", "返信：", "aw:", "sv:"];
        let lower = rest.to_lowercase();
        let found = prefixes.iter().find(|p| lower.starts_with(**p)).and_then(|p| rest.get(p.len()..));
        match found {
            Some(shorter) => rest = shorter.trim_start(),
            None => return rest,
        }
    }
}

/// "写真1枚とファイル2つ", "A picture and 2 files"; empty for nothing.
pub(super) fn enclosed(enclosures: Enclosures, locale: Locale) -> String {
    let Enclosures { images, others, .. } = enclosures;
    let (files, and) = match locale {
        Locale::Ja => (format!("ファイル{others}つ"), "と"),
        Locale::En => (counted(others, "file"), " and "),
    };
    let text = match (pictures(images, locale), others) {
        (pictures, 0) => pictures,
        (pictures, _) if pictures.is_empty() => files,
        (pictures, _) => format!("{pictures}{and}{files}"),
    };
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// "写真2枚", "2 pictures"; empty for none.
pub(super) fn pictures(n: usize, locale: Locale) -> String {
    match (n, locale) {
        (0, _) => String::new(),
        (_, Locale::Ja) => format!("写真{n}枚"),
        (_, Locale::En) => counted(n, "picture"),
    }
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("a {noun}") } else { format!("{n} {noun}s") }
}

pub(super) fn why(why: Why) -> &'static str {
    match why {
        Why::NoThread => "no_thread",
        Why::NotYours => "not_yours",
        Why::Revoked => "revoked",
        Why::NoWords => "no_words",
        Why::Gone => "gone",
        Why::Unclear => "unclear",
        Why::UnclearLeave => "unclear_leave",
        Why::Refused => "refused",
        Why::Expired => "expired",
        Why::Unconfirmed => "unconfirmed",
        Why::Withheld => "withheld",
        Why::TooLarge => "too_large",
        Why::Elsewhere => "elsewhere",
        Why::AddressRemoved => "address_removed",
        Why::Undecided => "undecided",
        Why::UnclearMeaning => "unclear_meaning",
        Why::AnotherClient => "another_client",
        Why::MemoUnproven => "memo_unproven",
        Why::Unread => "unread",
    }
}

pub(super) fn office(n: &Office) -> Value {
    let (matter, reason) = (matter(n.matter), n.reason.clone());
    context! { matter, person => n.person.clone(), kind => n.kind.clone(), number => n.number, reason }
}

fn matter(matter: OfficeMatter) -> &'static str {
    match matter {
        OfficeMatter::NoHolder => "no_holder",
        OfficeMatter::Quarantined => "quarantined",
        OfficeMatter::Refused => "refused",
        OfficeMatter::Expired => "expired",
        OfficeMatter::Unconfirmed => "unconfirmed",
        OfficeMatter::Withheld => "withheld",
        OfficeMatter::Unresolved => "unresolved",
        OfficeMatter::TooLarge => "too_large",
        OfficeMatter::Unfetchable => "unfetchable",
        OfficeMatter::UnfetchableJunk => "unfetchable_junk",
        OfficeMatter::Disowned => "disowned",
        OfficeMatter::Bounced => "bounced",
        OfficeMatter::Suspended => "suspended",
        OfficeMatter::DiskShort => "disk_short",
        OfficeMatter::ClockSetBack => "clock_set_back",
        OfficeMatter::SafeMode => "safe_mode",
        OfficeMatter::MayRepeat => "may_repeat",
        OfficeMatter::Limit => "limit",
        OfficeMatter::Absence => "absence",
        OfficeMatter::AbsenceWithdrawn => "absence_withdrawn",
        OfficeMatter::DaysOff => "days_off",
        OfficeMatter::Wish => "wish",
        OfficeMatter::WishTakenBack => "wish_taken_back",
        OfficeMatter::MayAgain => "may_again",
        OfficeMatter::NeedsSecond => "needs_second",
        OfficeMatter::NeedsSupporter => "needs_supporter",
        OfficeMatter::Cover => "cover",
        OfficeMatter::CoverWithdrawn => "cover_withdrawn",
        OfficeMatter::Undecided => "undecided",
        OfficeMatter::Look => "look",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_mark_is_taken_off_however_often_it_stands() {
        let check = |subject: &str, expected: &str| assert_eq!(base(subject), expected, "{subject}");
        check("日報", "日報");
        check("Re: 日報", "日報");
        check("RE: Re：返信: 日報", "日報");
        check("Research", "Research");
        check("Re:", "");
    }

    #[test]
    fn enclosures_are_counted_in_words() {
        let check = |images, others, ja: &str, en: &str| {
            let e = Enclosures { images, others, pictures_pass: false };
            assert_eq!(enclosed(e, Locale::Ja), ja);
            assert_eq!(enclosed(e, Locale::En), en);
        };
        check(0, 0, "", "");
        check(1, 0, "写真1枚", "A picture");
        check(2, 1, "写真2枚とファイル1つ", "2 pictures and a file");
        check(0, 3, "ファイル3つ", "3 files");
    }
}
