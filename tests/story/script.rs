//! The words of a story; `fixtures/stories/README.md` explains them.

use std::path::Path;
use std::time::Duration;

use yorisoi::clock::{Timestamp, Zone};
use yorisoi::domain::calendar::Day;
use yorisoi::domain::command::AddressChange;
use yorisoi::domain::days_off::Weekdays;
use yorisoi::domain::hours::{OwnHours, Span, clock};
use yorisoi::domain::locale::Locale;
use yorisoi::domain::notice::OfficeMatter;
use yorisoi::domain::people::Side;
use yorisoi::domain::pool::Terms;
use yorisoi::domain::walk::{Part, Points};
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::{EnhancedStatus, Stage, SubmitOutcome};
use yorisoi::settings::{Addressing, AuthMode, Promise, Receipts, Settings, UnprovenAnswers};

use crate::plain;

/// What the submission server says to mails from now on.
#[derive(Clone)]
pub struct Refusal {
    /// Whose: an address, or `everybody`.
    pub whom: String,
    pub stage: Stage,
    pub code: u16,
    pub status: Option<EnhancedStatus>,
}

impl Refusal {
    /// `WHOM [CODE [STATUS [STAGE]]]`: 550 at RCPT, if nothing else is said; 0 is a line that dies.
    fn read(words: &[&str]) -> Option<Self> {
        let whom = (*words.first()?).to_owned();
        let code = words.get(1).map_or(Some(550), |code| code.parse().ok())?;
        let status = words.get(2).and_then(|text| EnhancedStatus::at_start_of(text));
        let stages = [Stage::Connect, Stage::Auth, Stage::Mail, Stage::Rcpt, Stage::Data];
        let stage = match words.get(3) {
            Some(word) => stages.into_iter().find(|stage| stage.word() == *word)?,
            None => Stage::Rcpt,
        };
        Some(Self { whom, stage, code, status })
    }

    /// How a mail ends that meets it.
    pub fn outcome(&self) -> SubmitOutcome {
        let Self { stage, code, status, .. } = *self;
        match code {
            500.. => SubmitOutcome::Permanent { stage, code, status },
            _ => SubmitOutcome::Transient { stage, code, status },
        }
    }
}

/// One line and the lines that belong to it.
pub struct Step {
    /// Line number, from 1.
    pub line: usize,
    /// As told.
    pub told: String,
    /// Read.
    pub verb: Verb,
    /// `|`, `~`, `!` and `*` lines below it.
    pub body: Vec<(char, String)>,
}

/// What a line says.
pub enum Verb {
    Set(String, String),
    At(Timestamp),
    Supporter {
        name: String,
        address: String,
        locale: Locale,
    },
    Client {
        name: String,
        address: String,
        supporter: Option<String>,
        goal: String,
        locale: Locale,
    },
    Assign {
        client: String,
        supporter: String,
        second: Option<String>,
    },
    /// Nothing to do with each other any more, or again.
    Exclude {
        client: String,
        supporter: String,
        end: bool,
    },
    /// How many reports somebody takes on a day, or in a month; `None`: any number.
    Takes {
        supporter: String,
        cap: Option<u32>,
        month: bool,
    },
    /// The weekdays that she is off.
    Off {
        supporter: String,
        off: Weekdays,
    },
    /// The order after it is refused with these words.
    Refused(String),
    /// Who holds the report of a day.
    Holder {
        client: String,
        day: Day,
        holder: Option<String>,
    },
    Describe {
        client: String,
        about: Option<String>,
        note: Option<String>,
    },
    Hours {
        side: Side,
        person: String,
        own: OwnHours,
    },
    Reader(String, bool),
    Pool {
        side: Side,
        person: String,
        agreed: bool,
    },
    Address {
        side: Side,
        person: String,
        address: String,
        change: AddressChange,
    },
    Mail {
        from: String,
        header: Vec<String>,
    },
    Again(u32),
    Reply {
        from: String,
        earlier: usize,
        kind: String,
        style: String,
        header: Vec<String>,
    },
    Refuse(Refusal),
    Fetching(bool),
    Allow(String),
    Arrived(Timestamp),
    Junk,
    Unknown(String),
    Bounce {
        kind: String,
        action: String,
        status: String,
        recipient: Option<String>,
    },
    Lift(String),
    Revoke(String),
    /// She leaves for good, or is back.
    Leave {
        supporter: String,
        back: bool,
    },
    /// Written down, or without an end taken back.
    Absence {
        supporter: String,
        from: Day,
        until: Option<Day>,
    },
    /// How it stands: she is away on a day, or somebody else answers that client for her.
    Away {
        supporter: String,
        on: Day,
        client: Option<String>,
        not: bool,
    },
    RenewKey {
        at_once: bool,
    },
    /// A client rests, or is back.
    Pause {
        client: String,
        rests: bool,
    },
    Unfetchable,
    AskedAgain,
    Machine(OfficeMatter),
    Mend {
        how: String,
        kind: String,
    },
    Together {
        kind: String,
        to: String,
        expected: bool,
    },
    Crash,
    Backup,
    PutBack {
        journal: bool,
        unread: bool,
    },
    Repeats(String),
    Expect {
        kind: String,
        to: String,
        golden: Option<String>,
    },
    Because(String),
    Day {
        client: String,
        day: String,
        state: String,
    },
    /// How each letter of hers of that day ended, or who has it.
    Ends {
        client: String,
        day: String,
        expected: Vec<String>,
    },
    Ledger(Vec<String>),
    End,
}

/// Reads a story.
pub fn read(text: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut chars = line.chars();
        match (chars.next(), steps.last_mut()) {
            (Some(mark @ ('|' | '~' | '!' | '*')), Some(step)) => {
                let rest = chars.as_str();
                step.body.push((mark, rest.strip_prefix(' ').unwrap_or(rest).to_owned()));
            }
            (Some('+'), Some(Step { verb: Verb::Mail { header, .. } | Verb::Reply { header, .. }, .. })) => {
                header.push(chars.as_str().trim().to_owned());
            }
            _ => {
                let verb = verb(line).ok_or_else(|| format!("line {number}: {line:?} is not understood"))?;
                steps.push(Step { line: number, told: line.to_owned(), verb, body: Vec::new() });
            }
        }
    }
    Ok(steps)
}

/// `hours SIDE PERSON [zone=…] [due=…] [arrive=…] [quiet=…]`
fn hours(words: &[&str]) -> Option<Verb> {
    let side = [Side::Client, Side::Supporter].into_iter().find(|s| Some(&s.word()) == words.get(1))?;
    let mut own = OwnHours::default();
    for word in words.get(3..)? {
        let span = |text: &str| if text == "none" { Some(None) } else { Span::parse(text).map(Some) };
        match word.split_once('=')? {
            ("zone", name) => own.zone = Some(Zone::named(name)?),
            ("due", text) => own.due = Some(clock(text)?),
            ("arrive", text) => own.arrive = Some(span(text)?),
            ("quiet", text) => own.quiet = Some(span(text)?),
            _ => return None,
        }
    }
    Some(Verb::Hours { side, person: (*words.get(2)?).to_owned(), own })
}

/// `pool SIDE PERSON [not]`
fn pool(words: &[&str]) -> Option<Verb> {
    let side = if words.get(1)? == &"client" { Side::Client } else { Side::Supporter };
    Some(Verb::Pool { side, person: (*words.get(2)?).to_owned(), agreed: words.last() != Some(&"not") })
}

/// `reply ADDRESS to [earlier] KIND STYLE`
fn reply(words: &[&str]) -> Option<Verb> {
    let earlier = usize::from(words.get(3) == Some(&"earlier"));
    Some(Verb::Reply {
        from: (*words.get(1)?).to_owned(),
        earlier,
        kind: (*words.get(3 + earlier)?).to_owned(),
        style: words.get(4 + earlier).unwrap_or(&"gmail").to_string(),
        header: Vec::new(),
    })
}

/// `address HOW SIDE PERSON ADDRESS [first]`.
fn address_order(words: &[&str]) -> Option<Verb> {
    let side = if *words.get(2)? == "client" { Side::Client } else { Side::Supporter };
    let change = match *words.get(1)? {
        "add" => AddressChange::Add { first: words.last() == Some(&"first") },
        "first" => AddressChange::PutFirst,
        "remove" => AddressChange::Remove,
        _ => return None,
    };
    let text = |index: usize| words.get(index).map(|w| (*w).to_owned());
    Some(Verb::Address { side, person: text(3)?, address: text(4)?, change })
}

/// What the daemon notices about its machine.
fn matter(word: &str) -> Option<OfficeMatter> {
    match word {
        "disk-short" => Some(OfficeMatter::DiskShort),
        "clock-set-back" => Some(OfficeMatter::ClockSetBack),
        "safe-mode" => Some(OfficeMatter::SafeMode),
        _ => None,
    }
}

/// `absence HOW SUPPORTER FROM [UNTIL]`, `away SUPPORTER DAY [not]`, `covered CLIENT SUPPORTER DAY [not]`.
fn absence(words: &[&str]) -> Option<Verb> {
    let text = |index: usize| words.get(index).map(|w| (*w).to_owned());
    let day = |index: usize| words.get(index).and_then(|day| Day::parse(day));
    let not = words.last() == Some(&"not");
    Some(match *words.first()? {
        "absence" => Verb::Absence { supporter: text(2)?, from: day(3)?, until: day(4) },
        "away" => Verb::Away { supporter: text(1)?, on: day(2)?, client: None, not },
        _ => Verb::Away { supporter: text(2)?, on: day(3)?, client: text(1), not },
    })
}

/// `exclude CLIENT SUPPORTER [end]`, `takes SUPPORTER NUMBER [month]`, `holder CLIENT DAY SUPPORTER`.
fn choosing(words: &[&str]) -> Option<Verb> {
    let text = |index: usize| words.get(index).map(|w| (*w).to_owned());
    let client = text(1)?;
    Some(match *words.first()? {
        "exclude" => Verb::Exclude { client, supporter: text(2)?, end: words.last() == Some(&"end") },
        "refused" => Verb::Refused(words.get(1..)?.join(" ")),
        "off" => Verb::Off { supporter: client, off: Weekdays::parse(words.get(2)?)? },
        "takes" => Verb::Takes {
            supporter: client,
            cap: words.get(2)?.parse().ok(),
            month: words.last() == Some(&"month"),
        },
        _ => Verb::Holder {
            client,
            day: Day::parse(words.get(2)?)?,
            holder: text(3).filter(|name| name != "-"),
        },
    })
}

/// `about CLIENT TEXT`, `note CLIENT TEXT`.
fn described(line: &str) -> Option<Verb> {
    let mut words = line.splitn(3, ' ');
    let (what, client) = (words.next()?, words.next()?.to_owned());
    let told = words.next()?.replace("\\n", "\n");
    let (about, note) = if what == "about" { (Some(told), None) } else { (None, Some(told)) };
    Some(Verb::Describe { client, about, note })
}

/// `put-back [with-journal] [unread]`.
fn put_back(words: &[&str]) -> Verb {
    Verb::PutBack { journal: words.contains(&"with-journal"), unread: words.contains(&"unread") }
}

fn verb(line: &str) -> Option<Verb> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let text = |index: usize| words.get(index).map(|w| (*w).to_owned());
    let locale = if words.contains(&"en") { Locale::En } else { Locale::Ja };
    Some(match *words.first()? {
        "set" => Verb::Set(text(1)?, text(2)?),
        "at" => Verb::At(instant(words.get(1)?).ok()?),
        "supporter" => Verb::Supporter { name: text(1)?, address: text(2)?, locale },
        "client" => Verb::Client {
            name: text(1)?,
            address: text(2)?,
            supporter: text(3).filter(|s| s != "-"),
            goal: line.split_once("goal=").map_or_else(String::new, |(_, goal)| goal.to_owned()),
            locale,
        },
        "assign" => Verb::Assign { client: text(1)?, supporter: text(2)?, second: text(3) },
        "hours" => hours(&words)?,
        "about" | "note" => described(line)?,
        "address" => address_order(&words)?,
        "mail" => Verb::Mail { from: text(1)?, header: Vec::new() },
        "again" => Verb::Again(words.get(1).map_or(Some(1), |back| back.parse().ok())?),
        "reply" => reply(&words)?,
        "together" | "apart" => {
            Verb::Together { kind: text(1)?, to: text(3)?, expected: words.first() == Some(&"together") }
        }
        "mend" => Verb::Mend { how: text(1)?, kind: text(2)? },
        "unfetchable" => Verb::Unfetchable,
        "asked-again" => Verb::AskedAgain,
        "machine" => Verb::Machine(matter(words.get(1)?)?),
        "arrived" => Verb::Arrived(instant(words.get(1)?).ok()?),
        "junk" => Verb::Junk,
        "unknown" => Verb::Unknown(text(1)?),
        "bounce" => Verb::Bounce {
            kind: text(1)?,
            action: text(2).unwrap_or_else(|| "failed".to_owned()),
            status: text(3).unwrap_or_else(|| "5.1.1".to_owned()),
            recipient: text(4),
        },
        "lift" => Verb::Lift(text(1)?),
        "revoke" => Verb::Revoke(text(1)?),
        "leave" | "return" => Verb::Leave { supporter: text(1)?, back: words.first() == Some(&"return") },
        "absence" | "away" | "covered" => absence(&words)?,
        "renew-key" => Verb::RenewKey { at_once: words.get(1) == Some(&"at-once") },
        "pause" | "resume" => Verb::Pause { client: text(1)?, rests: words.first() == Some(&"pause") },
        "allow" => Verb::Allow(text(1)?),
        "refuse" => Verb::Refuse(Refusal::read(words.get(1..)?)?),
        "fetching" => Verb::Fetching(text(1)? == "works"),
        "crash" => Verb::Crash,
        "backup" => Verb::Backup,
        "put-back" => put_back(&words),
        "repeats" => Verb::Repeats(text(1)?),
        "expect" => Verb::Expect { kind: text(1)?, to: text(3)?, golden: text(5) },
        "because" => Verb::Because(text(1)?),
        "day" => Verb::Day { client: text(1)?, day: text(2)?, state: text(3)? },
        "ledger" => Verb::Ledger(line.split_once(' ')?.1.split(", ").map(str::to_owned).collect()),
        "end" => Verb::End,
        _ => answering(&words)?,
    })
}

/// Who may answer whom.
fn answering(words: &[&str]) -> Option<Verb> {
    match *words.first()? {
        "exclude" | "holder" | "takes" | "off" | "refused" => choosing(words),
        "pool" => pool(words),
        "reader" => Some(Verb::Reader((*words.get(1)?).to_owned(), words.last() != Some(&"not"))),
        "ends" => Some(Verb::Ends {
            client: (*words.get(1)?).to_owned(),
            day: (*words.get(2)?).to_owned(),
            expected: words.get(3..)?.join(" ").split(", ").map(str::to_owned).collect(),
        }),
        _ => None,
    }
}

/// An RFC 3339 instant.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let parsed: jiff::Timestamp = text.parse().map_err(|_| format!("{text} is no instant"))?;
    Ok(Timestamp::from_millis(parsed.as_millisecond()))
}

/// The settings that every story begins with.
pub fn settings(dir: &Path) -> Settings {
    let mut settings = plain::settings(dir);
    settings.service.data_dir = dir.to_owned();
    settings.service.operators = vec![Address::parse("office@example.com").expect("an address")];
    settings.service.max_message_bytes = 64 << 10;
    settings.auth.trusted_authserv_ids = vec!["mx.example.jp".to_owned()];
    settings
}

/// What the documentation names, where the configuration says nothing.
fn usual() -> Promise {
    let part = |parts, of| Some(Part { of, parts });
    let points = Points { remind: part(1, 4), second: part(1, 2), pool: part(2, 3), tell: part(5, 6) };
    let (grace, pool) = (Duration::from_secs(120), Terms::USUAL);
    let quiet = Span::parse("22:00-07:00");
    Promise { due: 20 * 60, arrive: None, quiet, points, grace, pool, read_first: 0 }
}

/// Changes a setting; stories do so before anything happens, or before a `crash`.
pub fn set(settings: &mut Settings, key: &str, value: &str) -> Result<(), String> {
    match (key, value) {
        ("addressing", "message-id") => settings.service.addressing = Addressing::MessageId,
        ("timezone", zone) => settings.service.timezone = Zone::named(zone).ok_or("no such zone")?,
        ("receipts", "first") => settings.service.receipts = Receipts::First,
        ("receipts", "always") => settings.service.receipts = Receipts::Always,
        ("auth", "none") => settings.auth.mode = AuthMode::None,
        ("auth", "ar") => settings.auth.mode = AuthMode::Ar,
        ("auth", "dkim") => settings.auth.mode = AuthMode::Dkim,
        ("unproven", "confirm") => settings.auth.unproven_answers = UnprovenAnswers::Confirm,
        ("scan", "false") => settings.privacy.scan = false,
        ("pictures", "true") => settings.privacy.pictures = true,
        ("answer", price) => settings.rates.answer = price.parse().map_err(|_| "no price".to_owned())?,
        ("stand_in", price) => settings.rates.stand_in = price.parse().map_err(|_| "no price".to_owned())?,
        ("reaching_out", price) => {
            settings.rates.reaching_out = price.parse().map_err(|_| "no price".to_owned())?;
        }
        ("currency", code) => settings.rates.currency = code.to_owned(),
        ("name", name) => settings.service.name = name.replace('_', " "),
        ("locale", "en") => settings.service.locale = Locale::En,
        ("promise", "usual") => settings.promise = usual(),
        ("grace", seconds) => {
            let seconds = seconds.parse().map_err(|_| "no seconds".to_owned())?;
            settings.promise.grace = Duration::from_secs(seconds);
        }
        ("pool_ask", number) => {
            settings.promise.pool.ask = number.parse().map_err(|_| "no number".to_owned())?;
        }
        ("read_first", number) => {
            settings.promise.read_first = number.parse().map_err(|_| "no number".to_owned())?;
        }
        ("reading", price) => settings.rates.reading = price.parse().map_err(|_| "no price".to_owned())?,
        ("operators", "none") => settings.service.operators.clear(),
        ("operators", all) => {
            let all = all.split(',').map(Address::parse).collect::<Result<Vec<_>, _>>();
            settings.service.operators = all.map_err(|e| e.to_string())?;
        }
        _ => return Err(format!("{key} = {value} is no setting of stories")),
    }
    Ok(())
}
