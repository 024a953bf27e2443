//! What follows when a supporter says that she will be away, asks for cover, or replies to a mail about either.

use super::{Absence, Days, Reading, Said};
use crate::domain::calendar::Day;
use crate::domain::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use crate::domain::letter::office;
use crate::domain::limits;
use crate::domain::notice::{self, Notice, OfficeMatter, Why};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, Supporter};
use crate::domain::returned;
use crate::domain::token::Purpose;
use crate::domain::words::{YesOrNo, yes_or_no};

/// What she says.
#[derive(Clone, Debug)]
pub enum Request {
    /// She will be away.
    Away(Said),
    /// Somebody else is to answer this client's report of that day.
    Cover(Client, Day),
}

/// What the decision about an announcement needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// What she says.
    pub request: Request,
    /// A number for it.
    pub new_number: u64,
    /// The mail's number.
    pub number: i64,
    /// The day on which she wrote.
    pub today: Day,
    /// Her absences that are to come and count.
    pub known: Vec<Absence>,
    /// Who stands in for her.
    pub seconds: Vec<String>,
    /// For one of her clients nobody does.
    pub alone: bool,
    /// Nothing more is needed to believe that she wrote it.
    pub trusted: bool,
    /// The receiving server says that she did not.
    pub refuted: bool,
    /// She has been asked as often as she may be in a day.
    pub asked_enough: bool,
    /// As many were announced today as a day may bring.
    pub too_many: bool,
}

/// Decides about an announcement.
pub fn announced(facts: &Facts) -> Decision {
    let (days, client, besides) = match &facts.request {
        Request::Cover(client, day) => (Days { from: *day, until: *day }, Some(client), ""),
        Request::Away(Said { reading: Reading::Certain(days), besides }) => (*days, None, besides.as_str()),
        Request::Away(Said { reading: Reading::Doubtful(doubt, possible), besides }) => {
            let tomorrow = facts.today.plus(1);
            let notice = notice::AbsenceUnclear {
                doubt: *doubt,
                possible: possible.clone(),
                example: Days { from: tomorrow, until: tomorrow.plus(2) },
                besides: besides.clone(),
            };
            let kind = if besides.is_empty() { Kind::Notice } else { Kind::Returned };
            let post = returned::plain(&facts.supporter, kind, Notice::AbsenceUnclear(notice));
            return applied(Reason::AbsenceUnclear, Vec::new(), vec![post]);
        }
    };
    if facts.too_many || (facts.asked_enough && !facts.trusted) {
        let reason = if facts.trusted { Reason::Flood } else { Reason::AskedEnough };
        return limits::kept_back(reason, &facts.supporter.name, facts.number);
    }
    let id = client.map(|client| client.id);
    // What nobody vouches for stands alone until her yes.
    let same = facts.known.iter().find(|a| facts.trusted && a.days == days && a.client == id);
    let absence = Known {
        supporter: facts.supporter.clone(),
        number: same.map_or(facts.new_number, |same| same.number),
        days,
        client: client.cloned(),
        others: others(&facts.known, days, client),
        seconds: facts.seconds.clone(),
        alone: facts.alone,
    };
    if same.is_some() {
        return applied(absence.reason(), Vec::new(), vec![confirmation(&absence, besides, false)]);
    }
    let changes = vec![Change::Absent {
        number: absence.number,
        supporter: facts.supporter.id,
        days,
        client: id,
        confirmed: facts.trusted,
    }];
    if facts.trusted {
        let posts = vec![confirmation(&absence, besides, false), absence.to_office(facts.number, false)];
        applied(absence.reason(), changes, posts)
    } else {
        applied(Reason::AbsenceAsked, changes, vec![question(&absence, facts.refuted)])
    }
}

/// An absence, as mails about it need it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Whose.
    pub supporter: Supporter,
    /// Its number.
    pub number: u64,
    /// When.
    pub days: Days,
    /// Whose report of that day somebody else answers.
    pub client: Option<Client>,
    /// Her other absences that are to come.
    pub others: Vec<Days>,
    /// Who stands in for her.
    pub seconds: Vec<String>,
    /// For one of her clients nobody does.
    pub alone: bool,
}

impl Known {
    fn reason(&self) -> Reason {
        if self.client.is_some() { Reason::Cover } else { Reason::Absence }
    }

    fn client_name(&self) -> Option<String> {
        self.client.as_ref().map(|client| client.name.clone())
    }

    /// Until somebody else is asked by the machine, the office sees to it that nobody is left alone.
    fn to_office(&self, number: i64, withdrawn: bool) -> Post {
        let (matter, person) = match (&self.client, withdrawn) {
            (None, false) => (OfficeMatter::Absence, &self.supporter.name),
            (None, true) => (OfficeMatter::AbsenceWithdrawn, &self.supporter.name),
            (Some(client), false) => (OfficeMatter::Cover, &client.name),
            (Some(client), true) => (OfficeMatter::CoverWithdrawn, &client.name),
        };
        office(matter, person, number)
    }

    /// A reply to it is about this absence.
    fn post(&self, kind: Kind, notice: Notice) -> Post {
        let reply = Some(Reply { purpose: Purpose::ToAbsence, thread: self.number });
        Post { reply, conversation: Conversation::None, ..returned::plain(&self.supporter, kind, notice) }
    }
}

/// Her absences beside these days.
pub fn others(known: &[Absence], days: Days, client: Option<&Client>) -> Vec<Days> {
    let away = known.iter().filter(|a| a.client.is_none()).map(|a| a.days);
    away.filter(|other| client.is_some() || *other != days).collect()
}

fn confirmation(absence: &Known, besides: &str, by_office: bool) -> Post {
    let notice = notice::Absence {
        days: absence.days,
        client: absence.client_name(),
        besides: besides.to_owned(),
        others: absence.others.clone(),
        by_office,
        seconds: if absence.client.is_none() { absence.seconds.clone() } else { Vec::new() },
        alone: absence.alone,
    };
    absence.post(Kind::Notice, Notice::Absence(notice))
}

fn question(absence: &Known, refuted: bool) -> Post {
    let notice = notice::AbsenceAsked { days: absence.days, client: absence.client_name(), refuted };
    absence.post(Kind::Confirmation, Notice::AbsenceAsked(notice))
}

fn withdrawn(absence: &Known, by_office: bool) -> Post {
    let notice = notice::AbsenceWithdrawn {
        days: absence.days,
        client: absence.client_name(),
        others: absence.others.clone(),
        by_office,
    };
    absence.post(Kind::Notice, Notice::AbsenceWithdrawn(notice))
}

fn applied(reason: Reason, changes: Vec<Change>, posts: Vec<Post>) -> Decision {
    Decision { reason, end: End::Applied, changes, posts }
}

/// What the operator ordered: the supporter hears of it, and can take it back.
pub fn ordered(absence: &Known) -> Vec<Post> {
    vec![confirmation(absence, "", true)]
}

/// What the operator took back: the supporter hears of it, unless nobody had confirmed it.
pub fn taken_back(absence: &Known, confirmed: bool) -> Vec<Post> {
    confirmed.then(|| withdrawn(absence, true)).into_iter().collect()
}

/// What the decision about a reply needs to know.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What she replied about.
    pub absence: Known,
    /// It counts.
    pub confirmed: bool,
    /// It was taken back before.
    pub withdrawn: bool,
    /// She takes it back.
    pub takes_back: bool,
    /// Nothing but courtesies is there.
    pub polite: bool,
    /// It says when she will be away.
    pub says_when: bool,
    /// What she wrote.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides about a reply that announces nothing itself. `None`: it has nothing to do with her absence.
pub fn replied(facts: &Asked) -> Option<Decision> {
    let Asked { absence, confirmed, number, .. } = facts;
    let settled = || Some(Decision::only(End::Discarded, Reason::AlreadySettled));
    let take_back = vec![Change::WithdrawAbsence { number: absence.number }];
    let said = yes_or_no(&facts.words);
    let takes_back = facts.takes_back || (said == YesOrNo::No && *confirmed);
    match (said, confirmed) {
        _ if takes_back && facts.withdrawn => settled(),
        _ if takes_back && *confirmed => {
            let posts = vec![withdrawn(absence, false), absence.to_office(*number, true)];
            Some(applied(Reason::AbsenceWithdrawn, take_back, posts))
        }
        _ if takes_back => {
            Some(applied(Reason::AbsenceWithdrawn, take_back, vec![withdrawn(absence, false)]))
        }
        (YesOrNo::Yes | YesOrNo::No, _) if facts.withdrawn => settled(),
        (YesOrNo::Yes, false) => {
            let confirm = vec![Change::ConfirmAbsence { number: absence.number }];
            let posts = vec![confirmation(absence, "", false), absence.to_office(*number, false)];
            Some(applied(absence.reason(), confirm, posts))
        }
        (YesOrNo::No, false) => {
            let about = office(OfficeMatter::Disowned, &absence.supporter.name, *number);
            Some(applied(Reason::Disowned, take_back, vec![about]))
        }
        (YesOrNo::Yes | YesOrNo::No, true) => settled(),
        _ if facts.polite => settled(),
        (YesOrNo::Unclear, false) if !facts.withdrawn && !facts.says_when => {
            let returned = notice::Returned {
                why: Why::Unclear,
                other: String::new(),
                words: facts.words.clone(),
                number: *number,
            };
            Some(applied(
                Reason::Unclear,
                Vec::new(),
                vec![returned::to_supporter(&absence.supporter, returned)],
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::absence::Doubt;
    use crate::domain::locale::Locale;
    use crate::domain::people::{Recipient, SupporterId};

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn days() -> Days {
        Days { from: day("2026-12-07"), until: day("2026-12-09") }
    }

    fn supporter() -> Supporter {
        Supporter {
            id: SupporterId(1),
            name: "あい".to_owned(),
            locale: Locale::Ja,
            principal_ref: 7,
            epoch: 0,
            hours: crate::domain::hours::OwnHours::default(),
            pool: false,
            addresses: Vec::new(),
        }
    }

    fn facts(reading: Reading, trusted: bool) -> Facts {
        Facts {
            supporter: supporter(),
            request: Request::Away(Said { reading, besides: String::new() }),
            new_number: 5,
            number: 9,
            today: day("2026-12-03"),
            known: Vec::new(),
            seconds: Vec::new(),
            alone: false,
            trusted,
            refuted: false,
            asked_enough: false,
            too_many: false,
        }
    }

    fn hers(number: u64, days: Days) -> Absence {
        let supporter = SupporterId(1);
        Absence { id: 1, number, supporter, days, client: None, confirmed: true, withdrawn: false }
    }

    fn check(facts: &Facts, reason: Reason, end: End, changes: usize, posts: &[Kind]) -> Decision {
        let decision = announced(facts);
        assert_eq!((decision.reason, decision.end), (reason, end));
        assert_eq!(decision.changes.len(), changes, "{:?}", decision.changes);
        let kinds: Vec<Kind> = decision.posts.iter().map(|post| post.kind).collect();
        assert_eq!(kinds, posts);
        decision
    }

    #[test]
    fn what_is_trusted_counts_and_what_is_not_is_asked_about() {
        let certain = Reading::Certain(days());
        let told = [Kind::Notice, Kind::Office];
        let decision = check(&facts(certain.clone(), true), Reason::Absence, End::Applied, 1, &told);
        assert!(matches!(decision.changes[0], Change::Absent { number: 5, confirmed: true, .. }));
        let asked = [Kind::Confirmation];
        let decision = check(&facts(certain.clone(), false), Reason::AbsenceAsked, End::Applied, 1, &asked);
        assert!(matches!(decision.changes[0], Change::Absent { confirmed: false, .. }));
        assert_eq!(decision.posts[0].to, Recipient::Supporter(supporter()));
        let enough = Facts { asked_enough: true, ..facts(certain.clone(), false) };
        check(&enough, Reason::AskedEnough, End::Quarantined, 0, &[Kind::Office]);
        let enough = Facts { asked_enough: true, ..facts(certain.clone(), true) };
        check(&enough, Reason::Absence, End::Applied, 1, &told);
        let many = Facts { too_many: true, ..facts(certain, true) };
        check(&many, Reason::Flood, End::Quarantined, 0, &[Kind::Office]);
        let unclear = Reading::Doubtful(Doubt::NoEnd, Vec::new());
        check(&facts(unclear, true), Reason::AbsenceUnclear, End::Applied, 0, &[Kind::Notice]);
    }

    #[test]
    fn the_same_days_twice_are_one_and_others_stand_apart() {
        let overlapping = Days { from: day("2026-12-08"), until: day("2026-12-12") };
        let known = vec![hers(3, days()), hers(4, overlapping)];
        let again = Facts { known: known.clone(), ..facts(Reading::Certain(days()), true) };
        let decision = check(&again, Reason::Absence, End::Applied, 0, &[Kind::Notice]);
        assert_eq!(decision.posts[0].reply.map(|r| r.thread), Some(3));
        let Notice::Absence(notice) = &decision.posts[0].notice else { panic!("another notice") };
        assert_eq!(notice.others, [overlapping]);
        // a forger who says the same learns nothing, and her yes to him is hers
        let forged = Facts { known, ..facts(Reading::Certain(days()), false) };
        let decision = check(&forged, Reason::AbsenceAsked, End::Applied, 1, &[Kind::Confirmation]);
        assert_eq!(decision.posts[0].reply.map(|r| r.thread), Some(5));
    }

    #[test]
    fn a_reply_confirms_takes_back_or_is_something_else() {
        let check = |words: &str, confirmed: bool, withdrawn: bool, expected: Option<(Reason, usize)>| {
            let (others, seconds) = (Vec::new(), Vec::new());
            let known = Known {
                supporter: supporter(),
                number: 5,
                days: days(),
                client: None,
                others,
                seconds,
                alone: false,
            };
            let decision = replied(&Asked {
                absence: known,
                confirmed,
                withdrawn,
                takes_back: crate::domain::absence::takes_back(words, &[]),
                polite: crate::domain::absence::is_polite(words, &[]),
                says_when: false,
                words: words.to_owned(),
                number: 9,
            });
            assert_eq!(
                decision.map(|d| (d.reason, d.changes.len())),
                expected,
                "{words} {confirmed} {withdrawn}"
            );
        };
        check("取り消し", true, false, Some((Reason::AbsenceWithdrawn, 1)));
        check("いいえ", true, false, Some((Reason::AbsenceWithdrawn, 1)));
        check("undo", true, true, Some((Reason::AlreadySettled, 0)));
        check("取り消し", false, false, Some((Reason::AbsenceWithdrawn, 1)));
        check("はい", false, false, Some((Reason::Absence, 1)));
        check("はい", true, false, Some((Reason::AlreadySettled, 0)));
        check("はい", false, true, Some((Reason::AlreadySettled, 0)));
        check("いいえ", false, false, Some((Reason::Disowned, 1)));
        check("ありがとうございます", true, false, Some((Reason::AlreadySettled, 0)));
        check("なんですか", false, false, Some((Reason::Unclear, 0)));
        check("なんですか", true, false, None);
    }
}
