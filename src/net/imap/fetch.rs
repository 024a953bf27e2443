//! The FETCH commands: sizes, whole messages, headers; and the search that confirms what a FETCH left out.
//!
//! A FETCH response counts only with a UID that was asked for; flags, other messages and unknown attributes pass by.
//! NIL, nothing, and an empty body of a message that has a size all mean "not delivered": whether the message is gone
//! is for a search to say (RFC 5530 EXPUNGEISSUED, RFC 2180 §4.1).

use std::collections::{BTreeMap, BTreeSet};

use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

use super::names::{internal_date, uid_set};
use super::{ImapError, PLAIN_ALLOWANCE, Session};
use crate::clock::Timestamp;
use crate::kill::{self, Point};

/// At most this much of the header of a mail that is too large.
pub(super) const HEADER_LIMIT: usize = 64 * 1024;
/// UIDs in one command that asks for sizes.
pub(super) const SIZES_AT_ONCE: usize = 500;

/// What the server says about a message before it is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) uid: u32,
    /// RFC822.SIZE: advice, not truth. `None` when it does not fit 32 bits or is missing.
    pub(super) size: Option<u64>,
    pub(super) internal_date: Option<Timestamp>,
}

impl Session {
    /// Asks for the sizes and dates of the first of `uids`. Returns how many of them were asked for, and what came.
    pub(super) async fn fetch_sizes(
        &mut self,
        uids: &[u32],
    ) -> Result<(usize, BTreeMap<u32, Listed>), ImapError> {
        let (set, taken) = uid_set(uids, SIZES_AT_ONCE);
        let asked = &uids[..taken];
        let mut listed = BTreeMap::new();
        kill::before(Point::SizeFetch);
        self.run("UID FETCH", &format!("{set} (UID RFC822.SIZE INTERNALDATE)"), |response| {
            let Some((uid, attributes)) = attributes_of(response, asked) else { return };
            let entry = listed.entry(uid).or_insert(Listed { uid, size: None, internal_date: None });
            for attribute in attributes {
                match attribute {
                    AttributeValue::Rfc822Size(size) => entry.size = Some(u64::from(*size)),
                    AttributeValue::InternalDate(date) => entry.internal_date = internal_date(date),
                    _ => {}
                }
            }
        })
        .await?;
        kill::after(Point::SizeFetch);
        Ok((taken, listed))
    }

    /// Fetches whole messages into `bodies`. What came before an error stays there: each is complete.
    pub(super) async fn fetch_bodies(
        &mut self,
        uids: &[u32],
        octets: u64,
        bodies: &mut BTreeMap<u32, Vec<u8>>,
    ) -> Result<(), ImapError> {
        let (set, _) = uid_set(uids, uids.len());
        let allowance = octets.saturating_add(PLAIN_ALLOWANCE);
        let limit = self.limits.fetch;
        let arguments = format!("{set} (UID BODY.PEEK[])");
        let each = |response: &Response<'_>| {
            let Some((uid, attributes)) = attributes_of(response, uids) else { return };
            for attribute in attributes {
                if let AttributeValue::BodySection { section: None, index: None, data: Some(data) } =
                    attribute
                {
                    kill::before(Point::BodyEndBeforeTagged);
                    bodies.insert(uid, data.to_vec());
                    kill::after(Point::BodyEndBeforeTagged);
                }
            }
        };
        let ended = self.run_within("UID FETCH", &arguments, allowance, limit, each).await;
        kill::before(Point::AfterTagged);
        ended
    }

    /// Fetches the beginning of a header; `None` when the server left it out.
    pub(super) async fn fetch_header(&mut self, uid: u32) -> Result<Option<Vec<u8>>, ImapError> {
        let mut header = None;
        let arguments = format!("{uid} (UID BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>)");
        self.run("UID FETCH", &arguments, |response| {
            let Some((_, attributes)) = attributes_of(response, &[uid]) else { return };
            for attribute in attributes {
                if let AttributeValue::BodySection {
                    section: Some(SectionPath::Full(MessageSection::Header)),
                    data: Some(data),
                    ..
                } = attribute
                {
                    header = Some(data[..data.len().min(HEADER_LIMIT)].to_vec());
                }
            }
        })
        .await?;
        Ok(header)
    }

    /// Which of `uids` the folder still holds. NOOP first: expunges wait for it.
    pub(super) async fn still_listed(&mut self, uids: &[u32]) -> Result<BTreeSet<u32>, ImapError> {
        self.run("NOOP", "", |_| {}).await?;
        let mut listed = BTreeSet::new();
        let mut rest = uids;
        while !rest.is_empty() {
            let (set, taken) = uid_set(rest, SIZES_AT_ONCE);
            listed.extend(self.uid_search(&format!("UID {set}")).await?);
            rest = &rest[taken..];
        }
        Ok(listed)
    }

    /// The size of a literal that was refused in the last command.
    pub(super) fn refused_literal(&self) -> Option<u64> {
        self.client.get_ref().get_ref().announced()
    }
}

/// The UID and the attributes of a FETCH response for one of `asked` (ascending).
fn attributes_of<'r, 'a>(
    response: &'r Response<'a>,
    asked: &[u32],
) -> Option<(u32, &'r [AttributeValue<'a>])> {
    let Response::Fetch(_, attributes) = response else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })?;
    asked.binary_search(&uid).ok().map(|_| (uid, attributes.as_slice()))
}
