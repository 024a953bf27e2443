//! One record of the journal is one line, `length crc32 body`. A record torn by a power cut has a wrong length or
//! checksum and is none.

use crate::clock::Timestamp;

/// What a whole record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// `millis message-id pseudonym`: a mail was accepted.
    Accepted { at: Timestamp, message_id: String },
    /// `millis =begun owner since`: it belongs to the installation `owner`; from `since` on nothing is missing.
    Begun { owner: String, since: Timestamp },
    /// `millis =goes-on owner`: the file goes on where the one before it ended.
    GoesOn { at: Timestamp, owner: String },
    /// `millis =person pseudonym principal thread`: refs that may be in mails that went out.
    Person { at: Timestamp, pseudonym: String, principal: u32, thread: u64 },
}

impl Record {
    /// Reads a line; `None` for one that is torn.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (length, rest) = line.split_once(' ')?;
        let (crc, body) = rest.split_once(' ')?;
        let whole =
            length.parse() == Ok(body.len()) && u32::from_str_radix(crc, 16) == Ok(crc32(body.as_bytes()));
        let words: Vec<&str> = body.split(' ').filter(|_| whole).collect();
        let at = Timestamp::from_millis(words.first()?.parse().ok()?);
        match words.as_slice() {
            [_, "=begun", owner, since] => {
                let since = Timestamp::from_millis(since.parse().ok()?);
                Some(Self::Begun { owner: (*owner).to_owned(), since })
            }
            [_, "=goes-on", owner] => Some(Self::GoesOn { at, owner: (*owner).to_owned() }),
            [_, "=person", pseudonym, principal, thread] => Some(Self::Person {
                at,
                pseudonym: (*pseudonym).to_owned(),
                principal: u32::from_str_radix(principal, 16).ok()?,
                thread: u64::from_str_radix(thread, 16).ok()?,
            }),
            [_, message_id, ..] => Some(Self::Accepted { at, message_id: (*message_id).to_owned() }),
            _ => None,
        }
    }
}

/// A body as a line.
pub(super) fn line(body: &str) -> String {
    format!("{} {:08x} {body}\n", body.len(), crc32(body.as_bytes()))
}

/// CRC-32 (ISO-HDLC), bit by bit: a record is some eighty octets.
fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, octet| {
        (0..8).fold(
            crc ^ u32::from(*octet),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_gives_the_check_value_of_its_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_record_is_read_whole_or_not_at_all() {
        let told = line("5 <y1.abc@example.jp> pseudonym");
        let whole = told.trim_end();
        assert!(matches!(Record::read(whole), Some(Record::Accepted { .. })));
        for cut in 0..whole.len() {
            assert_eq!(Record::read(&whole[..cut]), None, "cut at {cut}");
        }
        let person = line("5 =person someone 0000ffff 00000000abcd");
        let expected = Record::Person {
            at: Timestamp::from_millis(5),
            pseudonym: "someone".to_owned(),
            principal: 0xffff,
            thread: 0xabcd,
        };
        assert_eq!(Record::read(person.trim_end()), Some(expected));
    }
}
