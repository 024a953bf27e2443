//! The typed content of every mail that we send: one struct per template. Plain values, no layout.

mod days_off;
mod handover;
mod leaving;
mod meaning;
mod parts;
mod pool;
mod reading;
mod set_aside;

use super::absence::{Days, Doubt};
use super::calendar::Day;
use super::decision::Reason;
pub use super::exclusion::{Changed, HowChanged, Wish};
use crate::clock::Timestamp;
use crate::mail::picture::Picture;

pub use days_off::{DaysOff, DaysOffAsked};
pub use handover::{Back, GivenBack, Handover, Line, Meanwhile, Portrait, StandIn};
pub use leaving::{Farewell, LastLine, LastLineStage, Left, Successor};
pub use meaning::{Meaning, MemoKept, OfficeReads, ToOffice};
pub use parts::{Enclosures, Exchange};
pub use pool::{PoolAsk, PoolLapsed, PoolNotice, PoolOver};
pub use reading::{
    Outcome, Read, ReadingAsk, ReadingBack, ReadingCompany, ReadingLate, ReadingNotice, ReadingOffice,
    ReadingOver,
};
pub use set_aside::{Answered, HandedOn, SetAside, SetAsideOver};

/// Content of an outgoing mail.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A client's report or addition, for her supporter.
    Alert(Alert),
    /// A client's thanks, for her supporter.
    FollowUp(FollowUp),
    /// A supporter's words, for the client.
    PassOn(PassOn),
    /// "It arrived", for the client.
    Receipt(Receipt),
    /// "Was it you?", for a supporter.
    Confirmation(Confirmation),
    /// "Shall it go as it is?", for a supporter.
    Telling(Telling),
    /// "Whom is it for?", for a supporter.
    Meaning(Meaning),
    /// A word of a person, for the office.
    ToOffice(ToOffice),
    /// To that person: the office reads it.
    OfficeReads(OfficeReads),
    /// To a supporter: her memo is kept.
    MemoKept(MemoKept),
    /// "Shall it be shown as it is?", for a client.
    Hidden(Hidden),
    /// What was hidden in a client's letter, for her supporter.
    Shown(Shown),
    /// Words back to their writer, with what to do.
    Returned(Returned),
    /// To a supporter who takes an answer back.
    Recall(Recall),
    /// To a person: somebody wrote to her reply address from an address that is not hers.
    OtherAddress(OtherAddress),
    /// To somebody whose enclosures were left out.
    LeftOut(LeftOut),
    /// To somebody whose mail went to others as well.
    Copied(Copied),
    /// To a client: who answers her.
    Introduction(Introduction),
    /// To a client who wants another supporter, or takes that back.
    Wish(Wish),
    /// To a supporter: whether a client's letters come to her is otherwise now.
    Changed(Changed),
    /// To a client: her answer may come after its deadline.
    Truth(Truth),
    /// To a supporter who said that she is writing.
    Writing(Writing),
    /// To the office: a client was told so, and what else waits.
    Unanswered(Unanswered),
    /// To a supporter: her absence is written down.
    Absence(Absence),
    /// To a supporter: it is taken back.
    AbsenceWithdrawn(AbsenceWithdrawn),
    /// "Was it you?", to a supporter in whose name an absence was announced.
    AbsenceAsked(AbsenceAsked),
    /// To a supporter: when will you be away?
    AbsenceUnclear(AbsenceUnclear),
    /// To a supporter: which weekdays she is off, after she said so or took it back.
    DaysOff(DaysOff),
    /// "Was it you?", to a supporter in whose name that was said.
    DaysOffAsked(DaysOffAsked),
    /// To a supporter: her answer does not pass on by itself, and what she can say.
    SetAside(SetAside),
    /// To a supporter: it is too late to say otherwise.
    SetAsideOver(SetAsideOver),
    /// Another supporter's words, to whoever answers the client.
    HandedOn(HandedOn),
    /// To whoever holds a report: somebody else answered it.
    Answered(Answered),
    /// To a supporter who stands in while another is away: whom she has now.
    Handover(Handover),
    /// To a client: who reads her letters while her supporter is away.
    StandIn(StandIn),
    /// What somebody who is away says to whoever stands in; to both.
    Line(Line),
    /// To a supporter who was away: what happened meanwhile.
    Back(Back),
    /// To a supporter who stood in: what she need not answer any more.
    GivenBack(GivenBack),
    /// To a supporter who leaves for good: about a last line of her own.
    LastLine(LastLine),
    /// To a client whose supporter left: who reads her letters from now on.
    Successor(Successor),
    /// A supporter's last words, for a client.
    Farewell(Farewell),
    /// To the office: who needs somebody else.
    Left(Left),
    /// To one of the pool.
    Pool(PoolNotice),
    /// About a newcomer's answer that is read first.
    Reading(ReadingNotice),
    /// To the office: something needs a human.
    Office(Office),
    /// To the office: sending or fetching has been stopped for long.
    Stopped(Stopped),
}

impl Notice {
    /// What comes with its text.
    pub fn pictures(&self) -> &[Picture] {
        match self {
            Self::Alert(Alert { pictures, .. }) | Self::PassOn(PassOn { pictures, .. }) => pictures,
            _ => &[],
        }
    }

    /// Why it goes out, where that is another reason than that of the mail that led to it.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::SetAside(SetAside { unclear: None, .. }) => Some(Reason::SetAside),
            Self::Answered(_) => Some(Reason::AnsweredMeanwhile),
            Self::HandedOn(_) => Some(Reason::HandedOn),
            Self::Line(Line { own: Some(_), .. }) => Some(Reason::LinePassed),
            Self::Reading(notice) => notice.reason(),
            _ => None,
        }
    }

    /// Whether it wakes nobody: it waits while a supporter who gets it sleeps.
    pub fn wakes_nobody(&self) -> bool {
        match self {
            Self::Answered(_) | Self::HandedOn(_) | Self::Line(Line { own: Some(_), .. }) => true,
            Self::Reading(notice) => notice.wakes_nobody(),
            _ => false,
        }
    }
}

/// When a mail is worth nothing any more: at `usual`, or before.
pub fn stale_at(notice: &Notice, usual: Timestamp) -> Timestamp {
    match notice {
        Notice::Pool(PoolNotice::Ask(ask)) => ask.due_at.min(usual),
        _ => usual,
    }
}

/// See [`Notice::Alert`].
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The client's name.
    pub client: String,
    /// The name that the client will see.
    pub supporter: String,
    /// The report day.
    pub day: Day,
    /// Whether something of that day came before.
    pub addition: bool,
    /// The client's own subject; empty when there is none.
    pub subject: String,
    /// The client's words; may be empty.
    pub text: String,
    /// Her pictures.
    pub pictures: Vec<Picture>,
    /// What else came with it.
    pub enclosures: Enclosures,
    /// Whether the writer's address could not be proven although proof is looked for.
    pub unproven: bool,
    /// Whether it lay in the junk folder.
    pub junk: bool,
    /// The mail was too large to be read, in MiB.
    pub too_large: Option<u64>,
    /// The client's goal; empty when she has none.
    pub goal: String,
    /// What she wrote about herself, for a supporter who reads her for the first time; else empty.
    pub about: String,
    /// By when an answer is promised.
    pub due_at: Timestamp,
    /// Its reader's own memos about the client, oldest first.
    pub memos: Vec<String>,
    /// The last exchanges, newest first.
    pub exchanges: Vec<Exchange>,
    /// What became of her own last answer, where that is news.
    pub last: Option<LastAnswer>,
    /// What makes it go out.
    pub occasion: Occasion,
}

/// What became of a supporter's last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastAnswer {
    /// When the submission server took it.
    pub at: Timestamp,
    /// Whether the client's server says that it arrived.
    pub arrived: bool,
}

/// What makes an alert go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The letter came.
    News,
    /// It has waited for a while.
    Reminder {
        /// Who is asked next, and when.
        next: Option<(String, Timestamp)>,
    },
    /// Whoever holds it has not answered so far, or is away.
    StandIn {
        /// Her name.
        own: String,
        /// Whether she is away.
        away: bool,
    },
    /// Its reader is back from a leave in which somebody else had it.
    Back {
        /// Her name.
        second: String,
    },
    /// She took it from the pool.
    Pool {
        /// Until then it is hers.
        until: Timestamp,
    },
}

/// See [`Notice::FollowUp`].
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUp {
    /// The client's name.
    pub client: String,
    /// The day of the report that was answered.
    pub day: Day,
    /// The client's words.
    pub text: String,
}

/// See [`Notice::PassOn`].
#[derive(Clone, Debug, PartialEq)]
pub struct PassOn {
    /// The client's name.
    pub client: String,
    /// The supporter's name.
    pub supporter: String,
    /// The supporter's words.
    pub words: String,
    /// Her pictures.
    pub pictures: Vec<Picture>,
    /// What else came with them.
    pub enclosures: Enclosures,
    /// The report day.
    pub day: Day,
    /// The client's own letters of that day, oldest first.
    pub report: Vec<String>,
    /// The subject of the client's mail, to stay in her conversation; empty when there is none.
    pub subject: String,
    /// The supporter is neither of the two whom the client knows.
    pub from_pool: bool,
}

/// See [`Notice::Receipt`].
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The client's name.
    pub client: String,
    /// Who reads it; `None` when nobody is assigned yet.
    pub supporter: Option<String>,
    /// By when an answer comes.
    pub due_at: Timestamp,
    /// The report day.
    pub day: Day,
    /// How many pictures go with it.
    pub pictures: usize,
    /// What came with it and is not passed on.
    pub enclosures: Enclosures,
    /// As in [`PassOn`].
    pub subject: String,
}

/// See [`Notice::Confirmation`].
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// The supporter's name.
    pub supporter: String,
    /// Whom the words are for.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// The words that are held.
    pub words: String,
    /// How many pictures are held with them.
    pub pictures: usize,
    /// The receiving server says that they are not hers.
    pub refuted: bool,
}

/// See [`Notice::Telling`].
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// Whom the words are for.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// The words that are held, as they would go.
    pub words: String,
    /// How many pictures would go with them.
    pub pictures: usize,
    /// What in them tells who she is.
    pub found: Vec<String>,
    /// Whether the receiving server refuted them.
    pub refuted: bool,
}

/// See [`Notice::Hidden`].
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// Her supporter's name; `None` when nobody is assigned.
    pub supporter: Option<String>,
    /// The day of her letter.
    pub day: Day,
    /// What is hidden in it.
    pub found: Vec<String>,
    /// As in [`PassOn`].
    pub subject: String,
}

/// See [`Notice::Shown`].
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The client's name.
    pub client: String,
    /// The day of her letter.
    pub day: Day,
    /// Her subject; empty when there is none.
    pub subject: String,
    /// Her words.
    pub text: String,
}

/// Why somebody's words come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A supporter wrote, and nothing says to whom.
    NoThread,
    /// A supporter used a reply address that is another's.
    NotYours,
    /// A supporter answered a mail from before her reply addresses were withdrawn.
    Revoked,
    /// A supporter's answer held no words of her own.
    NoWords,
    /// The client or report that it answers no longer exists.
    Gone,
    /// A reply to a yes-or-no question that was neither.
    Unclear,
    /// The same about words that tell who their writer is.
    UnclearLeave,
    /// The submission server refused it for good.
    Refused,
    /// It could not be handed over in time.
    Expired,
    /// Nobody said yes to the question whether it was hers.
    Unconfirmed,
    /// It told who its writer is, and she did not say that it may go as it is.
    Withheld,
    /// The mail was too large to be read.
    TooLarge,
    /// Somebody else answers this client now.
    Elsewhere,
    /// It waited for a yes, and the address from which or at which it was asked about is no longer hers.
    AddressRemoved,
    /// Nobody said whom it was for.
    Undecided,
    /// A reply to the question whom words are for that did not say.
    UnclearMeaning,
    /// It was for another client, and no letter of hers waits.
    AnotherClient,
    /// A memo that nothing proves to be hers.
    MemoUnproven,
    /// It waited to be read by somebody, and the office gives it back.
    Unread,
}

/// See [`Notice::Returned`].
#[derive(Clone, Debug, PartialEq)]
pub struct Returned {
    /// Why.
    pub why: Why,
    /// Whom the words were for, when that is known.
    pub other: String,
    /// Their writer's words.
    pub words: String,
    /// The number to quote.
    pub number: i64,
}

/// What became of an answer that its writer takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recalled {
    /// It does not go; here are its words.
    Back(String),
    /// It went, at that time where that is known, or is just going.
    TooLate(Option<Timestamp>),
    /// There is none.
    Nothing,
    /// Nothing shows that its writer takes it back.
    Unproven,
}

/// See [`Notice::Recall`].
#[derive(Clone, Debug, PartialEq)]
pub struct Recall {
    /// The client's name.
    pub client: String,
    /// What became of it.
    pub outcome: Recalled,
    /// The number to quote.
    pub number: i64,
}

/// See [`Notice::OtherAddress`].
#[derive(Clone, Debug, PartialEq)]
pub struct OtherAddress {
    /// What was written, where it may be shown to her; else empty.
    pub words: String,
    /// The number to quote.
    pub number: i64,
}

/// See [`Notice::LeftOut`].
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// Whom the words go to.
    pub other: String,
    /// Whether they wait for a yes.
    pub held: bool,
    /// Whether there are words.
    pub words: bool,
    /// How many pictures go with them.
    pub pictures: usize,
    /// What was left out.
    pub enclosures: Enclosures,
    /// The number to quote.
    pub number: i64,
}

/// See [`Notice::Copied`].
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// How many others it went to.
    pub others: usize,
}

/// See [`Notice::Introduction`].
#[derive(Clone, Debug, PartialEq)]
pub struct Introduction {
    /// The client's name.
    pub client: String,
    /// Who answers her.
    pub supporter: String,
    /// Who does where the first cannot; `None` while there is nobody.
    pub second: Option<String>,
}

/// See [`Notice::Truth`].
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The client's name.
    pub client: String,
    /// Who usually answers her, where another holds the report; `None` where she does or nobody is.
    pub own: Option<String>,
    /// Who holds it; `None` for nobody: the office sees to it.
    pub holder: Option<String>,
    /// Whoever holds it took it from the pool.
    pub from_pool: bool,
    /// The day of the report.
    pub day: Day,
    /// What was promised.
    pub due_at: Timestamp,
    /// Whether that is over.
    pub late: bool,
    /// What is promised instead.
    pub then: Timestamp,
}

/// See [`Notice::Writing`].
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// Whom she writes to.
    pub client: String,
    /// Until when nobody else is asked; `None` when somebody else was.
    pub until: Option<Timestamp>,
    /// Who holds the report, where it is another.
    pub holder: Option<String>,
}

/// See [`Notice::Unanswered`].
#[derive(Clone, Debug, PartialEq)]
pub struct Unanswered {
    /// The client who was told.
    pub client: String,
    /// The day of her report.
    pub day: Day,
    /// It was answered before: she wrote again.
    pub follow_up: bool,
    /// Who holds it.
    pub holder: Option<String>,
    /// An answer is written, and nobody has read it yet.
    pub read: bool,
    /// How many of the pool were asked.
    pub asked: usize,
    /// What was promised.
    pub due_at: Timestamp,
    /// The further deadline that has passed as well; `None`: the first is still to come, or has just passed.
    pub passed: Option<Timestamp>,
    /// When this is said.
    pub now: Timestamp,
    /// Every report that waits, by deadline; not more than fit.
    pub waiting: Vec<Waiting>,
    /// How many more there are.
    pub more: usize,
}

/// A report that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Whose.
    pub client: String,
    /// Which.
    pub day: Day,
    /// It was answered before: she wrote again.
    pub follow_up: bool,
    /// Who holds it.
    pub holder: Option<String>,
    /// By when an answer is promised.
    pub due_at: Timestamp,
}

/// See [`Notice::Absence`].
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// When.
    pub days: Days,
    /// Whose report of that day somebody else answers; `None`: she is away.
    pub client: Option<String>,
    /// What else was in her mail, and went to nobody.
    pub besides: String,
    /// Her other absences that are to come.
    pub others: Vec<Days>,
    /// The office wrote it down.
    pub by_office: bool,
    /// Who stands in for her, to whom she may say a word; nobody when it is too late for that.
    pub seconds: Vec<String>,
    /// For one of her clients nobody stands in.
    pub alone: bool,
}

/// See [`Notice::AbsenceWithdrawn`].
#[derive(Clone, Debug, PartialEq)]
pub struct AbsenceWithdrawn {
    /// When it would have been.
    pub days: Days,
    /// As in [`Absence`].
    pub client: Option<String>,
    /// As in [`Absence`].
    pub others: Vec<Days>,
    /// The office took it back.
    pub by_office: bool,
}

/// See [`Notice::AbsenceAsked`].
#[derive(Clone, Debug, PartialEq)]
pub struct AbsenceAsked {
    /// When.
    pub days: Days,
    /// As in [`Absence`].
    pub client: Option<String>,
    /// The receiving server says that she did not write it.
    pub refuted: bool,
}

/// See [`Notice::AbsenceUnclear`].
#[derive(Clone, Debug, PartialEq)]
pub struct AbsenceUnclear {
    /// Why she is asked.
    pub doubt: Doubt,
    /// What she may have meant.
    pub possible: Vec<Days>,
    /// For an example.
    pub example: Days,
    /// What else was in her mail, and went to nobody.
    pub besides: String,
}

/// What the office is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficeMatter {
    /// A client without a supporter wrote.
    NoHolder,
    /// A mail is in quarantine.
    Quarantined,
    /// A mail of ours was refused for good.
    Refused,
    /// A mail of ours could not be handed over in time.
    Expired,
    /// A supporter did not say whether held words are hers.
    Unconfirmed,
    /// A supporter did not say whether words that tell who she is may go as they are.
    Withheld,
    /// A mail of ours may or may not have arrived.
    Unresolved,
    /// The writer could not be read: the mail was larger than the limit.
    TooLarge,
    /// The server lists a mail that it cannot deliver.
    Unfetchable,
    /// The same in the junk folder.
    UnfetchableJunk,
    /// A supporter said that held words are not hers.
    Disowned,
    /// A delivery report says that a mail of ours did not arrive.
    Bounced,
    /// A delivery report says that nobody has an address; nothing goes there any more.
    Suspended,
    /// The disk runs out of room: nothing is fetched.
    DiskShort,
    /// The clock was set back by more than an hour.
    ClockSetBack,
    /// The service broke by its own fault again and again: letters are kept and not understood.
    SafeMode,
    /// After a restore, so many mails may repeat.
    MayRepeat,
    /// A limit is reached; the reason says which.
    Limit,
    /// A supporter will be away.
    Absence,
    /// She will not, after all.
    AbsenceWithdrawn,
    /// The weekdays that a supporter is off are others.
    DaysOff,
    /// A client wants another supporter; whoever answered her does not any more.
    Wish,
    /// She takes that back.
    WishTakenBack,
    /// A supporter who said that she may know a client takes that back.
    MayAgain,
    /// A client has no second supporter any more.
    NeedsSecond,
    /// A client has no supporter any more.
    NeedsSupporter,
    /// A client's supporter asks that somebody else answers a report.
    Cover,
    /// She does not, after all.
    CoverWithdrawn,
    /// A supporter did not say whom her words were for.
    Undecided,
    /// Something that no operator may hear of by mail: whoever looks finds it.
    Look,
}

/// See [`Notice::Office`].
#[derive(Clone, Debug, PartialEq)]
pub struct Office {
    /// What happened.
    pub matter: OfficeMatter,
    /// The name of the person concerned; empty when there is none.
    pub person: String,
    /// What kind of mail, as a word of [`super::outgoing::Kind`]; empty for incoming mail.
    pub kind: String,
    /// The mail's or row's number.
    pub number: i64,
    /// A named reason, for the operator to look up; of [`OfficeMatter::MayAgain`], the supporter's name.
    pub reason: String,
}

/// One half of what the daemon does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Reading the mailbox.
    Fetching,
    /// Handing mail over.
    Sending,
}

/// See [`Notice::Stopped`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// What.
    pub work: Work,
    /// Since when.
    pub since: Timestamp,
}
