//! The form of every decision: what to change, what to send, and why. A value; nothing is performed here.

use super::absence::Days;
use super::calendar::Day;
use super::days_off::Spoken;
use super::exclusion::SaidBy;
use super::meaning::Doubt;
use super::notice::{Enclosures, Notice};
use super::outgoing::Kind;
use super::people::{ClientId, Recipient, SupporterId};
use super::pool::PoolSaid;
use super::reading::ToRead;
use super::set_aside::{Choice, SetAside};
use super::token::Purpose;
use crate::clock::Timestamp;
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;

/// What one mail leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Why, for `thread`, `status` and the log.
    pub reason: Reason,
    /// Where the kept mail ends.
    pub end: End,
    /// Effects, in order.
    pub changes: Vec<Change>,
    /// Mails to send, in order.
    pub posts: Vec<Post>,
}

impl Decision {
    /// The mail ends there and nothing else happens.
    pub fn only(end: End, reason: Reason) -> Self {
        Self { reason, end, changes: Vec::new(), posts: Vec::new() }
    }
}

/// Where a kept mail ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It had its effects.
    Applied,
    /// It was understood and calls for nothing; its octets stay while there is room for them.
    Discarded,
    /// A human has to look.
    Quarantined,
    /// It is none of our business: its octets go, and the same content counts as never seen.
    Skipped,
}

impl End {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Discarded => "discarded",
            Self::Quarantined => "quarantined",
            Self::Skipped => "skipped",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why something was decided. Each has one word, which listings and logs show.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }
        impl Reason {
            /// The word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

reasons! {
    /// The first letter of a day.
    Report = "report",
    /// A further letter of the same day.
    Addition = "addition",
    /// A report from a client to whom nobody is assigned.
    ReportWithoutHolder = "report_without_holder",
    /// A bare word of thanks in reply to an answer.
    Thanks = "thanks",
    /// A client's mail that was too large to read.
    TooLarge = "too_large",
    /// An answer that passes on.
    Answer = "answer",
    /// An answer that passes on although nothing proves its writer, as the operator set it.
    AnswerUnproven = "answer_unproven",
    /// An answer that waits for a yes.
    AnswerHeld = "answer_held",
    /// An answer that tells who its writer is, and waits for her leave.
    AnswerTelling = "answer_telling",
    /// An answer that may be a word for the office, for another client, or a memo, and waits for her word.
    AnswerDoubted = "answer_doubted",
    /// A word for the office.
    ToOffice = "to_office",
    /// The same, and the receiving server says that its writer did not write it.
    ToOfficeRefuted = "to_office_refuted",
    /// A supporter's memo, for herself.
    Memo = "memo",
    /// The same, and nothing proves that she wrote it.
    MemoUnproven = "memo_unproven",
    /// Her words were for another client.
    AnotherClient = "another_client",
    /// She does not want it to go as it is.
    Withheld = "withheld",
    /// A client lets her supporter see what was hidden in her letter.
    Shown = "shown",
    /// She does not.
    KeptHidden = "kept_hidden",
    /// The yes.
    Confirmed = "confirmed",
    /// The no.
    Disowned = "disowned",
    /// Neither.
    Unclear = "unclear",
    /// A yes or no to a question that was settled before.
    AlreadySettled = "already_settled",
    /// A supporter's mail that answers nothing.
    NoThread = "no_thread",
    /// A supporter's mail to a reply address of somebody else.
    NotYours = "not_yours",
    /// A supporter's mail without words of her own.
    NoWords = "no_words",
    /// A supporter will be away.
    Absence = "absence",
    /// The same, and she is asked whether she wrote it.
    AbsenceAsked = "absence_asked",
    /// A supporter will be away, and nobody can tell when.
    AbsenceUnclear = "absence_unclear",
    /// It is taken back.
    AbsenceWithdrawn = "absence_withdrawn",
    /// A supporter asks that somebody else answers a report.
    Cover = "cover",
    /// A supporter may know a client.
    MayKnow = "may_know",
    /// A client wants another supporter.
    Wish = "wish",
    /// One of these is taken back.
    TakenBack = "taken_back",
    /// A supporter's words to a client whom somebody else answers now.
    Elsewhere = "elsewhere",
    /// What it answers is gone.
    Gone = "gone",
    /// A registered supporter's reply address, used from an unregistered address.
    OtherAddress = "other_address",
    /// A person whose mails were sent back too often today: a machine that does not say so, or somebody in trouble.
    TooOften = "too_often",
    /// More mails of one writer than a day may bring.
    Flood = "flood",
    /// More mails of one thread than go out within an hour.
    Busy = "busy",
    /// Words that nothing proves, and no more questions to her for now.
    AskedEnough = "asked_enough",
    /// Nobody we know, to a reply address that was never given out.
    BadToken = "bad_token",
    /// A supporter's answer to a mail from before her reply addresses were withdrawn.
    Revoked = "revoked",
    /// Nobody we know.
    Stranger = "stranger",
    /// The office itself.
    Office = "office",
    /// No author, or several.
    NoSingleAuthor = "no_single_author",
    /// It had lain in the mailbox for more than thirty days when it was first seen.
    TooOld = "too_old",
    /// It lies in the junk folder and calls for nothing.
    Junk = "junk",
    /// Our own mail came back.
    OwnMail = "own_mail",
    /// A machine answered.
    AutomaticReply = "automatic_reply",
    /// List or bulk mail.
    ListMail = "list_mail",
    /// A read receipt.
    ReadReceipt = "read_receipt",
    /// A delivery report.
    DeliveryReport = "delivery_report",
    /// Our code failed on it.
    Panicked = "panicked",
    /// Our code was stopped on it three times.
    Poisonous = "poisonous",
    /// The server lists a mail that it does not hand out.
    Unfetchable = "unfetchable",
    /// A submission ended without being accepted.
    NotAccepted = "not_accepted",
    /// Sending or fetching has been stopped for long.
    Stopped = "stopped",
    /// The operator mended something.
    Mended = "mended",
    /// The database was put back from a backup.
    Restored = "restored",
    /// The operator assigned a supporter.
    Assigned = "assigned",
    /// The machine under it needs a human.
    Machine = "machine",
    /// Whoever holds a report was reminded of it.
    Reminded = "reminded",
    /// The second one holds a report.
    HandedOver = "handed_over",
    /// A supporter who was away is back.
    Back = "back",
    /// A supporter leaves for good.
    Leaving = "leaving",
    /// Her last words to her clients.
    LastLine = "last_line",
    /// She takes them back.
    LastLineBack = "last_line_back",
    /// A word from a supporter who is away to whoever stands in for her.
    AbsenceLine = "absence_line",
    /// The client was told that her answer may come late.
    Told = "told",
    /// Whoever holds a report is writing.
    Writing = "writing",
    /// A supporter takes back an answer before it went.
    Recalled = "recalled",
    /// She asks for it when it has gone.
    RecallTooLate = "recall_too_late",
    /// She asks for it, and nothing of hers is on its way.
    NothingToRecall = "nothing_to_recall",
    /// Somebody asks for it, and nothing shows that it is she.
    RecallUnproven = "recall_unproven",
    /// An answer does not pass on by itself; its writer says what becomes of it.
    SetAside = "set_aside",
    /// What becomes of it was said, or happened by itself after a day.
    Chosen = "chosen",
    /// Words that were set aside go to whoever answers their client now.
    HandedOn = "handed_on",
    /// Whoever holds a report hears that somebody else answered it.
    AnsweredMeanwhile = "answered_meanwhile",
    /// A word of somebody who is away goes on to whoever stands in.
    LinePassed = "line_passed",
    /// Somebody of the pool was asked whether she takes a report.
    PoolAsked = "pool_asked",
    /// She takes it.
    PoolTaken = "pool_taken",
    /// She does not.
    PoolDeclined = "pool_declined",
    /// She said something else.
    PoolUnclear = "pool_unclear",
    /// She would, and another was first, or it is answered.
    PoolOver = "pool_over",
    /// She said something, and the receiving server says that it was not she.
    PoolRefuted = "pool_refuted",
    /// She had her time: it goes on.
    PoolLapsed = "pool_lapsed",
    /// A newcomer's answer that an experienced reader reads first.
    ReadFirst = "read_first",
    /// A reader was asked to read one.
    ReadingAsked = "reading_asked",
    /// She says that it is good.
    ReadingApproved = "reading_approved",
    /// She has something to say to its writer.
    ReadingReturned = "reading_returned",
    /// She cannot read it.
    ReadingDeclined = "reading_declined",
    /// Neither.
    ReadingUnclear = "reading_unclear",
    /// She said something, and the receiving server says that it was not she.
    ReadingRefuted = "reading_refuted",
    /// It need not be read any more.
    ReadingOver = "reading_over",
    /// A reader's word came when it was settled: she hears how.
    ReadingLate = "reading_late",
    /// Composing a mail failed.
    NotComposed = "not_composed",
}

/// What kind of letter was filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// The first of its day.
    Report,
    /// A further one.
    Addition,
    /// Thanks.
    FollowUp,
    /// A supporter's.
    Answer,
}

impl LetterKind {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Addition => "addition",
            Self::FollowUp => "follow_up",
            Self::Answer => "answer",
        }
    }
}

/// How sure we are of a letter's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The receiving server vouches for it, or the writer confirmed it.
    Proven,
    /// Nothing speaks for or against it.
    Unproven,
    /// The receiving server says that it is not so.
    Refuted,
}

impl Proof {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unproven => "unproven",
            Self::Refuted => "refuted",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Proven, Self::Unproven, Self::Refuted].into_iter().find(|proof| proof.word() == word)
    }
}

/// A letter to file under a client's day.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Whose thread.
    pub client: ClientId,
    /// Which report.
    pub day: Day,
    /// What it is.
    pub kind: LetterKind,
    /// The supporter who wrote it; `None` when the client did.
    pub author: Option<SupporterId>,
    /// The address that it came from.
    pub address: Option<Address>,
    /// The words that were newly written.
    pub text: String,
    /// The same, or the subject where there are none, without anybody's address: what others are shown.
    pub shown: String,
    /// The subject as written.
    pub subject: String,
    /// Its Message-ID, to thread under.
    pub message_id: Option<MessageId>,
    /// The subject when it is the writer's own, not a "Re:" to ours; else empty.
    pub own_subject: String,
    /// The same with nothing hidden, where something is.
    pub whole: Option<Whole>,
    /// What came with it.
    pub enclosures: Enclosures,
    /// How sure we are of its writer.
    pub proof: Proof,
}

/// A letter with what is hidden from others in it, and who may read it so. Addresses are taken out all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The supporter; `None` while the client has none: then whoever is the next.
    pub reader: Option<SupporterId>,
    /// The words.
    pub text: String,
    /// The subject, like the letter's own.
    pub own_subject: String,
}

/// One effect in the database.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A day's report begins, or waits for an answer again.
    ReportWaits {
        /// Whose.
        client: ClientId,
        /// Which.
        day: Day,
        /// Who answers it.
        holder: Option<SupporterId>,
        /// When it came.
        from: Timestamp,
        /// By when.
        due_at: Timestamp,
        /// When somebody may have to be reminded; `None`: nobody is.
        step_at: Option<Timestamp>,
    },
    /// Whoever holds a report writes her answer: she is left in peace.
    Writing {
        /// Whose report.
        client: ClientId,
        /// Which.
        day: Day,
        /// Until then.
        until: Timestamp,
    },
    /// A letter joins a report.
    File(Box<Letter>),
    /// An answer has passed on.
    ReportAnswered {
        /// Whose.
        client: ClientId,
        /// Which.
        day: Day,
    },
    /// A question is asked of a supporter's registered address.
    AskConfirmation {
        /// The question's number.
        number: u64,
        /// Whom.
        supporter: SupporterId,
        /// The address that wrote.
        address: Address,
        /// The receiving server says that the words are not hers.
        refuted: bool,
        /// It asks whether words that tell who she is go as they are.
        telling: bool,
        /// It asks whom words are for.
        doubt: Option<Doubt>,
    },
    /// What was hidden in a client's letter is shown to one supporter from now on.
    Show {
        /// The letter.
        letter: i64,
        /// As it is shown to her.
        whole: Whole,
    },
    /// The question is settled; a yes releases what waits for it, a no cancels it.
    SettleConfirmation {
        /// The question's number.
        number: u64,
        /// Yes or no.
        yes: bool,
    },
    /// Words that have not gone yet do not go: their writer took them back.
    Recall {
        /// The row.
        outbox_id: i64,
    },
    /// Words that were passed on did not arrive: their report waits again.
    ReportWaitsAgain {
        /// The row.
        outbox_id: i64,
    },
    /// A supporter's memo about a client is kept.
    Remember {
        /// Whose.
        supporter: SupporterId,
        /// About whom.
        client: ClientId,
        /// The report that she read when she wrote it.
        day: Day,
        /// Her words.
        text: String,
        /// It counts once this question is answered with yes.
        question: Option<u64>,
    },
    /// An open question is asked again.
    AskAgain {
        /// The question's number.
        number: u64,
    },
    /// A supporter will be away, or asks somebody else to answer one report.
    Absent {
        /// What mails about it carry.
        number: u64,
        /// Who.
        supporter: SupporterId,
        /// When.
        days: Days,
        /// Only for this client's report of that one day.
        client: Option<ClientId>,
        /// It counts, and waits for no yes.
        confirmed: bool,
    },
    /// A supporter says which weekdays are off, or are none any more.
    DaysOff {
        /// Her word.
        spoken: Spoken,
        /// Her day.
        day: Day,
    },
    /// She said yes.
    ConfirmAbsence {
        /// Its number.
        number: u64,
    },
    /// It is taken back.
    WithdrawAbsence {
        /// Its number.
        number: u64,
    },
    /// A supporter has nothing to do with a client any more. Whoever carries this out gives to others what waits.
    Exclude {
        /// The client.
        client: ClientId,
        /// The supporter.
        supporter: SupporterId,
        /// Who said so.
        said_by: SaidBy,
    },
    /// What one of them said about it is taken back.
    EndExclusion {
        /// The client.
        client: ClientId,
        /// The supporter.
        supporter: SupporterId,
        /// Who said so.
        said_by: SaidBy,
    },
    /// An answer does not pass on by itself: its writer is asked what becomes of it.
    SetAside(Box<SetAside>),
    /// What becomes of it.
    Choose {
        /// Its number.
        number: u64,
        /// That.
        choice: Choice,
    },
    /// What she says to whoever stands in for her.
    AbsenceLine {
        /// The absence's number.
        number: u64,
        /// Her words, with what tells who somebody is hidden.
        shown: String,
    },
    /// She takes back her last words to her clients.
    LastLineBack {
        /// The absence's number.
        number: u64,
    },
    /// A newcomer's answer waits until somebody has read it.
    ReadFirst(Box<ToRead>),
    /// A reader said what she thinks of one.
    ReadingSaid {
        /// The reading's number.
        number: u64,
        /// She.
        reader: SupporterId,
        /// It is good as it is.
        approved: bool,
    },
    /// A reader cannot read it.
    ReadingDeclined {
        /// The reading's number.
        number: u64,
        /// She.
        reader: SupporterId,
    },
    /// A reader read one that was settled meanwhile.
    ReadingCounts {
        /// The reading's number.
        number: u64,
        /// She.
        reader: SupporterId,
    },
    /// A reader hears what became of one that was settled meanwhile.
    ReadingHeard {
        /// The reading's number.
        number: u64,
        /// She.
        reader: SupporterId,
    },
    /// A reader was asked in an earlier life of the database: her reply says so.
    ReadingAskedBefore {
        /// The reading's number.
        number: u64,
        /// She.
        reader: SupporterId,
        /// When she replied.
        at: Timestamp,
    },
    /// Somebody of the pool said whether she takes a report.
    Pool {
        /// The ask's number.
        number: u64,
        /// What.
        said: PoolSaid,
    },
    /// Nothing goes to an address any more.
    Suspend {
        /// Which.
        address: Address,
        /// The row whose report says why.
        outbox_id: i64,
        /// What it says.
        status: String,
    },
    /// Mail goes to an address again: its owner wrote from it.
    Lift {
        /// Which.
        address: Address,
    },
    /// A delivery report about a mail of ours.
    NoteDeliveryReport {
        /// The row.
        outbox_id: i64,
        /// RFC 3464's action, in lower case.
        action: &'static str,
        /// The enhanced status.
        status: String,
    },
}

/// A mail to render, compose and put into the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// What it is.
    pub kind: Kind,
    /// For whom.
    pub to: Recipient,
    /// What it says.
    pub notice: Notice,
    /// The client whose thread it belongs to.
    pub client: Option<ClientId>,
    /// The report day that it is about.
    pub day: Option<Day>,
    /// The letter (by the digest of its mail) that it carries.
    pub letter: Option<[u8; 32]>,
    /// What a reply to it is; `None` when replies mean nothing in particular.
    pub reply: Option<Reply>,
    /// Which conversation it joins.
    pub conversation: Conversation,
    /// The open question that it waits for.
    pub held_for: Option<u64>,
}

/// What a reply to a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The purpose in the token.
    pub purpose: Purpose,
    /// The thread in the token.
    pub thread: u64,
}

/// Which conversation of a mail program a mail joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversation {
    /// None: it stands alone.
    None,
    /// One per client, reader and month, under a root that was never sent.
    Month,
    /// Under the reader's own mail.
    Under(MessageId),
}
