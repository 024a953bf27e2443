//! Clients and supporters: when each is there, what lies before her, when she will answer it.

use std::collections::BTreeMap;

use yorisoi::rng::Rng;

use super::calendar::Minute;
use super::letters::{Letter, Writer};
use super::model::{DAY, Draw, Model};

/// How it is with a supporter on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// She is there.
    There,
    /// She said that she would not be.
    OnLeave,
    /// Ill, and said nothing.
    Ill,
    /// Gone, and said nothing.
    Gone,
}

/// A leave that is announced.
#[derive(Clone, Copy, Debug)]
pub struct Leave {
    /// When she writes.
    pub announced: Minute,
    /// Its first and last day.
    pub days: (i64, i64),
}

/// A letter that she has to answer.
#[derive(Clone, Debug)]
pub struct Open {
    /// The mail to which she replies: the newest about this report.
    pub letter: Letter,
}

/// Somebody who answers.
#[derive(Debug)]
pub struct Supporter {
    /// The name that clients see.
    pub name: String,
    /// Her address.
    pub address: String,
    /// Begin and end of her windows, in minutes after midnight.
    pub windows: [(i64, i64); 2],
    /// Day by day.
    pub presence: Vec<Presence>,
    /// Those that she announces.
    pub leaves: Vec<Leave>,
    /// She takes so many reports on a day.
    pub cap: u32,
    /// What lies before her, by the number of the report.
    pub open: BTreeMap<usize, Open>,
    /// When she writes the last answer that she has in mind.
    busy_until: Minute,
    chance: Rng,
}

/// Somebody who writes reports.
#[derive(Debug)]
pub struct Client {
    /// As she wants to be called.
    pub name: String,
    /// Her address.
    pub address: String,
    /// When she writes, and for which day.
    pub reports: Vec<(i64, Minute)>,
}

/// People had leaves and illnesses before the year, and some are in the middle of one when it begins.
const BEFORE: i64 = 30;
/// Days that reports may take after the last one was written.
const AFTERWARDS: usize = 4;

const HEADS: [&str; 20] = [
    "はる", "なつ", "あき", "ふゆ", "ゆき", "はな", "みつ", "とも", "かず", "まさ", "よし", "のぶ", "さと",
    "たか", "みち", "やす", "きよ", "てる", "ひろ", "しげ",
];
const CLIENT_ENDS: [&str; 15] =
    ["か", "と", "み", "え", "こ", "の", "な", "き", "ね", "じ", "た", "や", "よ", "す", "ほ"];
const SUPPORTER_ENDS: [&str; 3] = ["せん", "りん", "まる"];

fn name(heads: &[&str], ends: &[&str], n: usize) -> String {
    let again = n / (heads.len() * ends.len());
    let more = if again == 0 { String::new() } else { (again + 1).to_string() };
    format!("{}{}{more}", heads[n % heads.len()], ends[n / heads.len() % ends.len()])
}

impl Client {
    /// The `n`th, and her year.
    pub fn new(n: usize, model: &Model, chance: &mut Rng) -> Self {
        let mut reports = Vec::new();
        for day in 0..i64::try_from(model.days).unwrap_or(0) {
            if !chance.happens(model.writes_percent, 100) {
                continue;
            }
            let mut left = chance.below(100);
            for (percent, span) in &model.written {
                if left < *percent {
                    reports.push((day, day * DAY + chance.within(span)));
                    break;
                }
                left -= percent;
            }
        }
        let (name, address) = (name(&HEADS, &CLIENT_ENDS, n), format!("client@c{n}.example"));
        Self { name, address, reports }
    }

    /// As her mails say it.
    pub fn writer(&self) -> Writer<'_> {
        Writer { name: "Real Name", address: &self.address }
    }
}

impl Supporter {
    /// The `n`th, and her year. `gone`: from which day on, and for how long, she is gone without a word.
    pub fn new(n: usize, model: &Model, gone: Option<(i64, i64)>, seed: u64, chance: &mut Rng) -> Self {
        let windows = model.windows.clone().map(|begin| {
            let begin = chance.within(&begin) / 5 * 5;
            (begin, begin + 120)
        });
        let mut supporter = Self {
            name: name(&HEADS, &SUPPORTER_ENDS, n),
            address: format!("supporter@s{n}.example"),
            windows,
            presence: vec![Presence::There; model.days + AFTERWARDS],
            leaves: Vec::new(),
            cap: *chance.pick(model.caps),
            open: BTreeMap::new(),
            busy_until: 0,
            chance: Rng::from_seed(seed),
        };
        let end = i64::try_from(supporter.presence.len()).unwrap_or(0);
        match gone {
            Some((from, days)) => {
                supporter.mark(from, from + days, Presence::Gone);
                supporter.plan(-BEFORE, from, model, chance);
                supporter.plan(from + days, end, model, chance);
            }
            None => supporter.plan(-BEFORE, end, model, chance),
        }
        // What was announced before the year is announced when it begins.
        supporter.leaves.retain(|leave| leave.days.1 >= 0);
        for leave in &mut supporter.leaves {
            (leave.announced, leave.days.0) = (leave.announced.max(1), leave.days.0.max(0));
        }
        supporter
    }

    fn mark(&mut self, from: i64, until: i64, presence: Presence) {
        for day in from.max(0)..until {
            if let Some(at) = usize::try_from(day).ok().and_then(|day| self.presence.get_mut(day)) {
                *at = presence;
            }
        }
    }

    /// Leaves and illnesses between two days, each after some days on which she is there.
    fn plan(&mut self, from: i64, until: i64, model: &Model, chance: &mut Rng) {
        // Of a thousand days on which she is not gone.
        let away = (model.announced + model.ill) * 1000 / (1000 - model.gone);
        let sum = |days: &[i64]| u64::try_from(days.iter().sum::<i64>()).unwrap_or(1);
        let count = |days: &[i64]| u64::try_from(days.len()).unwrap_or(1);
        // How often a time away is a leave, so that both take their share of days; means in thousandths of a day.
        let means = [model.leaves, model.illnesses].map(|days| sum(days) * 1000 / count(days));
        let [leave, ill] = [model.announced * 1_000_000 / means[0], model.ill * 1_000_000 / means[1]];
        let mean = (leave * means[0] + ill * means[1]) / (leave + ill);
        let between = mean * (1000 - away) / away;
        let mut day = from;
        loop {
            let begun = day;
            day += 1;
            while day < until && !chance.happens(1_000_000, between * 1000) {
                day += 1;
            }
            if day >= until {
                return;
            }
            let announced = chance.happens(leave, leave + ill);
            let long = *chance.pick(if announced { model.leaves } else { model.illnesses });
            let last = (day + long).min(until) - 1;
            if announced {
                let before = chance.within(&model.announced_before).min(day - begun);
                let at = (day - before) * DAY + self.windows[0].0 + chance.within(&(0..=119));
                self.leaves.push(Leave { announced: at, days: (day, last) });
                self.mark(day, last + 1, Presence::OnLeave);
            } else {
                self.mark(day, last + 1, Presence::Ill);
            }
            day = last + 1;
        }
    }

    /// As her mails say it.
    pub fn writer(&self) -> Writer<'_> {
        Writer { name: &self.name, address: &self.address }
    }

    /// How it is with her at that minute.
    pub fn presence(&self, minute: Minute) -> Presence {
        let day = usize::try_from(minute.div_euclid(DAY)).unwrap_or(0);
        self.presence.get(day).copied().unwrap_or(Presence::Gone)
    }

    /// When she will have answered a letter that she got at `minute`: in one of her windows, when she is there, and one
    /// after the other. `None`: never.
    pub fn answers_at(&mut self, minute: Minute, model: &Model) -> Option<Minute> {
        let takes = self.chance.within(&model.answers_within);
        let today = minute.div_euclid(DAY);
        let days = i64::try_from(self.presence.len()).unwrap_or(0);
        for day in today..days {
            if self.presence(day * DAY) != Presence::There {
                continue;
            }
            for (begin, end) in self.windows {
                let (begin, end) = (day * DAY + begin, day * DAY + end);
                let at = (minute.max(begin) + takes).max(self.busy_until + model.pace);
                if at <= end && minute < end {
                    self.busy_until = at;
                    return Some(at);
                }
            }
        }
        None
    }
}

/// What she says to a mail that asks her something.
impl Supporter {
    /// When she says that she takes one letter, or does not, and with which words. `None`: she says nothing, or comes to
    /// it when it is too late for that, or when she has no time left for the letter.
    pub fn takes_one(&mut self, minute: Minute, model: &Model) -> Option<(Minute, &'static str)> {
        let (takes, says) = (self.chance.within(&model.answers_within), self.chance.below(100));
        let word = match says {
            _ if says < model.yes_percent => "はい",
            _ if says < model.yes_percent + model.no_percent => "今日は無理です",
            _ => return None,
        };
        let windows = [0, 1].into_iter().flat_map(|later| {
            let day = minute.div_euclid(DAY) + later;
            self.windows.map(|(begin, end)| (day * DAY + begin, day * DAY + end))
        });
        let there = |begin: &Minute| self.presence(*begin) == Presence::There;
        let mut times = windows
            .filter(|(begin, _)| there(begin))
            .map(|(begin, end)| (minute.max(begin) + takes, end))
            .filter(|(at, end)| at + model.answers_within.end() + model.pace <= *end);
        times.next().filter(|(at, _)| at - minute <= model.asks_last).map(|(at, _)| (at, word))
    }

    /// When she says what shall become of an answer that came after another, and with which words. `None`: she leaves it.
    pub fn settles(&mut self, minute: Minute, model: &Model) -> Option<(Minute, &'static str)> {
        let word = *self.chance.pick(&["届ける", "届ける", "しまう", ""]);
        let at = self.answers_at(minute, model)?;
        (!word.is_empty()).then_some((at, word))
    }

    /// When she has read what a newcomer wrote, and what she says of it.
    pub fn reads(&mut self, minute: Minute, model: &Model) -> Option<(Minute, &'static str)> {
        let word = match self.chance.happens(model.returned_percent, 100) {
            true => "もう少しやわらかく書いてみてはどうでしょう。",
            false => *self.chance.pick(&["いいと思います", ""]),
        };
        self.answers_at(minute, model).map(|at| (at, word))
    }

    /// Whether she cannot write, where she would.
    pub fn cannot(&mut self, model: &Model) -> bool {
        self.chance.happens(model.cannots, 1000)
    }

    /// Whether she takes back what she has just written.
    pub fn thinks_again(&mut self, model: &Model) -> bool {
        self.chance.happens(model.recalls, 1000)
    }
}

/// Who goes without a word: so many that the days come to the model's share.
pub fn gone(model: &Model, chance: &mut Rng) -> BTreeMap<usize, (i64, i64)> {
    let all = (0..model.supporters).map(|_| i64::try_from(model.days).unwrap_or(0)).sum::<i64>();
    let mut left = all * i64::try_from(model.gone).unwrap_or(0) / 1000;
    let mut gone = BTreeMap::new();
    while left > 0 && gone.len() < model.supporters {
        let who = usize::try_from(chance.below(u64::try_from(model.supporters).unwrap_or(1))).unwrap_or(0);
        let days = chance.within(&model.gone_for).min(left.max(1));
        // Not in the first days, when nobody knows anybody.
        let from = chance.within(&(3..=i64::try_from(model.days).unwrap_or(3).max(4) - 1));
        if gone.contains_key(&who) {
            continue;
        }
        left -= days.min(i64::try_from(model.days).unwrap_or(0) - from);
        gone.insert(who, (from, days));
    }
    gone
}
