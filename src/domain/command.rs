//! What an operator may order. The same orders will come by mail: a command is a value.

use super::absence::Days;
use super::choosing::{ClientSet, SupporterSet};
use super::hours::OwnHours;
use super::locale::Locale;
use super::outgoing::State;
use super::people::{ClientId, Side, SupporterId};
use crate::mail::address::Address;

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A new client. Mails nobody, but her where she has a second one.
    AddClient {
        /// Unique among clients.
        name: String,
        /// At least one; mail goes to the first.
        addresses: Vec<Address>,
        /// May be empty.
        goal: String,
        /// The service's, when `None`.
        locale: Option<Locale>,
        /// Name, address or id of who answers her.
        supporter: Option<String>,
        /// Name, address or id of who answers where the first cannot; the client is then told both names.
        second: Option<String>,
        /// Whether she agreed that somebody else of the pool may answer one letter.
        pool: bool,
    },
    /// A new supporter. Mails nobody.
    AddSupporter {
        /// Unique among supporters.
        name: String,
        /// At least one; mail goes to the first.
        addresses: Vec<Address>,
        /// The service's, when `None`.
        locale: Option<Locale>,
    },
    /// The client's reports go to this supporter from now on; those that wait are alerted to her.
    Assign {
        /// Name, address or id.
        client: String,
        /// Name, address or id.
        supporter: String,
        /// Name, address or id of who answers where the first cannot; as it was, when `None`.
        second: Option<String>,
    },
    /// What fits a client.
    SetClient {
        /// Name, address or id.
        client: String,
        /// What is said of her.
        set: ClientSet,
    },
    /// What a supporter can do, and how much.
    SetSupporter {
        /// Name, address or id.
        supporter: String,
        /// What is said of her.
        set: SupporterSet,
    },
    /// Several clients get other supporters, all or none.
    Move {
        /// Each client, her supporter and her second one; as it was, when `None`.
        moves: Vec<(ClientId, SupporterId, Option<SupporterId>)>,
    },
    /// A supporter has nothing to do with a client any more; whoever answers then gets what waits.
    Exclude {
        /// Name, address or id.
        client: String,
        /// Name, address or id.
        supporter: String,
    },
    /// They may have to do with each other again, whoever said otherwise. Nobody is assigned by it.
    EndExclusion {
        /// Name, address or id.
        client: String,
        /// Name, address or id.
        supporter: String,
    },
    /// A person's own hours.
    Hours {
        /// Whether she is looked for among clients or supporters.
        side: Side,
        /// Name, address or id.
        person: String,
        /// What is hers from now on; what it leaves out stays as it was.
        own: OwnHours,
    },
    /// What whoever answers a client may know of her; what is `None` stays as it was.
    Describe {
        /// Name, address or id.
        client: String,
        /// Up to three lines that she wrote about herself.
        about: Option<String>,
        /// The office's notes for whoever stands in; never for her.
        note: Option<String>,
    },
    /// A supporter leaves for good: her clients go to their second ones, and she is asked for a last line.
    Leave {
        /// Name, address or id.
        supporter: String,
    },
    /// She is back, or did not leave; her clients stay with whoever has them.
    Return {
        /// Name, address or id.
        supporter: String,
    },
    /// Whether somebody agreed to the pool: that one of it may answer her, or that she may be asked.
    Pool {
        /// Whether she is looked for among clients or supporters.
        side: Side,
        /// Name, address or id.
        person: String,
        /// Yes or no.
        agreed: bool,
    },
    /// She is left in peace.
    Pause {
        /// Name, address or id.
        client: String,
    },
    /// She is back.
    Resume {
        /// Name, address or id.
        client: String,
    },
    /// Mail goes again to the suspended addresses of a client or a supporter.
    Lift {
        /// Name, address or id; a client and a supporter who have it are both meant.
        person: String,
    },
    /// What a supporter got so far can no longer be answered; what waits for her is alerted to her again.
    Revoke {
        /// Name, address or id.
        supporter: String,
    },
    /// A person's addresses change.
    Addresses {
        /// Whether she is looked for among clients or supporters.
        side: Side,
        /// Name, address or id.
        person: String,
        /// Which address.
        address: Address,
        /// What becomes of it.
        change: AddressChange,
    },
    /// A supporter will be away; she hears of it.
    AddAbsence {
        /// Name, address or id.
        supporter: String,
        /// When.
        days: Days,
    },
    /// An absence is taken back; its supporter hears of it.
    CancelAbsence {
        /// Its number in listings.
        id: i64,
    },
    /// Something is done to every mail that may have been sent before the database was put back.
    Repeats {
        /// Name, address or id of the client about whom they are; all, when `None`.
        client: Option<String>,
        /// What.
        mending: RepeatMending,
    },
    /// Something is done to one outgoing mail.
    Row {
        /// Its number.
        row: i64,
        /// What.
        mending: RowMending,
    },
    /// Something is done to one mail in quarantine.
    Quarantined {
        /// Its number.
        mail: i64,
        /// What.
        mending: MailMending,
    },
}

/// What becomes of an address of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// She writes from it too.
    Add {
        /// Mail to her goes there from now on.
        first: bool,
    },
    /// Mail to her goes to it from now on.
    PutFirst,
    /// It is hers no longer.
    Remove,
}

/// What an operator may do to an outgoing mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowMending {
    /// It is tried again now, with the same octets.
    Retry,
    /// It arrived, the operator says; it is not sent again.
    Accept,
    /// It is withdrawn, or, where it ended without arriving, put aside.
    Cancel,
    /// It was held, and passes on without a yes.
    Release,
    /// It was held, and goes back to its writer.
    Return,
}

impl RowMending {
    /// The states in which it can be done. A mail that is under way belongs to the server.
    pub fn from_states(self) -> &'static [State] {
        match self {
            Self::Accept => &[State::Unknown, State::Unresolved],
            Self::Retry => &[State::Queued, State::Unknown, State::Unresolved, State::Failed, State::Expired],
            Self::Cancel => &[
                State::Queued,
                State::Unknown,
                State::Unresolved,
                State::Held,
                State::Failed,
                State::Expired,
            ],
            Self::Release | Self::Return => &[State::Held],
        }
    }
}

/// What an operator may do to mails that may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatMending {
    /// They go out: some may arrive a second time.
    Send,
    /// They do not: some may never have arrived.
    Drop,
}

/// What an operator may do to a mail in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailMending {
    /// It is understood again.
    Release,
    /// It is put aside, as if it had called for nothing.
    Discard,
}

/// What an order led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// A client was added.
    ClientAdded(ClientId),
    /// A supporter was added.
    SupporterAdded(SupporterId),
    /// An absence was written down, under this number.
    AbsenceAdded(i64),
    /// Assigned; so many waiting letters were alerted.
    Assigned {
        /// Letters that went to the supporter at once.
        alerts: usize,
    },
    /// They have nothing to do with each other any more.
    Excluded(Excluded),
    /// A supporter's reply addresses are void.
    Revoked {
        /// Letters that went to her again.
        alerts: usize,
        /// Answers that waited for a yes and went back to her.
        returned: usize,
    },
    /// A supporter left.
    Left {
        /// How many clients their second ones have now.
        given: usize,
        /// How many clients nobody has now.
        alone: usize,
    },
    /// A supporter who left is back.
    Returned {
        /// How many clients are hers again, as nobody had told them of it.
        back: usize,
        /// How many stay with whoever has them now.
        stay: usize,
    },
    /// Done.
    Mended,
    /// So many mails were let go, or dropped.
    Repeats(usize),
    /// So many addresses get mail again.
    Lifted(usize),
    /// The addresses changed.
    Addresses(AddressesChanged),
    /// In the pool or not; `changed` is false when it was so before.
    Pool {
        /// Whether anything changed.
        changed: bool,
    },
    /// Paused or resumed; `changed` is false when it was so before.
    Paused {
        /// Whether anything changed.
        changed: bool,
    },
}

/// What a change of addresses led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressesChanged {
    /// False when it was so before.
    pub changed: bool,
    /// Where mail to her goes now.
    pub first: Address,
    /// Mails on their way to her that go there now.
    pub moved: usize,
    /// Answers that waited for a yes and went back to her.
    pub returned: usize,
}

/// What an exclusion led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// False when the same was said before.
    pub changed: bool,
    /// Whether the client's supporter or second one is another now.
    pub moved: bool,
    /// Who answers her now, where that was touched; `None`: nobody.
    pub own: Option<String>,
    /// Her second one now, where that was touched.
    pub second: Option<String>,
    /// Letters that went to whoever answers her now.
    pub alerts: usize,
}

/// Why an order was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody stands in for nobody.
    #[error("nobody stands in where nobody answers; name her supporter too")]
    SecondAlone,
    /// Somebody in this role has the name.
    #[error("there is somebody called {0} already; names are unique, so choose another")]
    NameTaken(String),
    /// A name that is empty, longer than 60 characters, or holds control characters.
    #[error("the name is empty, too long (60 characters) or holds characters that cannot be shown")]
    BadName,
    /// Somebody in this role has the address.
    #[error("the address {0} belongs to {1} already")]
    AddressTaken(String, String),
    /// The service's own address.
    #[error("{0} is an address of the service itself; give the person's own address")]
    OwnAddress(String),
    /// Nobody is left without an address.
    #[error("{0} has no other address than {1}; add the new one first")]
    LastAddress(String, String),
    /// It is not among her addresses.
    #[error("{0} has no address {1}; `yorisoi client list` and `supporter list` show everybody's")]
    NotHers(String, String),
    /// A submission cannot be taken back.
    #[error("a mail to {0} is being handed over just now; try again in a minute, with yorisoi running")]
    UnderWay(String),
    /// She left before.
    #[error("{0} has left already; `yorisoi supporter return {0}` takes it back")]
    LeftAlready(String),
    /// Nobody is given to her.
    #[error("{0} has left; choose somebody else, or first take it back with `yorisoi supporter return {0}`")]
    HasLeft(String),
    /// She is there.
    #[error(
        "{0} has not left, so there is nothing to take back; `yorisoi assign CLIENT {0}` gives her clients"
    )]
    NotLeft(String),
    /// More than three lines, or lines that are too long.
    #[error(
        "that is more than three lines of 100 characters; what she writes about herself is read on a telephone"
    )]
    TooMuchAbout,
    /// No such client.
    #[error("no client has the name, address or id {0}; `yorisoi client list` shows everybody")]
    NoClient(String),
    /// No such supporter.
    #[error("no supporter has the name, address or id {0}; `yorisoi supporter list` shows everybody")]
    NoSupporter(String),
    /// Neither a client nor a supporter.
    #[error("nobody has the name, address or id {0}; `yorisoi status` shows whose addresses are suspended")]
    Nobody(String),
    /// No outgoing mail has this number.
    #[error("no outgoing mail has the number {0}; `yorisoi outbox list` shows them")]
    NoRow(i64),
    /// No mail in quarantine has this number.
    #[error("no mail in quarantine has the number {0}; `yorisoi quarantine list` shows them")]
    NotQuarantined(i64),
    /// It cannot be done in the state that the mail is in.
    #[error("the mail with the number {0} is {1}, and this can only be done when it is {2}")]
    WrongState(i64, &'static str, String),
    /// One person cannot stand in for herself.
    #[error("{0} answers already; choose somebody else as the second")]
    SecondIsFirst(String),
    /// The last day is before the first.
    #[error("{1} is before {0}; give the first day and then the last one")]
    Backwards(String, String),
    /// Nobody is away in the past.
    #[error("{0} is over; give days that are to come")]
    Over(String),
    /// The same days are written down.
    #[error("{0} is away on these days already; `yorisoi absence list` shows them")]
    AwayAlready(String),
    /// No absence has this number.
    #[error("no absence has the number {0}; `yorisoi absence list` shows them")]
    NoAbsence(i64),
    /// It was taken back before.
    #[error(
        "the absence with the number {0} was taken back already; `yorisoi absence add` writes it down anew"
    )]
    AbsenceGone(i64),
    /// An exclusion stands.
    #[error(
        "{1} has nothing to do with {0}: an exclusion stands; choose somebody else, or see `yorisoi exclusion list`"
    )]
    Excluded(String, String),
    /// None stands.
    #[error("nothing keeps {1} from {0}; `yorisoi exclusion list` shows what does")]
    NotExcluded(String, String),
    /// Client and supporter are the same person.
    #[error("nobody is assigned to herself: {0} and {1} have an address in common; choose somebody else")]
    SamePerson(String, String),
}

/// Whether somebody's words about herself are short enough: three lines of 100 characters.
pub fn about_is_short(about: &str) -> bool {
    about.lines().count() <= 3 && about.lines().all(|line| line.chars().count() <= 100)
}

/// Whether a name can be used: 1 to 60 characters, none of them a control character, not only white space.
pub fn name_is_usable(name: &str) -> bool {
    let length = name.trim().chars().count();
    (1..=60).contains(&length) && name.trim() == name && !name.contains(char::is_control)
}
