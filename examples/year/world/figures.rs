//! What the year came to: the figures, and whether each is what was promised.

use serde::Serialize;

use super::judge::{Judge, Report};
use super::model::Model;

/// All that is printed. Shares are parts of one, times are hours.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The same number gives the same year.
    pub seed: u64,
    /// For so many days reports were written.
    pub days: usize,
    /// Reports that were written.
    pub reports: usize,
    /// Answered by a person before their deadline.
    pub answered_in_time: usize,
    /// Not so, and their writer was told before it.
    pub told_before: usize,
    /// Neither.
    pub neither: usize,
    /// Never answered at all.
    pub never_answered: usize,
    /// Of those that were answered in time, those whose writer had been told that they may be late.
    pub told_and_in_time: usize,
    /// From a report to its answer: so long at most for half of the reports; none where that was never.
    pub p50_hours: Option<f64>,
    /// The same for 95 of 100.
    pub p95_hours: Option<f64>,
    /// The same for 99 of 100.
    pub p99_hours: Option<f64>,
    /// Supporters' days on which one was given more reports than her cap.
    pub over_cap: usize,
    /// The most reports that a supporter was given on a day.
    pub most_given_a_day: usize,
    /// Reports that the client's own supporter answered first, of those that were answered.
    pub own_supporter_share: f64,
    /// The same, by the second one.
    pub second_share: f64,
    /// The same, by anybody else.
    pub others_share: f64,
    /// Reports that somebody of the pool answered first.
    pub pool_answers: usize,
    /// Questions who takes one letter, to one person each.
    pub pool_asks: usize,
    /// Answers to what was answered before, that reached the client all the same.
    pub further_answers: usize,
    /// Answers that came after another, and waited for their writer's word.
    pub set_aside: usize,
    /// Answers that were taken back before they went.
    pub recalled: usize,
    /// Words that waited for their writer to say whom they are for.
    pub held_for_meaning: usize,
    /// Answers of newcomers that somebody read first.
    pub newcomers_read: usize,
    /// Answers that reached a client and are not in the ledger.
    pub uncounted_work: usize,
    /// Supporters' days away, announced.
    pub on_leave_share: f64,
    /// The same, ill without a word.
    pub ill_share: f64,
    /// The same, gone without a word.
    pub gone_share: f64,
    /// Away on the day on which the fewest were.
    pub fewest_away: f64,
    /// The same for the most.
    pub most_away: f64,
    /// Leaves that were announced, without an answer that they were understood.
    pub leaves_not_understood: usize,
    /// Clients who were given another supporter, or another second one.
    pub moves: usize,
    /// Mails that told the office of a letter without an answer.
    pub told_the_office: usize,
    /// Mails that went out.
    pub mails: usize,
    /// Mails that reached somebody whom they do not concern.
    pub misdirected: usize,
    /// Mails that nobody in this year should have got.
    pub unexpected: usize,
    /// Mails of people that the engine put into quarantine.
    pub quarantined: usize,
    /// What the database took of the disk at the end.
    pub database_mb: u64,
    /// Reports by the hours that they waited, the last one for all that waited longer.
    #[serde(skip)]
    pub waited: Vec<usize>,
    /// Such a mail.
    #[serde(skip)]
    pub example: Option<String>,
}

/// Hours that are told apart.
const HOURS: usize = 36;

/// A promise, and what came of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// What.
    pub what: &'static str,
    /// What came of it.
    pub found: String,
    /// What was promised; empty where nothing was.
    pub promised: &'static str,
    /// Whether it was kept.
    pub holds: bool,
}

fn percent(part: f64) -> String {
    format!("{:.2} %", part * 100.0)
}

fn line(what: &'static str, found: String, promised: &'static str, holds: bool) -> Line {
    Line { what, found, promised, holds }
}

fn told(what: &'static str, found: String) -> Line {
    line(what, found, "", true)
}

fn share(some: usize, all: usize) -> f64 {
    let part = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if all == 0 { 0.0 } else { (part(some) / part(all) * 10_000.0).round() / 10_000.0 }
}

fn hours(minutes: i64) -> Option<f64> {
    Some((f64::from(i32::try_from(minutes).ok()?) / 6.0).round() / 10.0)
}

/// Of reports that waited so many minutes: how many of them so many hours.
fn by_hour(waited: &[i64]) -> Vec<usize> {
    let mut by_hour = vec![0; HOURS + 1];
    for minutes in waited {
        by_hour[usize::try_from(minutes / 60).unwrap_or(HOURS).min(HOURS)] += 1;
    }
    by_hour
}

impl Figures {
    /// Reckons. `away`: supporters' days on leave, ill, gone; `a_day`: how many were away on each day; `caps`: of each
    /// supporter.
    pub fn new(model: &Model, judge: &Judge, away: [usize; 3], a_day: &[usize], caps: &[u32]) -> Self {
        let reports = &judge.reports;
        let many = |which: &dyn Fn(&Report) -> bool| reports.iter().filter(|report| which(report)).count();
        let waits = |report: &Report| report.answered.map_or(i64::MAX, |(at, _)| at - report.written);
        let mut waited: Vec<i64> = reports.iter().map(waits).collect();
        waited.sort_unstable();
        let of_100 = |percent: usize| {
            hours(waited.get((waited.len() * percent).div_ceil(100).max(1) - 1).copied().unwrap_or(0))
        };
        let answered = many(&|report| report.answered.is_some());
        let by = |whose: &dyn Fn(&Report, usize) -> bool| {
            share(many(&|report| report.answered.is_some_and(|(_, by)| whose(report, by))), answered)
        };
        let (own, second) = (by(&|r, by| r.pair.own == by), by(&|r, by| r.pair.second == by));
        let late = |report: &Report| !report.in_time() && report.told_in_time();
        let others = |r: &Report| r.answered.is_some_and(|(_, by)| r.pair.own != by && r.pair.second != by);
        Self {
            seed: model.seed,
            days: model.days,
            reports: reports.len(),
            answered_in_time: many(&Report::in_time),
            told_before: many(&late),
            neither: many(&|report| !report.in_time() && !report.told_in_time()),
            never_answered: reports.len() - answered,
            told_and_in_time: many(&|report| report.in_time() && report.told.is_some()),
            p50_hours: of_100(50),
            p95_hours: of_100(95),
            p99_hours: of_100(99),
            over_cap: judge.over_cap(caps),
            most_given_a_day: judge.most_given(),
            own_supporter_share: own,
            second_share: second,
            others_share: share(many(&others), answered),
            pool_answers: many(&others),
            pool_asks: judge.asks,
            further_answers: judge.further,
            set_aside: judge.set_aside,
            recalled: judge.recalled,
            held_for_meaning: judge.held_for_meaning,
            newcomers_read: 0,
            uncounted_work: 0,
            on_leave_share: share(away[0], model.days * model.supporters),
            ill_share: share(away[1], model.days * model.supporters),
            gone_share: share(away[2], model.days * model.supporters),
            fewest_away: share(a_day.iter().copied().min().unwrap_or(0), model.supporters),
            most_away: share(a_day.iter().copied().max().unwrap_or(0), model.supporters),
            leaves_not_understood: judge.leaves.0 - judge.leaves.1.min(judge.leaves.0),
            moves: 0,
            told_the_office: judge.unanswered,
            mails: judge.mails,
            misdirected: judge.misdirected,
            unexpected: judge.odd.0,
            quarantined: 0,
            database_mb: 0,
            waited: by_hour(&waited),
            example: judge.odd.1.clone(),
        }
    }

    /// The promises of the year, one by one, and what else there is to know.
    pub fn lines(&self) -> Vec<Line> {
        let hours =
            |hours: Option<f64>| hours.map_or_else(|| "never".to_owned(), |hours| format!("{hours:.1} h"));
        let late = share(self.told_before, self.reports);
        let mut lines = vec![
            told("reports", self.reports.to_string()),
            told("answered in time", percent(share(self.answered_in_time, self.reports))),
            line("told before, and not answered in time", percent(late), "at most 1 %", late <= 0.01),
            line("neither answered in time nor told", self.neither.to_string(), "none", self.neither == 0),
            told("never answered", self.never_answered.to_string()),
            told("told, and answered in time after all", self.told_and_in_time.to_string()),
            told("report to answer, half of them", hours(self.p50_hours)),
            line(
                "95 of 100",
                hours(self.p95_hours),
                "under 18 h",
                self.p95_hours.is_some_and(|hours| hours < 18.0),
            ),
            told("99 of 100", hours(self.p99_hours)),
            line(
                "answered by her own supporter",
                percent(self.own_supporter_share),
                "at least 60 %",
                self.own_supporter_share >= 0.6,
            ),
            told("by the second one", percent(self.second_share)),
            told("by somebody else", percent(self.others_share)),
            told("questions who takes one letter", self.pool_asks.to_string()),
            told("answers after another, set aside", self.set_aside.to_string()),
            told("of these and others, delivered", self.further_answers.to_string()),
            told("answers taken back", self.recalled.to_string()),
            told("words that were asked about: for the office?", self.held_for_meaning.to_string()),
            told("newcomers' answers read first", self.newcomers_read.to_string()),
            line(
                "answers that the ledger does not have",
                self.uncounted_work.to_string(),
                "none",
                self.uncounted_work == 0,
            ),
            line(
                "days on which somebody was over her cap",
                self.over_cap.to_string(),
                "none",
                self.over_cap == 0,
            ),
            told("most reports given to one on a day", self.most_given_a_day.to_string()),
        ];
        lines.extend(self.people_and_mails());
        lines
    }

    fn people_and_mails(&self) -> Vec<Line> {
        let away = self.on_leave_share + self.ill_share + self.gone_share;
        vec![
            told("supporters away", percent(away)),
            told("  on leave, announced", percent(self.on_leave_share)),
            told("  ill, without a word", percent(self.ill_share)),
            told("  gone, without a word", percent(self.gone_share)),
            told("  on a day", format!("{} to {}", percent(self.fewest_away), percent(self.most_away))),
            line(
                "leaves not understood",
                self.leaves_not_understood.to_string(),
                "none",
                self.leaves_not_understood == 0,
            ),
            told("pairs changed by the operator", self.moves.to_string()),
            told("mails that told her of a letter", self.told_the_office.to_string()),
            told("mails sent", self.mails.to_string()),
            line("mails to the wrong person", self.misdirected.to_string(), "none", self.misdirected == 0),
            line("mails that nobody should get", self.unexpected.to_string(), "none", self.unexpected == 0),
            line("mails in quarantine", self.quarantined.to_string(), "none", self.quarantined == 0),
            told("database", format!("{} MB", self.database_mb)),
        ]
    }

    /// Whether every promise was kept.
    pub fn holds(&self) -> bool {
        self.lines().iter().all(|line| line.holds)
    }
}
