//! Somebody has nothing to do with somebody else any more: who answers then. No reason is kept, and none is told.

use super::people::SupporterId;

/// By whose word. Each word stands alone: taking one back leaves the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// The client asked for another supporter.
    Client,
    /// The supporter may know her.
    Supporter,
    /// The operator decided it.
    Operator,
}

impl SaidBy {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Client, Self::Supporter, Self::Operator];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Supporter => "supporter",
            Self::Operator => "operator",
        }
    }
}

/// Who answers a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    /// Her own supporter.
    pub own: Option<SupporterId>,
    /// Her second one.
    pub second: Option<SupporterId>,
}

impl Answering {
    /// Who answers her without somebody. Whoever was the second one is known to her by name, and answers from now on.
    pub fn without(self, gone: SupporterId) -> Self {
        let second = self.second.filter(|second| *second != gone);
        if self.own == Some(gone) { Self { own: second, second: None } } else { Self { second, ..self } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_answers_where_the_first_may_not() {
        let ids = |(own, second): (Option<i64>, Option<i64>)| Answering {
            own: own.map(SupporterId),
            second: second.map(SupporterId),
        };
        let check = |before, gone, after| {
            assert_eq!(ids(before).without(SupporterId(gone)), ids(after), "{before:?} without {gone}");
        };
        check((Some(1), Some(2)), 1, (Some(2), None));
        check((Some(1), Some(2)), 2, (Some(1), None));
        check((Some(1), Some(2)), 3, (Some(1), Some(2)));
        check((Some(1), None), 1, (None, None));
        check((None, None), 1, (None, None));
    }
}
