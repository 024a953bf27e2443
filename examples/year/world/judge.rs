//! What became of every report, by what its writer saw in her mailbox. The judge asks nobody's database.

use std::collections::BTreeMap;

use super::calendar::Minute;
use super::model::DAY;
use super::office::Pair;

/// When answers are promised: at this minute of the day after.
const DUE: i64 = 20 * 60;
/// A day of reports begins at this minute.
const DAY_BEGINS: i64 = 4 * 60;

/// One report.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Who wrote it.
    pub client: usize,
    /// For which day.
    pub day: i64,
    /// When.
    pub written: Minute,
    /// Whom she had then.
    pub pair: Pair,
    /// When the first answer arrived, and whose it was.
    pub answered: Option<(Minute, usize)>,
    /// When she heard that it may be late.
    pub told: Option<Minute>,
}

impl Report {
    /// Until when an answer is promised.
    pub fn due(&self) -> Minute {
        (self.day + 1) * DAY + DUE
    }

    /// Whether a person answered in time.
    pub fn in_time(&self) -> bool {
        self.answered.is_some_and(|(at, _)| at <= self.due())
    }

    /// Whether its writer heard the truth in time.
    pub fn told_in_time(&self) -> bool {
        self.told.is_some_and(|at| at <= self.due())
    }
}

/// Who watches.
#[derive(Debug, Default)]
pub struct Judge {
    /// Every report, by its number.
    pub reports: Vec<Report>,
    /// Reports that a supporter was given, by supporter and day.
    pub given: BTreeMap<(usize, i64), Vec<usize>>,
    /// Leaves that were announced, and those of which she heard that they were understood.
    pub leaves: (usize, usize),
    /// Mails that reached somebody whom they do not concern.
    pub misdirected: usize,
    /// Further answers to a report.
    pub further: usize,
    /// Answers that reached a client, by supporter.
    pub reached: BTreeMap<usize, usize>,
    /// Questions who takes one letter.
    pub asks: usize,
    /// Answers that came after another and waited for their writer's word.
    pub set_aside: usize,
    /// Answers that were taken back before they went.
    pub recalled: usize,
    /// Words that waited for their writer to say whom they are for.
    pub held_for_meaning: usize,
    /// Mails that went out.
    pub mails: usize,
    /// Mails that their reader did not expect, with an example.
    pub odd: (usize, Option<String>),
    /// Mails to the office about letters without an answer.
    pub unanswered: usize,
}

impl Judge {
    /// A client reads an answer.
    pub fn answered(&mut self, number: usize, client: usize, by: Option<usize>, at: Minute) {
        match (self.reports.get_mut(number), by) {
            (Some(report), Some(by)) if report.client == client => {
                *self.reached.entry(by).or_default() += 1;
                match report.answered {
                    None => report.answered = Some((at, by)),
                    Some(_) => self.further += 1,
                }
            }
            _ => self.misdirected += 1,
        }
    }

    /// A client reads that her answer may be late.
    pub fn told(&mut self, client: usize, day: Option<i64>, at: Minute) {
        let mut hers = self.reports.iter_mut().rev().filter(|report| report.client == client);
        match hers.find(|report| Some(report.day) == day) {
            Some(report) => report.told = report.told.or(Some(at)),
            None => self.misdirected += 1,
        }
    }

    /// A supporter reads a report that is hers to answer. False: it is not news.
    pub fn given(&mut self, supporter: usize, number: usize, at: Minute) {
        let day = (at - DAY_BEGINS).div_euclid(DAY);
        let given = self.given.entry((supporter, day)).or_default();
        if !given.contains(&number) {
            given.push(number);
        }
    }

    /// On how many days somebody was given more reports than her cap.
    pub fn over_cap(&self, caps: &[u32]) -> usize {
        let cap = |supporter: usize| {
            caps.get(supporter).map_or(usize::MAX, |cap| usize::try_from(*cap).unwrap_or(0))
        };
        self.given.iter().filter(|((supporter, _), given)| given.len() > cap(*supporter)).count()
    }

    /// The most reports that anybody was given on one day.
    pub fn most_given(&self) -> usize {
        self.given.values().map(Vec::len).max().unwrap_or(0)
    }

    /// Somebody reads what she cannot make out.
    pub fn odd(&mut self, what: impl FnOnce() -> String) {
        self.odd.0 += 1;
        self.odd.1.get_or_insert_with(what);
    }
}
