//! The people of the demo and what they write, in both languages.

use crate::domain::locale::Locale;

/// Somebody with a mailbox.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// As the other side knows her.
    pub(super) name: &'static str,
    /// Her address.
    pub(super) address: &'static str,
}

/// A client, her supporter, and what they write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Who writes the report.
    pub(super) client: Person,
    /// What she wants to reach.
    pub(super) goal: &'static str,
    /// Her report: a mail without Date and Message-ID, which the submission server adds.
    pub(super) report: &'static [u8],
    /// Who answers it.
    pub(super) supporter: Person,
    /// Her words.
    pub(super) answer: &'static str,
}

/// Everybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    /// The language of the demo.
    pub(super) locale: Locale,
    /// The service: its name and the one address that everybody writes to.
    pub(super) service: Person,
    /// Everybody's time zone.
    pub(super) timezone: &'static str,
    /// The people.
    pub(super) pairs: [Pair; 2],
}

const ADDRESS: &str = "care@yorisoi.example";

const JA: Cast = Cast {
    locale: Locale::Ja,
    service: Person { name: "よりそい便り", address: ADDRESS },
    timezone: "Asia/Tokyo",
    pairs: [
        Pair {
            client: Person { name: "はる", address: "haru@phone.example" },
            goal: "週に3回、10分歩く",
            report: include_bytes!("../../fixtures/demo/ja/haru.eml"),
            supporter: Person { name: "あい", address: "ai@home.example" },
            answer: include_str!("../../fixtures/demo/ja/ai.txt"),
        },
        Pair {
            client: Person { name: "なつ", address: "natsu@web.example" },
            goal: "一日にひとつ、家のことをする",
            report: include_bytes!("../../fixtures/demo/ja/natsu.eml"),
            supporter: Person { name: "みどり", address: "midori@home.example" },
            answer: include_str!("../../fixtures/demo/ja/midori.txt"),
        },
    ],
};

const EN: Cast = Cast {
    locale: Locale::En,
    service: Person { name: "Yorisoi Letters", address: ADDRESS },
    timezone: "Europe/London",
    pairs: [
        Pair {
            client: Person { name: "Rose", address: "rose@phone.example" },
            goal: "Walk ten minutes, three times a week",
            report: include_bytes!("../../fixtures/demo/en/rose.eml"),
            supporter: Person { name: "Mary", address: "mary@home.example" },
            answer: include_str!("../../fixtures/demo/en/mary.txt"),
        },
        Pair {
            client: Person { name: "Iris", address: "iris@web.example" },
            goal: "One thing in the house each day",
            report: include_bytes!("../../fixtures/demo/en/iris.eml"),
            supporter: Person { name: "Ann", address: "ann@home.example" },
            answer: include_str!("../../fixtures/demo/en/ann.txt"),
        },
    ],
};

impl Cast {
    /// The cast that speaks this language.
    pub(super) fn of(locale: Locale) -> Self {
        match locale {
            Locale::Ja => JA,
            Locale::En => EN,
        }
    }

    /// The text in the language of the demo.
    pub(super) fn say(&self, ja: impl Into<String>, en: impl Into<String>) -> String {
        match self.locale {
            Locale::Ja => ja.into(),
            Locale::En => en.into(),
        }
    }

    /// Every address that has a mailbox, the service's first.
    pub(super) fn addresses(&self) -> Vec<String> {
        let people = self.pairs.iter().flat_map(|pair| [pair.client, pair.supporter]);
        std::iter::once(self.service).chain(people).map(|person| person.address.to_owned()).collect()
    }
}
