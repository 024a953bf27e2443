//! Who these people are: every number that the year is made of. What the issue asked for is fixed; the rest was chosen,
//! and all of it is printed.

use std::ops::RangeInclusive;

use yorisoi::rng::Rng;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;

/// The whole of it.
#[derive(Clone, Debug)]
pub struct Model {
    /// The same number gives the same year.
    pub seed: u64,
    /// For so many days reports are written.
    pub days: usize,
    /// People who write a report.
    pub clients: usize,
    /// People who answer.
    pub supporters: usize,
    /// Of a hundred days, those on which a client writes.
    pub writes_percent: u64,
    /// When: so many mails of a hundred, between these minutes after the midnight before.
    pub written: [(u64, RangeInclusive<i64>); 4],
    /// When a supporter's two windows may begin, in minutes after midnight. They end two hours later.
    pub windows: [RangeInclusive<i64>; 2],
    /// So long she takes for an answer, in minutes from when she saw the letter.
    pub answers_within: RangeInclusive<i64>,
    /// Between two of her answers, in minutes.
    pub pace: i64,
    /// Of a thousand days, those on which a supporter is away and said so.
    pub announced: u64,
    /// The same, ill and without a word.
    pub ill: u64,
    /// The same, gone without a word.
    pub gone: u64,
    /// A leave lasts so many days; each is as likely.
    pub leaves: &'static [i64],
    /// An illness lasts so many days.
    pub illnesses: &'static [i64],
    /// Who goes without a word is gone for so many days.
    pub gone_for: RangeInclusive<i64>,
    /// So many days before it begins a leave is announced.
    pub announced_before: RangeInclusive<i64>,
    /// What was due longer ago than this, in minutes, she does not answer any more.
    pub too_late: i64,
    /// How many reports a supporter takes on a day; each is as likely.
    pub caps: &'static [u32],
    /// When a supporter is left in peace.
    pub quiet: &'static str,
    /// Whoever is asked for one letter, and has time for it, says yes so many times of a hundred.
    pub yes_percent: u64,
    /// And no so many times; else she says nothing.
    pub no_percent: u64,
    /// Who has so many letters before her has no time for another.
    pub busy_from: usize,
    /// To a question older than this, in minutes, she says nothing.
    pub asks_last: i64,
    /// Of a thousand answers, those that their writer takes back at once, to write them again.
    pub recalls: u64,
    /// Of a thousand times that she would answer, those at which she says instead that she cannot, by the same reply.
    pub cannots: u64,
    /// One of so many supporters has never answered anybody; all others read what these write first.
    pub newcomers: usize,
    /// Of a hundred answers that somebody reads first, those to which she has a word for their writer.
    pub returned_percent: u64,
    /// Nobody is in the pool, answers go at once, nobody's are read first, and nobody says that she cannot: for comparison.
    pub plain: bool,
    /// So often the daemon looks at its mailbox, in minutes.
    pub looks_every: i64,
    /// When the operator comes, Monday to Friday, in minutes after midnight.
    pub office_opens: i64,
    /// Of whom nothing was heard for so many days, the operator asks how she is.
    pub silent_days: i64,
}

impl Model {
    /// The people of the year.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            days: 365,
            clients: 300,
            supporters: 60,
            writes_percent: 70,
            written: [
                (55, 20 * 60..=24 * 60 - 1),
                (15, 24 * 60..=26 * 60 - 1),
                (15, 6 * 60..=9 * 60 - 1),
                (15, 9 * 60..=20 * 60 - 1),
            ],
            windows: [6 * 60..=10 * 60, 12 * 60..=21 * 60],
            answers_within: 5..=40,
            pace: 5,
            announced: 200,
            ill: 60,
            gone: 40,
            leaves: &[1, 1, 1, 1, 1, 2, 2, 3, 5, 8],
            illnesses: &[1, 2, 3],
            gone_for: 14..=84,
            announced_before: 1..=10,
            too_late: DAY,
            caps: &[8, 10, 12, 12, 15],
            quiet: "22:00-07:00",
            yes_percent: 50,
            no_percent: 25,
            busy_from: 4,
            asks_last: 12 * 60,
            recalls: 10,
            cannots: 5,
            newcomers: 6,
            returned_percent: 10,
            plain: false,
            looks_every: 5,
            office_opens: 9 * 60,
            silent_days: 3,
        }
    }

    /// The same people without what the promise came to have later.
    pub fn in_plain(self) -> Self {
        Self { plain: true, recalls: 0, cannots: 0, ..self }
    }

    /// Line by line, for whoever reads the figures.
    pub fn told(&self) -> Vec<String> {
        let plain = "plain: nobody is in the pool, answers go at once, nobody's are read first".to_owned();
        let plain = Some(plain).filter(|_| self.plain);
        self.people_told().into_iter().chain(self.office_told()).chain(plain).collect()
    }

    fn people_told(&self) -> Vec<String> {
        let clock = |minute: &i64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let span = |span: &RangeInclusive<i64>| format!("{}–{}", clock(span.start()), clock(span.end()));
        let written = self.written.iter().map(|(percent, at)| format!("{percent} % {}", span(at)));
        let percent = |of_1000: u64| format!("{}.{} %", of_1000 / 10, of_1000 % 10);
        let mean = |days: &[i64]| {
            let tenths = days.iter().sum::<i64>() * 10 / i64::try_from(days.len()).unwrap_or(1);
            format!("{}–{} days, {}.{} in the mean", days[0], days[days.len() - 1], tenths / 10, tenths % 10)
        };
        vec![
            format!("seed {}, {} days, zone Asia/Tokyo, quiet hours of clients off", self.seed, self.days),
            format!("{} clients, each writes on {} % of days", self.clients, self.writes_percent),
            format!("their mails: {}", written.collect::<Vec<_>>().join(", ")),
            format!("{} supporters; one is the client's own, another the second one", self.supporters),
            format!(
                "a supporter's two windows of two hours begin {} and {}, the same every day",
                span(&self.windows[0]),
                span(&self.windows[1])
            ),
            format!(
                "there she answers {}–{} minutes after she sees a letter, {} minutes apart at least",
                self.answers_within.start(),
                self.answers_within.end(),
                self.pace
            ),
            format!(
                "every supporter has a cap of {:?} reports a day (each as likely), and quiet hours of her own, {}",
                self.caps, self.quiet
            ),
            format!(
                "all clients and supporters agreed to the pool; asked for one letter she says, in a window and with time left \
                 to write, yes {} %, no {} %, else nothing; nothing with {} letters before her, or after {} hours",
                self.yes_percent,
                self.no_percent,
                self.busy_from,
                self.asks_last / 60
            ),
            format!("of a thousand answers {} are taken back at once, and written again", self.recalls),
            format!(
                "{} times of a thousand she replies that she cannot write today, and says that it is for the office when asked",
                self.cannots
            ),
            "an answer that came after another: deliver it (1/2), put it away (1/4), or nothing said (1/4)"
                .to_owned(),
            format!("what was due more than {} hours ago she leaves", self.too_late / 60),
            format!(
                "away and announced by mail {}–{} days before: {} of days ({})",
                self.announced_before.start(),
                self.announced_before.end(),
                percent(self.announced),
                mean(self.leaves)
            ),
            format!("ill without a word: {} of days ({})", percent(self.ill), mean(self.illnesses)),
            format!(
                "gone without a word: {} of days ({})",
                percent(self.gone),
                format!("{}–{} weeks", self.gone_for.start() / 7, self.gone_for.end() / 7)
            ),
        ]
    }

    /// The same of readers, of the machine and of the operator.
    fn office_told(&self) -> [String; 4] {
        let clock = |minute: &i64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        [
            format!(
                "one of {} supporters is new, and all others read her first five answers; they have a word for her at {} %, \
                 else they say that it is good, a half of them without a word",
                self.newcomers, self.returned_percent
            ),
            format!("mail is looked for every {} minutes", self.looks_every),
            format!(
                "the operator comes Monday to Friday at {}; of whom she heard nothing for {} days, she asks how she is",
                clock(&self.office_opens),
                self.silent_days
            ),
            "who does not answer her by the next morning is taken for gone: her clients get others"
                .to_owned(),
        ]
    }
}

/// Chance, in the words of this house.
pub trait Draw {
    /// Any number of the span, each as likely.
    fn within(&mut self, span: &RangeInclusive<i64>) -> i64;
    /// True for so many of `of`.
    fn happens(&mut self, so_many: u64, of: u64) -> bool;
    /// Any of them.
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T;
}

impl Draw for Rng {
    fn within(&mut self, span: &RangeInclusive<i64>) -> i64 {
        let many = u64::try_from(span.end() - span.start() + 1).unwrap_or(1);
        span.start() + i64::try_from(self.below(many)).unwrap_or(0)
    }

    fn happens(&mut self, so_many: u64, of: u64) -> bool {
        self.below(of) < so_many
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let many = u64::try_from(all.len()).unwrap_or(1);
        &all[usize::try_from(self.below(many)).unwrap_or(0)]
    }
}
