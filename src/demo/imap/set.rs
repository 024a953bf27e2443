//! Which messages a sequence set means (RFC 3501 §9), as numbers or as UIDs.

use imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

/// One message of the open folder as the mail program knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number, from 1.
    pub(super) number: u32,
    /// Its UID.
    pub(super) uid: u32,
}

/// The places of a folder whose UIDs, ascending, are known.
pub(super) fn places(uids: &[u32]) -> impl Iterator<Item = Place> {
    (1..).zip(uids).map(|(number, uid)| Place { number, uid: *uid })
}

/// Whether `set` holds the message. `*` is the last of `uids`, so that `n:*` holds it whatever n is.
pub(super) fn holds(set: &SequenceSet, place: Place, uids: &[u32], by_uid: bool) -> bool {
    let last = if by_uid { uids.last().copied() } else { u32::try_from(uids.len()).ok() };
    let last = last.unwrap_or(0);
    let value = if by_uid { place.uid } else { place.number };
    let end = |end: &SeqOrUid| match end {
        SeqOrUid::Value(number) => number.get(),
        SeqOrUid::Asterisk => last,
    };
    set.0.as_ref().iter().any(|sequence| match sequence {
        Sequence::Single(one) => end(one) == value,
        Sequence::Range(a, b) => (end(a).min(end(b))..=end(a).max(end(b))).contains(&value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_the_rfc_says() {
        let uids = [3, 5, 9];
        let check = |set: &str, by_uid: bool, expected: &[u32]| {
            let set: SequenceSet = set.parse().unwrap();
            let held: Vec<u32> =
                places(&uids).filter(|p| holds(&set, *p, &uids, by_uid)).map(|p| p.uid).collect();
            assert_eq!(held, expected);
        };
        check("1:*", true, &[3, 5, 9]);
        check("10:*", true, &[9]);
        check("4,5", true, &[5]);
        check("2:1", false, &[3, 5]);
        check("*", false, &[9]);
    }
}
