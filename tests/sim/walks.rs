//! The model of reports that wait: what people see of reminders, of the second one and of the truth, and what is owed
//! to whom by when. It reckons with what was typed, when it reached the mailbox, when the house had taken it in, and when
//! the house could do nothing at all; of the house it knows no more than a reader of its manual.
//!
//! Times are those of the world. A Date field is of the machine's clock, which may be wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::hours::{Hours, Points, TOKYO, point};
use crate::model::{Aim, Looks, Model, Passage, Sent, Typed, Who};
use crate::saying::Say;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// A Date field leaves out what is less than a second.
const ROUGHLY: i64 = 2_000;

/// See the module's head.
#[derive(Default)]
pub struct Walks {
    pub points: Points,
    /// Who answers whom where the first cannot, from when on.
    pub seconds: Vec<(i64, Who, Who)>,
    /// Orders after which what waits of a client begins anew.
    pub rounds: Vec<(i64, Who)>,
    /// When something typed reached the mailbox.
    pub arrived: BTreeMap<usize, i64>,
    /// From when on the house had it taken in, and until when it did not know of it any more.
    pub taken: BTreeMap<usize, Vec<(i64, i64)>>,
    /// Only the header of it could be read.
    pub cut: BTreeSet<usize>,
    /// The operator wrote down: who is away, from one day until another.
    pub written_down: Vec<(Who, i64, i64)>,
    /// When the house could take no step: it stood still.
    pub unable: Vec<(i64, i64)>,
    /// From then on nobody has read the mailbox to its end.
    pub blind_since: Option<i64>,
    /// When older databases were put back.
    pub put_backs: Vec<i64>,
    /// How wrong the machine's clock was, from when on.
    pub skews: Vec<(i64, i64)>,
    /// A server reported that nothing reaches them.
    pub reported: BTreeSet<String>,
    /// How often something was looked at, and how often something excused it.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Walks {
    /// The house has taken in what was typed.
    pub fn took_in(&mut self, number: usize, at: i64) {
        let spans = self.taken.entry(number).or_default();
        if spans.last().is_none_or(|(_, until)| *until < i64::MAX) {
            spans.push((at, i64::MAX));
        }
    }

    /// An older database does not know of all this: it has `known` taken in.
    pub fn forgot(&mut self, known: &BTreeSet<usize>, at: i64) {
        self.put_backs.push(at);
        for (_, spans) in self.taken.iter_mut().filter(|(number, _)| !known.contains(number)) {
            spans.last_mut().iter_mut().for_each(|span| span.1 = span.1.min(at));
        }
    }

    /// Whether the house had taken it in by then, and still knew.
    fn knew(&self, number: usize, at: i64) -> bool {
        self.taken.get(&number).is_some_and(|spans| spans.iter().any(|span| (span.0..span.1).contains(&at)))
    }

    /// Since when the house has known of it, or did before an older database was put back.
    fn taken(&self, number: usize) -> impl Iterator<Item = i64> {
        self.taken.get(&number).into_iter().flatten().map(|(from, _)| *from)
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Whether the machine's clock was wrong, or set, between two times.
    fn is_wrong(&self, from: i64, to: i64) -> bool {
        let before = self.skews.iter().rev().find(|(at, _)| *at <= from).map_or(0, |(_, skew)| *skew);
        before != 0 || self.skews.iter().any(|(at, _)| (from..=to).contains(at))
    }

    /// When the machine's clock, of which a mail has its Date, showed that time; the last one before `until`.
    fn shown(&self, made: i64, until: i64) -> i64 {
        let ends = self.skews.iter().skip(1).map(|(at, _)| *at).chain([i64::MAX]);
        let spans: Vec<(i64, i64, i64)> =
            self.skews.iter().zip(ends).map(|((at, skew), end)| (*at, end, *skew)).collect();
        let found = spans.into_iter().rev().find_map(|(from, end, skew)| {
            let at = made - skew;
            (from - ROUGHLY <= at && at < end && at <= until).then_some(at)
        });
        found.unwrap_or(made.min(until))
    }

    /// How much of the time between two instants the house could have taken a step in.
    fn able(&self, from: i64, to: i64) -> i64 {
        let mut spans: Vec<(i64, i64)> = self.unable.clone();
        spans.sort_unstable();
        let (mut free, mut at) = (0, from);
        for (begin, end) in spans {
            free += (begin.min(to) - at).max(0);
            at = at.max(end);
        }
        free + (to - at).max(0)
    }
}

/// An answer that the house took in.
struct Answer<'a> {
    number: usize,
    about: &'a [String],
    /// It passed on, or nothing keeps it from doing so.
    certain: bool,
    /// The same, or its writer owned to something.
    perhaps: bool,
    /// The house knows of it still.
    known: bool,
}

impl Model {
    /// Everybody who was ever the second one of a client.
    pub fn seconds_of(&self, client: Who) -> impl Iterator<Item = Who> {
        self.walks.seconds.iter().filter(move |(_, c, _)| *c == client).map(|(.., second)| *second)
    }

    /// A report that waits begins anew with each order about its client; so may what an older database has to read again.
    pub fn rounds_since(&self, sent: &Sent, typed: &Typed, number: usize) -> usize {
        if !matches!(sent.looks, Looks::Reminder | Looks::HandOver | Looks::HandBack) {
            return 0;
        }
        let came = self.walks.arrived.get(&number).copied().unwrap_or(typed.at);
        let Some(client) = typed.by else { return 0 };
        let rounds = self.walks.rounds.iter().filter(|(at, c)| *c == client && *at >= came).count();
        // What is read again, before the absence is known again that led to it, is handed over by another way.
        let late = self.walks.put_backs.iter().filter(|at| typed.at <= **at).count();
        // Who heard that she need not answer it any more may be asked again.
        let back = self
            .sent
            .iter()
            .filter(|s| s.looks == Looks::GivenBack && s.to == sent.to && s.at >= came)
            .count();
        // What comes back walks anew; it comes back as often as somebody else got it.
        let brings = |p: &&Passage| typed.words.iter().any(|word| p.sent.news.contains(word.as_str()));
        let back = match sent.looks {
            Looks::HandBack => {
                let others = self.passages.values().filter(|p| p.sent.to != sent.to);
                others.filter(|p| p.sent.looks == Looks::HandOver).filter(brings).count().saturating_sub(1)
            }
            _ => {
                let backs = self.passages.values().filter(|p| p.sent.looks == Looks::HandBack);
                back + backs.filter(brings).count() + self.turns(sent, brings)
            }
        };
        // Under a clock that goes back what was answered may be so no longer.
        let wrong = self.walks.skews.len() > 1;
        rounds + back + late + usize::from(wrong)
    }

    /// How often somebody else got a letter since she got it first: whoever is away is relieved by the other of the two, and
    /// may have it again later.
    fn turns(&self, sent: &Sent, brings: impl Fn(&&Passage) -> bool) -> usize {
        let others = if sent.looks == Looks::Reminder { Looks::HandOver } else { Looks::Reminder };
        let mails = || self.passages.values().filter(|p| brings(p));
        let hers = mails().filter(|p| p.sent.to == sent.to && p.sent.looks == sent.looks);
        let Some(first) = hers.map(|p| p.sent.at).min() else { return 0 };
        mails().filter(|p| p.sent.to != sent.to && p.sent.looks == others && p.sent.at > first).count()
    }

    /// A mail is about to be submitted, by the machine's clock at `claimed`: is this a time for it? `known`: it was tried
    /// before.
    pub fn check_hours(&mut self, sent: &Sent, known: bool) -> Vec<String> {
        if sent.looks == Looks::Unanswered && !known {
            return self.check_overdue(sent).into_iter().collect();
        }
        let Some(reader) = self.person_at(&sent.to) else { return Vec::new() };
        let (name, hours) = (self.people[reader].name.clone(), self.people[reader].hours);
        let skew = self.walks.skews.last().map_or(0, |(_, skew)| *skew);
        let (claimed, made) = (sent.at + skew, sent.made);
        let id = &sent.message_id;
        let mut wrong = Vec::new();
        match sent.looks {
            Looks::Reminder | Looks::HandOver | Looks::HandBack => {
                if sent.looks == Looks::HandOver && !known {
                    wrong.extend(self.check_hand_over(sent, reader));
                }
                if sent.looks == Looks::HandBack && !known {
                    wrong.extend(self.check_hand_back(sent, reader));
                }
                if !self.is_fresh(sent) {
                    wrong.extend(self.check_waking(sent, reader, claimed, known));
                }
            }
            Looks::PassOn => {
                self.walks.count("words and receipts");
                if !hours.takes_words(made, claimed + ROUGHLY) && !hours.takes_words(made, claimed) {
                    wrong.push(format!("{name} is woken: words in <{id}> come at an hour that is not hers"));
                }
            }
            Looks::Receipt => {
                self.walks.count("words and receipts");
                if hours.is_quiet(claimed) {
                    wrong.push(format!("{name} is woken: the receipt <{id}> comes in her quiet hours"));
                }
            }
            Looks::Truth if !known => wrong.extend(self.check_truth(sent, reader)),
            _ => {}
        }
        wrong
    }

    /// Whether it brings a letter that comes just now: an alert goes out at any hour.
    fn is_fresh(&self, sent: &Sent) -> bool {
        let first_tried = self.passages.get(&sent.message_id).map_or(sent.at, |p| p.sent.at);
        let born = self.walks.shown(sent.made, first_tried);
        let held =
            |t: &Typed| t.words.iter().chain(&t.subject_words).any(|word| sent.news.contains(word.as_str()));
        let letters = self.typed.iter().enumerate().filter(|(_, t)| t.aim == Aim::Report && held(t));
        let mut letters = letters.peekable();
        let just_now = |number: &usize| {
            let last = self.walks.taken(*number).last();
            // So does one that an older database does not know of, and has read again.
            last.is_none_or(|taken| taken + ROUGHLY >= born) || !self.walks.knew(*number, born)
        };
        // A photo alone says nothing of when it came.
        let silent = letters.peek().is_none();
        sent.looks == Looks::HandOver && (silent || letters.any(|(number, _)| just_now(&number)))
    }

    /// A step is taken, and submitted, when its reader is up; unless the submission server put it off.
    fn check_waking(&mut self, sent: &Sent, reader: Who, claimed: i64, known: bool) -> Option<String> {
        let (name, hours) = (&self.people[reader].name, self.people[reader].hours);
        let id = &sent.message_id;
        let since = self.walks.shown(sent.made, sent.at);
        // An answer may lie in the mailbox.
        let blind = self.walks.blind_since.is_some_and(|at| at + 11 * MINUTE < since);
        let wrong = match () {
            () if blind && !self.walks.is_wrong(since - HOUR, since) => {
                Some(format!("{name} is asked in <{id}> although nobody can read the mailbox"))
            }
            () if hours.is_quiet(sent.made) => {
                Some(format!("{name} is woken: <{id}> was made in her quiet hours: {}", first_word(sent)))
            }
            () if hours.is_quiet(claimed) => {
                Some(format!("{name} is woken: <{id}> is submitted in her quiet hours"))
            }
            () => None,
        };
        if !known {
            self.walks.count("reminders and hand-overs");
        }
        wrong
    }

    /// Her reports that reached the mailbox, by number.
    fn reports_of(&self, client: Who) -> impl Iterator<Item = (usize, &Typed, i64)> {
        let of = move |(number, typed): (usize, &'_ Typed)| {
            let _ = typed;
            self.walks.arrived.get(&number).map(|at| (number, &self.typed[number], *at))
        };
        // Thanks of which only the header can be read are a report.
        let report = |n: &usize, t: &Typed| {
            t.aim == Aim::Report || (t.aim == Aim::Thanks && self.walks.cut.contains(n))
        };
        let hers = move |(n, t): &(usize, &Typed)| t.by == Some(client) && report(n, t);
        self.typed.iter().enumerate().filter(hers).filter_map(of)
    }

    /// Whether two letters may belong to one day.
    fn may_share_day(&self, client: Who, one: (&Typed, i64), other: (&Typed, i64)) -> bool {
        let hours = &self.people[client].hours;
        let days = |(typed, at): (&Typed, i64)| [typed.day, hours.day(at), hours.day(typed.at)];
        days(one).iter().any(|day| days(other).contains(day))
    }

    /// Whether somebody's words about a letter had been taken in by then, and after it, for certain.
    fn was_answered(&self, client: Who, number: usize, by: i64) -> bool {
        let typed = &self.typed[number];
        let words: BTreeSet<&String> = typed.words.iter().chain(&typed.subject_words).collect();
        let Some(came) = self.walks.taken(number).filter(|at| *at <= by).last() else { return false };
        self.answers_to(client, by).any(|answer| {
            let after = self.walks.taken(answer.number).any(|at| at <= by && at + ROUGHLY >= came);
            after && answer.certain && answer.known && answer.about.iter().any(|word| words.contains(word))
        })
    }

    /// Answers for a client that had been taken in by then.
    fn answers_to(&self, client: Who, by: i64) -> impl Iterator<Item = Answer<'_>> {
        self.typed.iter().enumerate().filter_map(move |(number, typed)| {
            let Aim::Answer { client: for_client, about, sure, .. } = &typed.aim else { return None };
            let whole = *for_client == client && !self.walks.cut.contains(&number);
            let taken = whole && self.walks.taken(number).any(|at| at <= by);
            let passes = |p: &Passage| {
                let holds = || typed.words.iter().any(|word| p.sent.news.contains(word.as_str()));
                p.sent.looks == Looks::PassOn && p.sent.at <= by && holds()
            };
            let at_once = || *sure && !self.is_set_aside(number, client, by);
            let certain = || at_once() || self.passages.values().any(passes);
            taken.then(|| Answer {
                number,
                about,
                certain: certain(),
                perhaps: (!sure && self.said_yes(typed, by)) || certain(),
                known: self.walks.knew(number, by) && !self.went_back_later(typed),
            })
        })
    }

    /// Whether an older database that was put back could not tell any more what an answer was about, and gave it back: the
    /// reminder that it answers, say, was sent after that database was saved.
    fn went_back_later(&self, typed: &Typed) -> bool {
        let words: Vec<&str> = typed.words.iter().map(String::as_str).collect();
        let lost = self.put_back.is_some_and(|at| typed.at <= at);
        lost && typed.by.is_some_and(|by| self.went_back(by, &words, typed.at))
    }

    /// Whether an answer that was taken in by then does not pass on by itself: its writer answers the client no more, or
    /// she was told so.
    fn is_set_aside(&self, number: usize, client: Who, by: i64) -> bool {
        let typed = &self.typed[number];
        let Some((writer, taken)) = typed.by.zip(self.walks.taken(number).filter(|at| *at <= by).last())
        else {
            return false;
        };
        let told = |p: &Passage| {
            let words = || typed.words.iter().any(|word| p.sent.text.contains(word.as_str()));
            p.sent.looks == Looks::SetAside && words()
        };
        let order = self.walks.rounds.iter().rfind(|(at, c)| *c == client && *at <= taken).map(|(at, _)| *at);
        let own = self.holders.iter().rfind(|(at, c, _)| *c == client && *at <= taken).map(|h| h.2);
        let second = self.walks.seconds.iter().any(|s| Some(s.0) == order && (s.1, s.2) == (client, writer));
        (own != Some(writer) && !second) || self.passages.values().any(told)
    }

    /// Whether some server said that mail does not reach her.
    fn is_out_of_reach(&self, who: Who) -> bool {
        let address = &self.people[who].addresses[0];
        let refused = |p: &Passage| p.refused && p.sent.to == *address;
        self.walks.reported.contains(address) || self.passages.values().any(refused)
    }

    /// The client hears that her answer may be late: of a report that waits, once, by its own deadline.
    fn check_truth(&mut self, sent: &Sent, client: Who) -> Option<String> {
        self.walks.count("truths");
        let (name, japanese) = (self.people[client].name.clone(), self.people[client].japanese);
        let hours = self.people[client].hours;
        let born = self.walks.shown(sent.made, sent.at);
        let promised = promised(&sent.text);
        // What is read only when its deadline is over is promised anew.
        let due = |number: usize, at: i64| {
            let due = hours.due_after(at);
            let late = self.walks.taken(number).filter(move |taken| *taken > due);
            [due].into_iter().chain(late.map(move |at| hours.due_after(at)))
        };
        let says = |at: i64| promised.as_deref() == Some(hours.moment(at, japanese).as_str());
        let about: Vec<usize> = self
            .reports_of(client)
            .filter(|(number, _, at)| *at <= born + ROUGHLY && due(*number, *at).any(says))
            .map(|(number, ..)| number)
            .collect();
        let wrong_clock = self.walks.is_wrong(born - 60 * HOUR, sent.at);
        let id = &sent.message_id;
        if about.is_empty() {
            let excused = wrong_clock || self.put_back.is_some();
            if excused {
                self.walks.count("… of a deadline that a clock or an older database made");
            }
            return (!excused).then(|| format!("{name} hears in <{id}> of a deadline that no letter has"));
        }
        let answered = about.iter().all(|number| self.was_answered(client, *number, born - ROUGHLY));
        let again = self.was_told_before(sent, client, &about);
        // An answer that did not arrive makes the report wait again.
        if answered && !wrong_clock && !self.is_out_of_reach(client) {
            return Some(format!(
                "{name} hears in <{id}> that an answer may be late that was taken in before"
            ));
        }
        (again && !wrong_clock)
            .then(|| format!("{name} hears in <{id}> a second time that one answer may be late"))
    }

    /// The office hears that a further deadline has passed: one of the client's own, and once.
    fn check_overdue(&mut self, sent: &Sent) -> Option<String> {
        let hour = passed_too(&sent.text)?;
        self.walks.count("deadlines after the truth");
        let of = |name: &str| [format!("：{name}さん"), format!(": {name}")];
        let is_of = |name: &str| of(name).iter().any(|end| sent.subject.ends_with(end.as_str()));
        let client = self.people.iter().position(|person| is_of(&person.name))?;
        let (name, hours) = (&self.people[client].name, self.people[client].hours);
        let born = self.walks.shown(sent.made, sent.at);
        let says = |at: i64| [true, false].map(|japanese| TOKYO.moment(at, japanese)).contains(&hour);
        let is_hers = self.reports_of(client).any(|(.., came)| {
            let mut due = hours.due_after(came);
            while due <= born + ROUGHLY {
                due = hours.due_after(due);
                if due <= born + ROUGHLY && says(due) {
                    return true;
                }
            }
            false
        });
        let again = self.passages.values().any(|p| {
            let same = (&p.sent.to, &p.sent.subject) == (&sent.to, &sent.subject);
            same && p.sent.message_id != sent.message_id && passed_too(&p.sent.text).as_ref() == Some(&hour)
        });
        let id = &sent.message_id;
        match () {
            () if self.walks.is_wrong(born - 60 * HOUR, sent.at) => None,
            () if !is_hers => Some(format!("the office hears in <{id}> of an hour that is none of {name}'s")),
            () if again => Some(format!("the office hears in <{id}> a second time of one hour of {name}'s")),
            () => None,
        }
    }

    /// Whether a client heard the same of these letters before.
    fn was_told_before(&self, sent: &Sent, client: Who, about: &[usize]) -> bool {
        let born = self.walks.shown(sent.made, sent.at);
        let promised = promised(&sent.text);
        // Whoever writes again of a day that was answered in between waits anew.
        let hers = |t: &Typed| matches!(t.aim, Aim::Answer { client: c, .. } if c == client);
        let answered_since = |at: i64| {
            let mut answers = self.typed.iter().enumerate().filter(|(_, t)| hers(t));
            answers.any(|(number, _)| self.walks.taken(number).any(|taken| taken >= at && taken <= born))
        };
        // The junk folder is read after the other: with an older database a day may begin with another letter.
        let in_another_order = |at: i64| {
            let put_back = self.put_back.is_some_and(|back| (at..=born + ROUGHLY).contains(&back));
            put_back && (self.moved || about.iter().any(|number| self.junked.contains(number)))
        };
        self.passages.values().any(|p| {
            let since = self.walks.shown(p.sent.made, p.sent.at);
            let same = p.sent.looks == Looks::Truth
                && p.sent.message_id != sent.message_id
                && (&p.sent.to, &p.sent.subject) == (&sent.to, &sent.subject)
                && self::promised(&p.sent.text) == promised;
            same && !answered_since(since) && !in_another_order(since)
        })
    }

    /// The second one gets a report when the time of the first is over, or when she is away.
    fn check_hand_over(&mut self, sent: &Sent, second: Who) -> Option<String> {
        let born = self.walks.shown(sent.made, sent.at);
        let held = |typed: &Typed| {
            typed.words.iter().chain(&typed.subject_words).any(|word| sent.news.contains(word.as_str()))
        };
        let letter = self.typed.iter().position(|t| t.aim == Aim::Report && held(t))?;
        let client = self.typed[letter].by?;
        let name = &self.people[second].name;
        if !self.seconds_of(client).any(|who| who == second) {
            return Some(format!(
                "{name} stands in for {} in <{}>, whom she is nothing to",
                self.people[client].name, sent.message_id
            ));
        }
        let hours = self.people[client].hours;
        let came = *self.walks.arrived.get(&letter)?;
        let here = &self.typed[letter];
        let with_it =
            self.reports_of(client).filter(|(_, t, at)| self.may_share_day(client, (here, came), (t, *at)));
        let froms: Vec<i64> = with_it.map(|(.., at)| at).chain([came]).collect();
        let begun = self.walks.points.second.is_some_and(|part| {
            froms.iter().any(|from| point(part, *from, hours.due_after(*from)) <= born + ROUGHLY)
        });
        let first = froms.iter().min().copied().unwrap_or(came);
        let away = self.is_away(client, first, born + ROUGHLY);
        let wrong = self.walks.is_wrong(first, born);
        self.walks.count(match () {
            () if away => "… handed over for an absence",
            () if begun => "… handed over at their point",
            () => "… handed over under a clock that was set",
        });
        (!away && !begun && !wrong).then(|| {
            format!(
                "{} gets <{}> before the time of the first is over",
                self.people[second].name, sent.message_id
            )
        })
    }

    /// What waits comes back to whoever answers the client, from somebody else who got it meanwhile.
    fn check_hand_back(&mut self, sent: &Sent, own: Who) -> Option<String> {
        self.walks.count("… handed back");
        let held = |typed: &Typed, sent: &Sent| {
            typed.words.iter().chain(&typed.subject_words).any(|word| sent.news.contains(word.as_str()))
        };
        let typed = self.typed.iter().find(|t| t.aim == Aim::Report && held(t, sent))?;
        let (client, name) = (typed.by?, &self.people[own].name);
        let others = self.passages.values().filter(|p| p.sent.to != sent.to && p.sent.looks.is_alert());
        let had = others.filter(|p| held(typed, &p.sent)).count() > 0;
        let answers_her = self.holders.iter().any(|(_, c, who)| (*c, *who) == (client, own));
        (!had || !answers_her)
            .then(|| format!("{name} gets <{}> back, which was nobody else's", sent.message_id))
    }

    /// Whether whoever answers a client said that she is away on a day between two times, or asked for cover; or the
    /// operator wrote it down.
    fn is_away(&self, client: Who, from: i64, to: i64) -> bool {
        let own: BTreeSet<Who> =
            self.holders.iter().filter(|(at, c, _)| *c == client && *at <= to).map(|h| h.2).collect();
        // Her days are by her own clock.
        let meets = |who: Who, first: i64, last: i64| {
            let hours = &self.people[who].hours;
            first <= hours.day(to) && last >= hours.day(from)
        };
        let said = self.typed.iter().any(|typed| {
            let Some(who) = typed.by.filter(|who| typed.at <= to && own.contains(who)) else { return false };
            match typed.aim {
                Aim::Said(Say::Away(first, last)) => meets(who, first, last),
                Aim::Said(Say::Cover) => true,
                _ => false,
            }
        });
        said || self
            .walks
            .written_down
            .iter()
            .any(|(who, first, last)| own.contains(who) && meets(*who, *first, *last))
    }

    /// Whoever was promised an answer and had none when its time was over was told before.
    pub fn check_deadlines(&mut self, gone: &BTreeSet<usize>) {
        let Some(part) = self.walks.points.tell else { return };
        let clients: BTreeSet<Who> =
            self.typed.iter().filter(|t| t.aim == Aim::Report).filter_map(|t| t.by).collect();
        let mut seen = Vec::new();
        for client in clients {
            for (number, typed, came) in self.reports_of(client).filter(|(n, ..)| !gone.contains(n)) {
                seen.push((self.judged(client, number, typed, came, part), number));
            }
        }
        for (what, number) in seen {
            self.walks.count(what);
            if what == NOT_TOLD {
                let name = self.typed[number].by.map_or("?", |who| self.people[who].name.as_str());
                let sentence = format!("the deadline of #{number} passed, and {name} was not told before");
                self.breaks(sentence);
            }
        }
    }

    /// From when on the parts of the time until the deadline are counted: what comes back, or is given to somebody else by
    /// an order, walks anew.
    fn last_round(&self, client: Who, typed: &Typed, came: i64, due: i64) -> i64 {
        let brings = |p: &&Passage| typed.words.iter().any(|word| p.sent.news.contains(word.as_str()));
        let backs = self.passages.values().filter(|p| p.sent.looks == Looks::HandBack).filter(brings);
        let backs = backs.map(|p| self.walks.shown(p.sent.made, p.sent.at));
        let orders = self.walks.rounds.iter().filter(|(_, c)| *c == client).map(|(at, _)| *at);
        backs.chain(orders).filter(|at| (came..due).contains(at)).max().unwrap_or(came)
    }

    fn judged(&self, client: Who, number: usize, typed: &Typed, came: i64, part: (i64, i64)) -> &'static str {
        let hours: Hours = self.people[client].hours;
        let due = hours.due_after(came);
        let tell = point(part, self.last_round(client, typed, came, due), due);
        let Some(taken) = self.walks.taken(number).filter(|at| *at < due).last() else {
            return "deadlines: it was read when its deadline was over";
        };
        // Letters of one day have the deadline of the first that waits.
        let others: Vec<(usize, &Typed, i64)> = self
            .reports_of(client)
            .filter(|(n, t, at)| *n == number || self.may_share_day(client, (typed, came), (t, *at)))
            .collect();
        let words = |letters: &[(usize, &Typed, i64)]| -> BTreeSet<String> {
            letters.iter().flat_map(|(_, t, _)| t.words.iter().chain(&t.subject_words)).cloned().collect()
        };
        let all = words(&others);
        let mut answers = self
            .answers_to(client, due)
            .filter(|answer| answer.about.is_empty() || answer.about.iter().any(|w| all.contains(w)));
        if answers.any(|answer| answer.perhaps) {
            return "deadlines: answered in time";
        }
        let told = |p: &&Passage| {
            let hers = p.sent.looks == Looks::Truth && p.sent.to == self.people[client].addresses[0];
            let moment = hours.moment(due, self.people[client].japanese);
            hers && promised(&p.sent.text) == Some(moment) && self.walks.shown(p.sent.made, p.sent.at) <= due
        };
        if self.passages.values().any(|p| told(&p)) {
            return "deadlines: told before they passed";
        }
        let waits = |other: &(usize, &Typed, i64)| {
            let before = self.walks.taken(other.0).any(|at| at <= taken);
            other.0 != number && before && !self.was_answered(client, other.0, taken)
        };
        let adds = others.iter().any(waits);
        let both = typed.answers && self.holders.iter().any(|(.., who)| *who == client);
        let stopped = self.is_out_of_reach(client);
        match () {
            () if adds => "deadlines: an addition to a letter that waits",
            () if both => "deadlines: of a supporter, whose letters may be meant for others",
            () if stopped => "deadlines: nothing reaches her",
            () if self.ran_out(typed) => "deadlines: nothing could be sent for days",
            () if self.walks.is_wrong(came, due) => "deadlines: the clock was set",
            () if self.walks.able(tell.max(taken), due) < 3 * MINUTE => "deadlines: the house stood still",
            () => NOT_TOLD,
        }
    }
}

/// The first canary of a mail, for the story.
fn first_word(sent: &Sent) -> &str {
    sent.news
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.starts_with("zx"))
        .unwrap_or("no words")
}

const NOT_TOLD: &str = "deadlines: not told";

/// By when an answer was promised, as a truth says it.
fn promised(text: &str) -> Option<String> {
    let between = |from: &str, to: &str| {
        let rest = text.split_once(from)?.1;
        Some(rest.split_once(to)?.0.to_owned())
    };
    between("お約束の", "に\n").or_else(|| between("come by ", ",\n"))
}

/// Which further deadline has passed, as the office hears it.
fn passed_too(text: &str) -> Option<String> {
    let between = |from: &str, to: &str| {
        let rest = text.split_once(from)?.1;
        Some(rest.split_once(to)?.0.to_owned())
    };
    between("\nそのあと、", "も過ぎました。").or_else(|| between("\nSince then ", " has passed, too."))
}
