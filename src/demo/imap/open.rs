//! A folder that a mail program has open: FETCH, SEARCH, STORE, EXPUNGE (RFC 3501 §6.4), and what changed in it.

use std::num::NonZeroU32;

use imap_next::server::Server;
use imap_types::command::CommandBody;
use imap_types::core::{Tag, Vec1};
use imap_types::fetch::{MessageDataItem, MessageDataItemName};
use imap_types::flag::{Flag, FlagFetch, StoreResponse, StoreType};
use imap_types::response::Data;
use imap_types::search::SearchKey;
use imap_types::sequence::SequenceSet;

use super::answer::{data, no, ok};
use super::set::{Place, holds, places};
use super::{items, search};
use crate::demo::post_office::PostOffice;

/// See the module's head.
pub(super) struct Open {
    /// Whose folder it is.
    pub(super) account: String,
    /// The UIDs that the mail program knows, ascending.
    pub(super) uids: Vec<u32>,
    /// EXAMINE: nothing may change.
    pub(super) read_only: bool,
}

impl Open {
    /// One command about messages.
    pub(super) fn command(
        &mut self,
        office: &PostOffice,
        server: &mut Server,
        tag: Tag<'static>,
        body: CommandBody<'static>,
    ) {
        match body {
            CommandBody::Fetch { sequence_set, macro_or_item_names, uid, .. } => {
                match items::names(macro_or_item_names, uid) {
                    Some(names) => {
                        self.fetch(office, server, &self.chosen(&sequence_set, uid), &names);
                        ok(server, tag);
                    }
                    None => no(server, tag, "this server has no BINARY"),
                }
            }
            CommandBody::Search { criteria, uid, .. } => {
                match self.search(office, &SearchKey::And(criteria), uid) {
                    Some(found) => {
                        data(server, Data::Search(found));
                        ok(server, tag);
                    }
                    None => no(server, tag, "this server cannot search for that"),
                }
            }
            CommandBody::Store { .. } | CommandBody::Expunge if self.read_only => {
                no(server, tag, "the folder is open for reading");
            }
            CommandBody::Store { sequence_set, kind, response, flags, uid, .. } => {
                let chosen = self.chosen(&sequence_set, uid);
                for place in &chosen {
                    office.mark(&self.account, place.uid, |held| change(held, kind, &flags));
                }
                if response == StoreResponse::Answer {
                    let mut names = vec![MessageDataItemName::Flags];
                    names.extend(uid.then_some(MessageDataItemName::Uid));
                    self.fetch(office, server, &chosen, &names);
                }
                ok(server, tag);
            }
            CommandBody::Expunge => {
                office.expunge(&self.account);
                self.tell_news(office, server);
                ok(server, tag);
            }
            _ => no(server, tag, "this server does not offer that"),
        }
    }

    /// Tells what went and what came since the mail program last heard.
    pub(super) fn tell_news(&mut self, office: &PostOffice, server: &mut Server) {
        let (now, _) = office.uids(&self.account);
        let gone: Vec<Place> = places(&self.uids).filter(|place| !now.contains(&place.uid)).collect();
        // from the last to the first, so that the numbers of the others stay
        for number in gone.iter().rev().filter_map(|place| NonZeroU32::new(place.number)) {
            data(server, Data::Expunge(number));
        }
        if self.uids.len() - gone.len() != now.len() {
            data(server, Data::Exists(u32::try_from(now.len()).unwrap_or(u32::MAX)));
        }
        self.uids = now;
    }

    fn chosen(&self, set: &SequenceSet, by_uid: bool) -> Vec<Place> {
        places(&self.uids).filter(|place| holds(set, *place, &self.uids, by_uid)).collect()
    }

    fn fetch(
        &self,
        office: &PostOffice,
        server: &mut Server,
        chosen: &[Place],
        names: &[MessageDataItemName<'static>],
    ) {
        let marks = !self.read_only && names.iter().any(items::marks_seen);
        for place in chosen {
            if marks {
                office.mark(&self.account, place.uid, |held| change(held, StoreType::Add, &[Flag::Seen]));
            }
            let Some(mail) = office.mail(&self.account, place.uid) else { continue };
            let mut found: Vec<MessageDataItem<'static>> =
                names.iter().filter_map(|name| items::item(name, &mail)).collect();
            if marks && !names.contains(&MessageDataItemName::Flags) {
                found.push(MessageDataItem::Flags(mail.flags.iter().cloned().map(FlagFetch::Flag).collect()));
            }
            if let (Some(seq), Ok(items)) = (NonZeroU32::new(place.number), Vec1::try_from(found)) {
                data(server, Data::Fetch { seq, items });
            }
        }
    }

    fn search(&self, office: &PostOffice, key: &SearchKey<'_>, by_uid: bool) -> Option<Vec<NonZeroU32>> {
        let mut found = Vec::new();
        for place in places(&self.uids) {
            let Some(mail) = office.mail(&self.account, place.uid) else { continue };
            if search::matches(key, &mail, place, &self.uids)? {
                found.extend(NonZeroU32::new(if by_uid { place.uid } else { place.number }));
            }
        }
        Some(found)
    }
}

fn change(held: &mut Vec<Flag<'static>>, kind: StoreType, flags: &[Flag<'static>]) {
    if kind != StoreType::Add {
        held.retain(|flag| kind == StoreType::Remove && !flags.contains(flag));
    }
    if kind != StoreType::Remove {
        for flag in flags.iter().filter(|flag| !matches!(flag, Flag::Extension(_))) {
            if !held.contains(flag) {
                held.push(flag.clone());
            }
        }
    }
}
