//! Who fits whom: each thing that speaks for a supporter gives points and says so in words; what keeps her out is no matter
//! of points. The operator decides.

use serde::Serialize;

use super::calendar::Day;
use super::days_off::Weekdays;
use super::hours::Span;
use super::locale::Locale;
use crate::mail::fold::fold;

/// How many reports a supporter takes; `None` is any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// On a day, as the service counts days.
    pub day: Option<u32>,
    /// In a month of such days.
    pub month: Option<u32>,
}

/// So many reports a client writes in a month.
const REPORTS_A_MONTH: u32 = 21;

impl Caps {
    /// How many clients she takes, who may each write every day.
    pub fn clients(self) -> Option<u32> {
        let by_month = self.month.map(|month| if month == 0 { 0 } else { (month / REPORTS_A_MONTH).max(1) });
        self.day.into_iter().chain(by_month).min()
    }
}

/// What is known of a supporter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupporterTraits {
    /// Tags.
    pub aptitudes: Vec<String>,
    /// The languages that she answers in.
    pub languages: Vec<Locale>,
    /// When she usually answers, by her own clock.
    pub answers: Vec<Span>,
    /// How many reports she takes.
    pub caps: Caps,
}

/// What an operator says of a client; `None` leaves it as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientSet {
    /// Tags.
    pub topics: Option<Vec<String>>,
    /// Whether somebody else than her supporters may answer one letter.
    pub pool: Option<bool>,
}

/// What an operator says of a supporter; `None` leaves it as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupporterSet {
    /// Tags.
    pub aptitudes: Option<Vec<String>>,
    /// The languages that she answers in.
    pub languages: Option<Vec<Locale>>,
    /// When she usually answers.
    pub answers: Option<Vec<Span>>,
    /// How many reports she takes on a day; `Some(None)`: any number.
    pub cap_day: Option<Option<u32>>,
    /// The same for a month.
    pub cap_month: Option<Option<u32>>,
    /// The weekdays that she is off.
    pub off: Option<Weekdays>,
    /// Whether she reads what newcomers write.
    pub reader: Option<bool>,
}

/// So many of something, as an operator reads it: `1 client`, `2 clients`.
pub fn counted(many: impl std::fmt::Display, what: &str) -> String {
    let many = many.to_string();
    let plural = if many == "1" { "" } else { "s" };
    format!("{many} {what}{plural}")
}

/// Tags between commas. `None` where one is too long or cannot be shown.
pub fn tags(text: &str) -> Option<Vec<String>> {
    const LONGEST: usize = 30;
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split([',', '、', '，']).map(str::trim).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > LONGEST || tag.contains(char::is_control) {
            return None;
        }
        if !tags.iter().any(|known| fold(known) == fold(tag)) {
            tags.push(tag.to_owned());
        }
    }
    Some(tags)
}

/// Minutes of a day, by the clock of UTC.
pub type Minute = u16;
const DAY: Minute = 24 * 60;

/// A time of every day, by the clock of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// When it begins.
    pub from: Minute,
    /// For how many minutes it lasts.
    pub lasts: Minute,
}

impl Spell {
    /// How many minutes there are from `at` until it holds.
    fn wait(self, at: Minute) -> Minute {
        let since = (at + DAY - self.from) % DAY;
        if since < self.lasts { 0 } else { DAY - since }
    }
}

/// A client who needs somebody.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The language that she is written to in.
    pub locale: Locale,
    /// Tags.
    pub topics: Vec<String>,
    /// When her last letters came.
    pub written: Vec<Minute>,
    /// When answers reach her, where she chose it.
    pub arrives: Option<Spell>,
}

/// A supporter who may be the one.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Her name.
    pub name: String,
    /// The languages that she answers in.
    pub languages: Vec<Locale>,
    /// Tags.
    pub aptitudes: Vec<String>,
    /// When she usually answers.
    pub answers: Vec<Spell>,
    /// Of how many clients she is the own supporter.
    pub clients: u32,
    /// How many she takes, by her caps.
    pub takes: Option<u32>,
    /// How many would be many, where she has no caps.
    pub many: u32,
    /// On which of the next [`DAYS`] she will be away.
    pub away: Vec<Day>,
}

/// How far absences are looked ahead.
pub const DAYS: i32 = 28;

/// What there is between the two.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bond {
    /// They are one person.
    pub herself: bool,
    /// They may have nothing to do with each other.
    pub excluded: bool,
    /// She is her supporter.
    pub own: bool,
    /// She is her second one.
    pub second: bool,
    /// So many letters she answered her in the last weeks.
    pub answered: u32,
}

/// What keeps somebody out. An exclusion says nothing of whose word it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Nobody answers herself.
    Herself,
    /// They may have nothing to do with each other.
    Excluded,
    /// She does not answer in the client's language.
    Language(Locale),
    /// She has as many clients as she takes.
    Full {
        /// So many she has.
        has: u32,
        /// So many she takes.
        takes: u32,
    },
}

impl LeftOut {
    /// For the operator.
    pub fn words(self) -> String {
        match self {
            Self::Herself => "is the same person".to_owned(),
            Self::Excluded => "an exclusion stands".to_owned(),
            Self::Language(locale) => format!("does not answer in {}", locale.word()),
            Self::Full { has, takes } => format!("has {} and takes {takes}", counted(has, "client")),
        }
    }
}

/// One thing that speaks for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Speaks {
    /// How much.
    pub points: i32,
    /// For the operator.
    pub words: String,
}

/// How well somebody fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// The supporter's name.
    pub supporter: String,
    /// All points.
    pub points: i32,
    /// What they are made of, the weightiest first.
    pub reasons: Vec<Speaks>,
}

/// Somebody who is left out, for a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotHer {
    /// The supporter's name.
    pub supporter: String,
    /// Why, in words.
    pub why: String,
}

/// Who could answer a client, the best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The client's name.
    pub client: String,
    /// For her own supporter.
    pub supporter: Vec<Fit>,
    /// For the second one.
    pub second: Vec<Fit>,
    /// Who is left out.
    pub left_out: Vec<NotHer>,
}

/// What keeps her out; nothing in most cases.
pub fn keeps_out(wanted: &Wanted, who: &Candidate, bond: &Bond) -> Option<LeftOut> {
    let others = who.clients.saturating_sub(u32::from(bond.own));
    match who.takes {
        _ if bond.herself => Some(LeftOut::Herself),
        _ if bond.excluded => Some(LeftOut::Excluded),
        _ if !who.languages.contains(&wanted.locale) => Some(LeftOut::Language(wanted.locale)),
        Some(takes) if others >= takes => Some(LeftOut::Full { has: who.clients, takes }),
        _ => None,
    }
}

/// How well a supporter fits a client whom nothing keeps her from.
pub fn fit(wanted: &Wanted, who: &Candidate, bond: &Bond) -> Fit {
    let mut reasons: Vec<Speaks> =
        [known(bond), topics(wanted, who), hours(wanted, who), room(who, bond), presence(who)]
            .into_iter()
            .flatten()
            .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let points = reasons.iter().map(|reason| reason.points).sum();
    Fit { supporter: who.name.clone(), points, reasons }
}

/// The same where she stands in for somebody: who is away on the same days is of less use.
pub fn fit_as_second(fit: Fit, who: &Candidate, own: &Candidate) -> Fit {
    let both =
        i32::try_from(who.away.iter().filter(|day| own.away.contains(day)).count()).unwrap_or(i32::MAX);
    let Fit { supporter, mut points, mut reasons } = fit;
    if both > 0 {
        let less = -both.min(10) * 2;
        reasons.push(Speaks { points: less, words: format!("away with {} on {both} days", own.name) });
        points += less;
    }
    Fit { supporter, points, reasons }
}

fn speaks(points: i32, words: String) -> Option<Speaks> {
    Some(Speaks { points, words })
}

/// The same person for weeks is worth more than balance.
fn known(bond: &Bond) -> Option<Speaks> {
    let lately = i32::try_from(bond.answered.min(10)).unwrap_or(0);
    match bond {
        Bond { own: true, .. } => speaks(40 + lately, "answers her now".to_owned()),
        Bond { second: true, .. } => speaks(20 + lately, "is her second one: known by name".to_owned()),
        Bond { answered, .. } if *answered > 0 => {
            speaks(lately, format!("answered her {answered} times lately"))
        }
        _ => None,
    }
}

fn topics(wanted: &Wanted, who: &Candidate) -> Option<Speaks> {
    let has = |topic: &&String| who.aptitudes.iter().any(|aptitude| fold(aptitude) == fold(topic));
    let shared: Vec<&str> = wanted.topics.iter().filter(has).map(String::as_str).collect();
    let points = i32::try_from(shared.len().min(3)).unwrap_or(0) * 10;
    if points == 0 { None } else { speaks(points, format!("topics: {}", shared.join(", "))) }
}

/// How long her letters would lie until they are answered in usual hours, and the answer arrives.
fn hours(wanted: &Wanted, who: &Candidate) -> Option<Speaks> {
    const MOST: u32 = 20;
    if wanted.written.is_empty() || who.answers.is_empty() {
        return speaks(10, "hours: not known".to_owned());
    }
    let wait = |at: &Minute| {
        let until = |spell: &Spell| {
            let first = spell.wait(*at);
            let then = wanted.arrives.map_or(0, |arrives| arrives.wait((*at + first) % DAY));
            u32::from(first) + u32::from(then)
        };
        who.answers.iter().map(until).min().unwrap_or(u32::from(DAY))
    };
    let count = u32::try_from(wanted.written.len()).unwrap_or(u32::MAX);
    let mean = wanted.written.iter().map(wait).sum::<u32>() / count;
    let points = MOST.saturating_sub(mean * MOST / u32::from(DAY));
    let words = format!("hours: an answer in about {} h", (mean + 30) / 60);
    speaks(i32::try_from(points).unwrap_or(0), words)
}

/// What she carries, against what she takes.
fn room(who: &Candidate, bond: &Bond) -> Option<Speaks> {
    const MOST: u32 = 20;
    let others = who.clients.saturating_sub(u32::from(bond.own));
    let limit = who.takes.unwrap_or(who.many).max(1);
    let points = MOST.saturating_sub(others * MOST / limit);
    let words = match who.takes {
        Some(takes) => format!("has {}, takes {takes}", counted(others, "other client")),
        None => format!("has {}", counted(others, "other client")),
    };
    speaks(i32::try_from(points).unwrap_or(0), words)
}

fn presence(who: &Candidate) -> Option<Speaks> {
    let away = i32::try_from(who.away.len()).unwrap_or(i32::MAX).min(DAYS);
    let points = 10 - away * 10 / DAYS;
    let words = match who.away.first() {
        Some(first) => format!("away on {away} of {DAYS} days, from {first}"),
        None => "not away".to_owned(),
    };
    speaks(points, words)
}

#[cfg(test)]
mod tests;
