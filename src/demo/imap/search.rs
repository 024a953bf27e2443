//! SEARCH (RFC 3501 §6.4.4), as far as mail programs of today ask: sets, flags, sizes, words.
//!
//! Words are looked for in the octets of the mail, ASCII without case; what is encoded there is not found.

use imap_types::flag::Flag;
use imap_types::search::SearchKey;

use super::set::{self, Place};
use crate::demo::post_office::Delivered;

/// Whether the mail is meant; `None` when this server cannot tell.
pub(super) fn matches(key: &SearchKey<'_>, mail: &Delivered, place: Place, uids: &[u32]) -> Option<bool> {
    let has = |flag: Flag<'static>| Some(mail.flags.contains(&flag));
    let lacks = |flag: Flag<'static>| Some(!mail.flags.contains(&flag));
    let contains = |words: &[u8]| Some(contains(&mail.raw, words));
    let size = u32::try_from(mail.raw.len()).unwrap_or(u32::MAX);
    match key {
        SearchKey::And(keys) => {
            let each: Option<Vec<bool>> =
                keys.as_ref().iter().map(|key| matches(key, mail, place, uids)).collect();
            each.map(|each| each.into_iter().all(|one| one))
        }
        SearchKey::Or(a, b) => Some(matches(a, mail, place, uids)? || matches(b, mail, place, uids)?),
        SearchKey::Not(key) => matches(key, mail, place, uids).map(|found| !found),
        SearchKey::SequenceSet(set) => Some(set::holds(set, place, uids, false)),
        SearchKey::Uid(set) => Some(set::holds(set, place, uids, true)),
        SearchKey::All | SearchKey::Old => Some(true),
        SearchKey::New | SearchKey::Recent => Some(false),
        SearchKey::Answered => has(Flag::Answered),
        SearchKey::Deleted => has(Flag::Deleted),
        SearchKey::Draft => has(Flag::Draft),
        SearchKey::Flagged => has(Flag::Flagged),
        SearchKey::Seen => has(Flag::Seen),
        SearchKey::Unanswered => lacks(Flag::Answered),
        SearchKey::Undeleted => lacks(Flag::Deleted),
        SearchKey::Undraft => lacks(Flag::Draft),
        SearchKey::Unflagged => lacks(Flag::Flagged),
        SearchKey::Unseen => lacks(Flag::Seen),
        SearchKey::Larger(than) => Some(size > *than),
        SearchKey::Smaller(than) => Some(size < *than),
        SearchKey::Bcc(words)
        | SearchKey::Body(words)
        | SearchKey::Cc(words)
        | SearchKey::From(words)
        | SearchKey::Header(_, words)
        | SearchKey::Subject(words)
        | SearchKey::Text(words)
        | SearchKey::To(words) => contains(words.as_ref()),
        _ => None,
    }
}

fn contains(octets: &[u8], words: &[u8]) -> bool {
    words.is_empty() || octets.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}
