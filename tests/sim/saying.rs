//! What supporters say to us about themselves, in the words that people use: that they are writing, that somebody else
//! is to answer, when they are away, and that they are not after all.

use crate::chance::Chance;
use crate::hours::{Hours, month_and_day};
use crate::people::Person;

/// A supporter says it to us, and nobody else hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// She is writing just now.
    Writing,
    /// Somebody else is to answer.
    Cover,
    /// She is away from one day until another, by their numbers.
    Away(i64, i64),
    /// What was written down is taken back.
    Undo,
    /// It was she who said it.
    Mine,
}

impl Say {
    /// For the story.
    pub fn what(self) -> &'static str {
        match self {
            Self::Writing => "a word that an answer is being written",
            Self::Cover => "a plea for cover",
            Self::Away(..) => "an absence",
            Self::Undo => "an absence taken back",
            Self::Mine => "a yes to her absence",
        }
    }

    /// What she types, at some time.
    pub fn text(self, person: &Person, at: i64, chance: &mut Chance) -> String {
        let list: &[&str] = match (self, person.japanese) {
            (Self::Writing, true) => {
                &["いま書いています", "今書いています。", "書いているところです。\nよろしくお願いします。"]
            }
            (Self::Writing, false) => &["writing", "I am writing."],
            (Self::Cover, true) => &["代わって", "代わってください。", "すみませんが、代わってください。"],
            (Self::Cover, false) => &["please cover", "Please cover."],
            (Self::Undo, true) => &["取り消し", "取り消します。"],
            (Self::Undo, false) => &["undo"],
            (Self::Mine, true) => &["はい"],
            (Self::Mine, false) => &["Yes"],
            (Self::Away(from, until), _) => return away(from, until, person, at, chance),
        };
        (*chance.pick(list)).to_owned()
    }
}

fn away(from: i64, until: i64, person: &Person, at: i64, chance: &mut Chance) -> String {
    let (japanese, hours) = (person.japanese, &person.hours);
    let ((month, first), (_, last)) = (month_and_day(from), month_and_day(until));
    // Between midnight and four nobody can tell which day is tomorrow.
    let tomorrow = from == until && from == hours.day(at) + 1 && !hours.is_within((0, Hours::MORNING), at);
    if !japanese {
        return match () {
            () if tomorrow && chance.percent(60) => "I will be away tomorrow. Thanks!".to_owned(),
            () if from == until => format!("off Dec {first}"),
            () => format!("off Dec {first}-{last}"),
        };
    }
    let said = match () {
        () if tomorrow && chance.percent(60) => "明日お休みします".to_owned(),
        () if from == until => format!("{month}/{first} お休みします"),
        () if chance.percent(50) => format!("お休み {month}/{first}-{month}/{last}"),
        () => format!("{month}月{first}日から{last}日までお休みします。"),
    };
    if chance.percent(70) {
        said
    } else {
        format!("お世話になっております。\n{said}\nよろしくお願いいたします。")
    }
}
