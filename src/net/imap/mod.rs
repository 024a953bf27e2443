//! IMAP sessions (RFC 3501), read-only: EXAMINE, BODY.PEEK, IDLE. No folder is ever changed but the one of our [`Mark`]s.
//!
//! async-imap's parser is used, its helpers are not: they stop at any tagged answer, or at the end of the stream, and
//! report it as "no mail". Here every command ends in one function, `Session::run`, that returns `Ok` for one thing
//! only: a tagged OK to our own tag.
//!
//! A caller's round: [`Session::select`], [`Session::search_above`], a [`Round`] over what is wanted, then
//! [`Session::wait`]. After any error but [`ImapError::Refused`] the session is spent and says [`ImapError::Lost`] to
//! everything; dropping a future of the session in the middle spends it too.

mod error;
mod fetch;
mod guard;
mod idle;
mod junk;
mod login;
mod marks;
mod names;
mod round;

use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, ResponseCode, Status};
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::time::timeout;

pub use error::{ImapError, Refusal};
pub use idle::{LONGEST_SLICE, Woken};
pub use marks::Mark;
pub use round::Round;

use self::guard::Guard;
use super::connect;
use super::stream::Io;
use crate::kill::{self, Point};
use crate::settings::{Imap, Server};

/// Time limits of a session. [`Limits::default`] is for servers, anything else for tests.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The greeting, and each step of STARTTLS and of the login.
    pub login: Duration,
    /// A command that brings no mail.
    pub command: Duration,
    /// A command that brings mails, at most 8 MiB of them or a single one.
    pub fetch: Duration,
    /// The answer to DONE.
    pub done: Duration,
    /// LOGOUT.
    pub logout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(60),
            command: Duration::from_secs(120),
            fetch: Duration::from_secs(900),
            done: Duration::from_secs(30),
            logout: Duration::from_secs(2),
        }
    }
}

/// What EXAMINE told about a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// UIDVALIDITY: UIDs mean nothing under another one.
    pub uid_validity: u32,
    /// UIDNEXT, where the server tells it.
    pub uid_next: Option<u32>,
    /// How many messages the folder holds.
    pub exists: u32,
}

/// Octets allowed for an answer that brings no mail. A SEARCH of half a million UIDs fits.
const PLAIN_ALLOWANCE: u64 = 4 * 1024 * 1024;
/// Messages whose UIDs are searched for in one command: async-imap reads a line anew with each four KiB that come.
const SEARCHED_AT_ONCE: u32 = 10_000;
/// Most such commands.
const MOST_SEARCHES: u32 = 90;

/// A logged-in session.
#[derive(Debug)]
pub struct Session {
    client: Client<BufWriter<Guard>>,
    limits: Limits,
    tag: u32,
    has_idle: bool,
    /// LIST can be asked for special uses (RFC 6154 §5.2).
    lists_uses: bool,
    /// Stands for the UIDVALIDITY that a server does not tell: another one in each session.
    stand_in: u32,
    /// A folder is open.
    selected: bool,
    /// Messages in it, as far as the server has told.
    exists: u32,
    /// An EXISTS came since the last search: there may be mail that no search has listed.
    news: bool,
    /// A command is under way, or ended in a way after which nothing can be trusted.
    spent: bool,
}

impl Session {
    /// Connects, protects the connection as configured, and logs in.
    pub async fn connect(imap: &Imap) -> Result<Self, ImapError> {
        kill::before(Point::Connect);
        let stream = connect::open(&imap.server).await?;
        kill::after(Point::Connect);
        Self::start(stream, &imap.server, Limits::default()).await
    }

    /// The same over a connection that exists: greeting, STARTTLS where configured, login, capabilities. With
    /// implicit TLS `io` is already protected.
    pub async fn start(io: impl Io, server: &Server, limits: Limits) -> Result<Self, ImapError> {
        login::start(io, server, limits).await
    }

    /// Opens `folder` (decoded, as people write it) read-only.
    ///
    /// RFC 3501 §2.3.1.1: UIDs without a UIDVALIDITY (or with 0, which is none) mean something for one session only. Such
    /// a folder has another number in each session, so that its mails are told apart by their content alone.
    pub async fn select(&mut self, folder: &str) -> Result<Selected, ImapError> {
        let name = names::quoted(&names::modified_utf7(folder))
            .ok_or(ImapError::Refused { command: "EXAMINE", code: Refusal::Folder })?;
        self.selected = false;
        kill::before(Point::Select);
        let (mut validity, mut next, mut exists) = (None, None, None);
        self.run("EXAMINE", &name, |response| match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => exists = Some(*count),
            Response::Data { status: Status::Ok, outcome } => match outcome.code {
                Some(ResponseCode::UidValidity(value)) => validity = Some(value),
                Some(ResponseCode::UidNext(value)) => next = Some(value),
                _ => {}
            },
            _ => {}
        })
        .await?;
        kill::after(Point::Select);
        let uid_validity = validity.filter(|v| *v > 0).unwrap_or(self.stand_in);
        let exists = exists.ok_or(ImapError::Protocol("no EXISTS"))?;
        self.selected = true;
        Ok(Selected { uid_validity, uid_next: next.filter(|n| *n > 0), exists })
    }

    /// The UIDs of the open folder above `low`, ascending. NOOP goes first, so that the server looks again.
    pub async fn search_above(&mut self, low: u32) -> Result<Vec<u32>, ImapError> {
        let Some(first) = low.checked_add(1) else { return Ok(Vec::new()) };
        self.run("NOOP", "", |_| {}).await?;
        self.news = false;
        let (mut uids, mut from) = (Vec::new(), first);
        for to in self.milestones(first).await? {
            uids.extend(self.uid_search(&format!("UID {from}:{to}")).await?);
            from = to.saturating_add(1);
        }
        uids.extend(self.uid_search(&format!("UID {from}:*")).await?);
        uids.sort_unstable();
        uids.dedup();
        // `n:*` with n above the last UID means the last one (RFC 3501 §9, seq-range).
        uids.retain(|uid| *uid > low);
        Ok(uids)
    }

    /// UIDs, ascending, that cut a large folder into ranges of which each has few messages. Whatever is expunged
    /// meanwhile, the ranges leave no UID out.
    async fn milestones(&mut self, first: u32) -> Result<Vec<u32>, ImapError> {
        let step = SEARCHED_AT_ONCE.max(self.exists / MOST_SEARCHES);
        let numbers: Vec<String> =
            (1..=self.exists.saturating_sub(1) / step).map(|n| (n * step).to_string()).collect();
        if first > 1 || numbers.is_empty() {
            return Ok(Vec::new());
        }
        let mut uids = Vec::new();
        let arguments = format!("{} (UID)", numbers.join(","));
        let fetched = self.run("FETCH", &arguments, |response| {
            if let Response::Fetch(_, attributes) = response {
                uids.extend(attributes.iter().filter_map(|attribute| match attribute {
                    AttributeValue::Uid(uid) => Some(*uid),
                    _ => None,
                }));
            }
        });
        match fetched.await {
            // Without them the whole is searched at once.
            Ok(()) | Err(ImapError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Says goodbye, for two seconds at most; the answer changes nothing.
    pub async fn logout(mut self) {
        if !self.spent {
            let limit = self.limits.logout;
            let _ = timeout(limit, self.run("LOGOUT", "", |_| {})).await;
        }
    }

    /// Whether the session can still be used.
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// UID SEARCH, ascending, each UID once.
    async fn uid_search(&mut self, what: &str) -> Result<Vec<u32>, ImapError> {
        let mut uids = Vec::new();
        kill::before(Point::SearchSent);
        self.run("UID SEARCH", what, |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                kill::before(Point::SearchRead);
                uids.extend_from_slice(found);
            }
        })
        .await?;
        kill::after(Point::SearchRead);
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// A command that brings no mail.
    async fn run(
        &mut self,
        command: &'static str,
        arguments: &str,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        let limit = self.limits.command;
        self.run_within(command, arguments, PLAIN_ALLOWANCE, limit, each).await
    }

    /// Sends a command and reads to its tagged answer; `each` sees every response before it. `Ok` is a tagged OK.
    async fn run_within(
        &mut self,
        command: &'static str,
        arguments: &str,
        allowance: u64,
        limit: Duration,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        let work = async {
            let tag = self.send(command, arguments, allowance).await?;
            loop {
                match self.read(command, &tag, &mut each).await? {
                    Answer::Done => return Ok(()),
                    Answer::Refused(code) => return Err(ImapError::Refused { command, code }),
                    Answer::Untagged | Answer::Continue => {}
                }
            }
        };
        let ended = timeout(limit, work).await.unwrap_or(Err(ImapError::Timeout));
        self.settle(ended)
    }

    /// A command that ended with a tagged answer leaves the session usable; nothing else does.
    fn settle<T>(&mut self, ended: Result<T, ImapError>) -> Result<T, ImapError> {
        self.spent = !matches!(ended, Ok(_) | Err(ImapError::Refused { .. }));
        ended
    }

    /// Writes a command under the next tag. From here to [`Session::settle`] the session counts as spent.
    async fn send(&mut self, command: &str, arguments: &str, allowance: u64) -> Result<String, ImapError> {
        if self.spent {
            return Err(ImapError::Lost);
        }
        self.spent = true;
        self.tag += 1;
        let tag = format!("Y{}", self.tag);
        let space = if arguments.is_empty() { "" } else { " " };
        self.write(&format!("{tag} {command}{space}{arguments}\r\n"), allowance).await?;
        if command == "UID SEARCH" {
            kill::after(Point::SearchSent);
        }
        Ok(tag)
    }

    /// Writes `text` and allows `allowance` octets of answer.
    async fn write(&mut self, text: &str, allowance: u64) -> Result<(), ImapError> {
        let stream = self.client.get_mut();
        stream.get_mut().allow(allowance);
        stream.write_all(text.as_bytes()).await?;
        Ok(stream.flush().await?)
    }

    /// The next response, sorted; `each` sees it when it is untagged. BYE, the end of the stream and the answer to
    /// another command are errors.
    async fn read(
        &mut self,
        command: &'static str,
        tag: &str,
        each: &mut impl FnMut(&Response<'_>),
    ) -> Result<Answer, ImapError> {
        let data = self.client.read_response().await?.ok_or(ImapError::Lost)?;
        match data.parsed() {
            Response::Done { tag: theirs, status, outcome } if theirs.0 == tag => match status {
                Status::Ok => return Ok(Answer::Done),
                Status::No => return Ok(Answer::Refused(Refusal::of(outcome))),
                Status::Bad => return Ok(Answer::Refused(Refusal::Bad)),
                _ => return Err(ImapError::Protocol("a tagged answer that is none")),
            },
            Response::Done { .. } => return Err(ImapError::Protocol("an answer to a command never sent")),
            Response::Continue(_) => return Ok(Answer::Continue),
            Response::Data { status: Status::Bye, outcome } if command != "LOGOUT" => {
                return Err(ImapError::Bye(Refusal::of(outcome)));
            }
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news = true;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => {}
        }
        each(data.parsed());
        Ok(Answer::Untagged)
    }
}

/// One response, as far as the command in progress is concerned.
enum Answer {
    /// The tagged OK.
    Done,
    /// The tagged NO or BAD.
    Refused(Refusal),
    /// `+`: the server waits for more of the command.
    Continue,
    /// Anything untagged.
    Untagged,
}
