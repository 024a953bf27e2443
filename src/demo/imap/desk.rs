//! What the IMAP server says to each command: the state of one session (RFC 3501 §3) and its answers.
//!
//! Each account has one folder, INBOX. The session remembers which UIDs its mail program knows; the differences
//! are told at NOOP, CHECK, EXPUNGE and during IDLE, so that message numbers never move under a command.

use std::num::NonZeroU32;
use std::sync::Arc;

use imap_next::server::{Event, Server};
use imap_types::auth::{AuthMechanism, AuthenticateData};
use imap_types::command::{Command, CommandBody};
use imap_types::core::{QuotedChar, Tag, Vec1};
use imap_types::flag::{Flag, FlagPerm};
use imap_types::mailbox::Mailbox;
use imap_types::response::{Capability, Code, CommandContinuationRequest, Data, StatusKind};
use imap_types::status::{StatusDataItem, StatusDataItemName};

use super::answer::{self, data, no, note, ok};
use super::open::Open;
use crate::demo::post_office::PostOffice;
use crate::demo::smtp::plain;

/// UIDs of a demo mean nothing in the next one, and no mail program keeps them.
const UID_VALIDITY: u32 = 1;

/// See the module's head.
pub(super) struct Desk {
    office: Arc<PostOffice>,
    account: Option<String>,
    open: Option<Open>,
    /// The tag of an AUTHENTICATE or IDLE that is under way.
    pending: Option<Tag<'static>>,
    idle: bool,
    over: bool,
}

impl Desk {
    pub(super) fn new(office: Arc<PostOffice>) -> Self {
        Self { office, account: None, open: None, pending: None, idle: false, over: false }
    }

    /// Whether everything has been said.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether the mail program waits for news.
    pub(super) fn is_idle(&self) -> bool {
        self.idle
    }

    /// Takes what imap-next has read.
    pub(super) fn take(&mut self, server: &mut Server, event: Event) {
        match event {
            Event::GreetingSent { .. } | Event::ResponseSent { .. } => {}
            Event::CommandReceived { command: Command { tag, body } } => self.command(server, tag, body),
            Event::CommandAuthenticateReceived { command_authenticate } => {
                self.pending = Some(command_authenticate.tag);
                match (command_authenticate.mechanism, command_authenticate.initial_response) {
                    (AuthMechanism::Plain, Some(initial)) => {
                        self.authenticate(server, Some(initial.declassify()));
                    }
                    (AuthMechanism::Plain, None) => {
                        let more = CommandContinuationRequest::base64(Vec::new());
                        let _ = server.authenticate_continue(more);
                    }
                    _ => self.authenticate(server, None),
                }
            }
            Event::AuthenticateDataReceived { authenticate_data } => match authenticate_data {
                AuthenticateData::Continue(told) => self.authenticate(server, Some(told.declassify())),
                AuthenticateData::Cancel => self.authenticate(server, None),
            },
            Event::IdleCommandReceived { tag } => self.begin_idle(server, tag),
            Event::IdleDoneReceived => {
                self.idle = false;
                if let Some(tag) = self.pending.take() {
                    ok(server, tag);
                }
            }
        }
    }

    fn authenticate(&mut self, server: &mut Server, told: Option<&[u8]>) {
        let login = told.and_then(|told| std::str::from_utf8(told).ok()).and_then(plain);
        let kind = match login.filter(|(name, password)| self.enter(name, password)) {
            Some(_) => StatusKind::Ok,
            None => StatusKind::No,
        };
        let status = answer::status(self.pending.take(), kind, None, "that is all");
        let _ = server.authenticate_finish(status);
    }

    fn enter(&mut self, name: &str, password: &str) -> bool {
        self.account = self.office.account(name, password);
        if self.account.is_some() {
            self.office.count(|sessions| sessions.imap += 1);
        }
        self.account.is_some()
    }

    fn begin_idle(&mut self, server: &mut Server, tag: Tag<'static>) {
        let go_on = CommandContinuationRequest::basic(None, "waiting");
        match go_on {
            Ok(go_on) if self.open.is_some() => {
                let _ = server.idle_accept(go_on);
                self.pending = Some(tag);
                self.idle = true;
                self.tell_news(server);
                if let Some(open) = &self.open {
                    self.office.note_watch(&open.account);
                }
            }
            _ => {
                let refusal = answer::status(Some(tag), StatusKind::No, None, "open a folder first");
                let _ = server.idle_reject(refusal);
            }
        }
    }

    fn command(&mut self, server: &mut Server, tag: Tag<'static>, body: CommandBody<'static>) {
        match body {
            CommandBody::Capability => {
                let offers = vec![
                    Capability::Imap4Rev1,
                    Capability::Auth(AuthMechanism::Plain),
                    Capability::SaslIr,
                    Capability::LiteralPlus,
                    Capability::Idle,
                    Capability::Unselect,
                ];
                if let Ok(offers) = Vec1::try_from(offers) {
                    data(server, Data::Capability(offers));
                }
                ok(server, tag);
            }
            CommandBody::Noop | CommandBody::Check => {
                self.tell_news(server);
                ok(server, tag);
            }
            CommandBody::Logout => {
                answer::bye(server);
                ok(server, tag);
                self.over = true;
            }
            CommandBody::Login { username, password } => {
                let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
                if self.enter(&text(username.as_ref()), &text(password.declassify().as_ref())) {
                    ok(server, tag);
                } else {
                    no(server, tag, "user name or password is wrong");
                }
            }
            body => match self.account.clone() {
                Some(account) => self.folders(server, tag, body, account),
                None => no(server, tag, "log in first"),
            },
        }
    }

    /// Commands of the authenticated state.
    fn folders(
        &mut self,
        server: &mut Server,
        tag: Tag<'static>,
        body: CommandBody<'static>,
        account: String,
    ) {
        match body {
            CommandBody::Select { mailbox, .. } => self.select(server, tag, &mailbox, account, false),
            CommandBody::Examine { mailbox, .. } => self.select(server, tag, &mailbox, account, true),
            CommandBody::List { .. } | CommandBody::Lsub { .. } => {
                let (items, delimiter) = (Vec::new(), QuotedChar::try_from('/').ok());
                let mailbox = Mailbox::Inbox;
                data(
                    server,
                    match body {
                        CommandBody::Lsub { .. } => Data::Lsub { items, delimiter, mailbox },
                        _ => Data::List { items, delimiter, mailbox },
                    },
                );
                ok(server, tag);
            }
            CommandBody::Status { mailbox: Mailbox::Inbox, item_names } => {
                let items = self.status(&account, &item_names);
                data(server, Data::Status { mailbox: Mailbox::Inbox, items: items.into() });
                ok(server, tag);
            }
            CommandBody::Subscribe { .. } | CommandBody::Unsubscribe { .. } => ok(server, tag),
            CommandBody::Close | CommandBody::Unselect => {
                let closes = matches!(body, CommandBody::Close);
                if let Some(open) = self.open.take().filter(|open| closes && !open.read_only) {
                    self.office.expunge(&open.account);
                }
                ok(server, tag);
            }
            body => match &mut self.open {
                Some(open) => open.command(&self.office, server, tag, body),
                None => no(server, tag, "there is INBOX alone, and it is not open"),
            },
        }
    }

    /// Tells what changed in the open folder.
    pub(super) fn tell_news(&mut self, server: &mut Server) {
        if let Some(open) = &mut self.open {
            open.tell_news(&self.office, server);
        }
    }

    fn status(&self, account: &str, names: &[StatusDataItemName]) -> Vec<StatusDataItem> {
        let (uids, next) = self.office.uids(account);
        let mails = self.office.mails(account);
        let count = |flag: &Flag<'static>, has: bool| {
            let found = mails.iter().filter(|mail| mail.flags.contains(flag) == has);
            u32::try_from(found.count()).unwrap_or(u32::MAX)
        };
        let one = |name: &StatusDataItemName| match name {
            StatusDataItemName::Messages => {
                Some(StatusDataItem::Messages(u32::try_from(uids.len()).unwrap_or(u32::MAX)))
            }
            StatusDataItemName::Recent => Some(StatusDataItem::Recent(0)),
            StatusDataItemName::UidNext => NonZeroU32::new(next).map(StatusDataItem::UidNext),
            StatusDataItemName::UidValidity => NonZeroU32::new(UID_VALIDITY).map(StatusDataItem::UidValidity),
            StatusDataItemName::Unseen => Some(StatusDataItem::Unseen(count(&Flag::Seen, false))),
            StatusDataItemName::Deleted => Some(StatusDataItem::Deleted(count(&Flag::Deleted, true))),
            StatusDataItemName::DeletedStorage => None,
        };
        names.iter().filter_map(one).collect()
    }

    fn select(
        &mut self,
        server: &mut Server,
        tag: Tag<'static>,
        mailbox: &Mailbox<'_>,
        account: String,
        read_only: bool,
    ) {
        self.open = None;
        if *mailbox != Mailbox::Inbox {
            return no(server, tag, "there is INBOX alone");
        }
        let (uids, next) = self.office.uids(&account);
        data(server, Data::Flags(flags()));
        data(server, Data::Exists(u32::try_from(uids.len()).unwrap_or(u32::MAX)));
        data(server, Data::Recent(0));
        note(server, Code::PermanentFlags(flags().into_iter().map(FlagPerm::Flag).collect()));
        if let (Ok(validity), Ok(next)) = (Code::uidvalidity(UID_VALIDITY), Code::uidnext(next)) {
            note(server, validity);
            note(server, next);
        }
        self.open = Some(Open { account, uids, read_only });
        let code = if read_only { Code::ReadOnly } else { Code::ReadWrite };
        server.enqueue_status(answer::status(Some(tag), StatusKind::Ok, Some(code), "open"));
    }
}

/// The flags that this server keeps.
fn flags() -> Vec<Flag<'static>> {
    vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft]
}
