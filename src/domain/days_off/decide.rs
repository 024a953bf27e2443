//! What follows when a supporter says which weekdays are off, or replies to a mail about that.

use super::{Said, Spoken, Weekdays, Word, standing};
use crate::clock::Timestamp;
use crate::domain::absence::Days;
use crate::domain::calendar::Day;
use crate::domain::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use crate::domain::letter::office;
use crate::domain::limits;
use crate::domain::notice::{self, Notice, OfficeMatter, Why};
use crate::domain::outgoing::Kind;
use crate::domain::people::Supporter;
use crate::domain::returned;
use crate::domain::token::Purpose;
use crate::domain::words::{YesOrNo, yes_or_no};

/// A supporter and what she said of her weeks so far.
#[derive(Clone, Debug)]
pub struct Known {
    /// She.
    pub supporter: Supporter,
    /// Every word, in order.
    pub words: Vec<Spoken>,
    /// Her day.
    pub today: Day,
}

impl Known {
    /// A mail about a word; a reply to it is about that word.
    fn post(&self, number: Option<u64>, kind: Kind, notice: Notice) -> Post {
        let reply = number.map(|thread| Reply { purpose: Purpose::ToAbsence, thread });
        Post { reply, conversation: Conversation::None, ..returned::plain(&self.supporter, kind, notice) }
    }

    fn told(&self, number: Option<u64>, notice: notice::DaysOff) -> Post {
        let undo = number.is_some() && !notice.taken_back;
        self.post(number, Kind::Notice, Notice::DaysOff(notice::DaysOff { undo, ..notice }))
    }

    fn to_office(&self, number: i64) -> Post {
        office(OfficeMatter::DaysOff, &self.supporter.name, number)
    }

    /// What a word comes to beside the others.
    fn with(&self, word: Word, standing: Weekdays) -> notice::DaysOff {
        let next = (0..7).map(|days| self.today.plus(days)).find(|day| word.adds.has(*day));
        notice::DaysOff {
            adds: word.adds,
            ends: word.ends,
            standing,
            next: next.map(|from| Days { from, until: last_of_run(word.adds, from) }),
            holidays: false,
            besides: String::new(),
            by_office: false,
            taken_back: false,
            undo: false,
        }
    }

    /// What holds once a word is, or is not, among those that count.
    fn standing_if(&self, number: u64, counts: bool) -> Weekdays {
        let words = self.words.iter().map(|spoken| match spoken.number == number {
            true => Spoken { confirmed: counts, withdrawn: !counts, ..*spoken },
            false => *spoken,
        });
        standing(&words.collect::<Vec<_>>())
    }
}

/// What the decision about a word needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its writer.
    pub known: Known,
    /// It.
    pub said: Said,
    /// It stands in place of an answer to a client.
    pub in_an_answer: bool,
    /// A number for it.
    pub new_number: u64,
    /// The mail's number.
    pub number: i64,
    /// When the mail arrived: words count in that order.
    pub arrived: Timestamp,
    /// Nothing more is needed to believe that she wrote it.
    pub trusted: bool,
    /// The receiving server says that she did not.
    pub refuted: bool,
    /// She has been asked as often as she may be in a day.
    pub asked_enough: bool,
    /// As many were announced today as a day may bring.
    pub too_many: bool,
}

/// Decides about a word. `None`: it would end what is none, and may have been meant for a client.
pub fn announced(facts: &Facts) -> Option<Decision> {
    let Facts { known, said: Said { word, holidays, besides }, new_number, .. } = facts;
    let spoken = Spoken {
        number: *new_number,
        supporter: known.supporter.id,
        word: *word,
        at: facts.arrived,
        confirmed: true,
        withdrawn: false,
    };
    // An older database that was put back may read them in another order.
    let mut words = known.words.clone();
    words.insert(words.partition_point(|other| other.at <= spoken.at), spoken);
    let after = standing(&words);
    let nothing = after == standing(&known.words);
    if nothing && facts.in_an_answer && word.adds.is_empty() {
        return None;
    }
    if facts.too_many || (facts.asked_enough && !facts.trusted) {
        let reason = if facts.trusted { Reason::Flood } else { Reason::AskedEnough };
        return Some(limits::kept_back(reason, &known.supporter.name, facts.number));
    }
    let (holidays, besides) = (*holidays, besides.clone());
    let told = notice::DaysOff { holidays, besides, ..known.with(*word, after) };
    if nothing && facts.trusted && !word.adds.is_empty() {
        // What she can take back is what she said once more, and no other word.
        let is_it = |spoken: &&Spoken| word.adds.without(spoken.word.adds).is_empty();
        let last = known.words.iter().filter(|spoken| spoken.confirmed && !spoken.withdrawn).rfind(is_it);
        let post = known.told(last.map(|spoken| spoken.number), told);
        return Some(applied(Reason::Absence, Vec::new(), vec![post]));
    }
    let spoken = Spoken { confirmed: facts.trusted, ..spoken };
    let change = Change::DaysOff { spoken, day: known.today };
    Some(if facts.trusted {
        let number = Some(*new_number).filter(|_| !nothing);
        let mut posts = vec![known.told(number, told)];
        posts.extend(number.map(|_| known.to_office(facts.number)));
        applied(Reason::Absence, vec![change], posts)
    } else {
        let (Word { adds, ends }, refuted) = (*word, facts.refuted);
        let asked = notice::DaysOffAsked { adds, ends, holidays, refuted };
        let post = known.post(Some(*new_number), Kind::Confirmation, Notice::DaysOffAsked(asked));
        applied(Reason::AbsenceAsked, vec![change], vec![post])
    })
}

/// The last of the days that follow one another.
fn last_of_run(days: Weekdays, from: Day) -> Day {
    let run = (1..7).map(|more| from.plus(more)).take_while(|day| days.has(*day));
    run.last().unwrap_or(from)
}

fn applied(reason: Reason, changes: Vec<Change>, posts: Vec<Post>) -> Decision {
    Decision { reason, end: End::Applied, changes, posts }
}

/// What the operator ordered: the supporter hears of it, and can take it back.
pub fn ordered(known: &Known, number: u64, word: Word) -> Post {
    let standing = word.after(standing(&known.words));
    let (adds, ends) = (word.adds, word.ends.without(word.adds));
    let told = known.with(Word { adds, ends }, standing);
    known.told(Some(number), notice::DaysOff { by_office: true, ..told })
}

/// What the decision about a reply needs to know.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who replied.
    pub known: Known,
    /// What she replied about.
    pub spoken: Spoken,
    /// She takes it back.
    pub takes_back: bool,
    /// Nothing but courtesies is there.
    pub polite: bool,
    /// It says something of days off itself.
    pub says_when: bool,
    /// What she wrote.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides about a reply that says nothing of days off itself. `None`: it has nothing to do with them.
pub fn replied(facts: &Asked) -> Option<Decision> {
    let Asked { known, spoken, .. } = facts;
    let Spoken { number, word, confirmed, withdrawn, .. } = *spoken;
    let settled = || Some(Decision::only(End::Discarded, Reason::AlreadySettled));
    let take_back = vec![Change::WithdrawAbsence { number }];
    let said = yes_or_no(&facts.words);
    if facts.takes_back || (said == YesOrNo::No && confirmed) {
        if withdrawn {
            return settled();
        }
        let told = known.with(word, known.standing_if(number, false));
        let mut posts = vec![known.told(Some(number), notice::DaysOff { taken_back: true, ..told })];
        posts.extend(confirmed.then(|| known.to_office(facts.number)));
        return Some(applied(Reason::AbsenceWithdrawn, take_back, posts));
    }
    match (said, confirmed) {
        (YesOrNo::Yes | YesOrNo::No, _) if withdrawn || confirmed => settled(),
        (YesOrNo::Yes, _) => {
            let told = known.with(word, known.standing_if(number, true));
            let posts = vec![known.told(Some(number), told), known.to_office(facts.number)];
            Some(applied(Reason::Absence, vec![Change::ConfirmAbsence { number }], posts))
        }
        (YesOrNo::No, _) => {
            let about = office(OfficeMatter::Disowned, &known.supporter.name, facts.number);
            Some(applied(Reason::Disowned, take_back, vec![about]))
        }
        _ if facts.polite => settled(),
        (YesOrNo::Unclear, false) if !withdrawn && !facts.says_when => {
            let returned = notice::Returned {
                why: Why::Unclear,
                other: String::new(),
                words: facts.words.clone(),
                number: facts.number,
            };
            let post = returned::to_supporter(&known.supporter, returned);
            Some(applied(Reason::Unclear, Vec::new(), vec![post]))
        }
        _ => None,
    }
}
