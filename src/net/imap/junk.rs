//! Which folder the server puts junk into: the one that it marks as such (RFC 6154 §2, `\\Junk`), else one whose last
//! part is a name that providers give it.

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};

use super::names::decoded;
use super::{ImapError, Session};

/// Names, lower case, the most telling first.
const NAMES: [&str; 9] = [
    "junk",
    "spam",
    "迷惑メール",
    "迷惑メールフォルダ",
    "迷惑メールフォルダー",
    "junk e-mail",
    "junk email",
    "bulk mail",
    "bulk",
];

/// A folder that LIST names.
struct Found {
    /// Decoded.
    name: String,
    /// Place in [`NAMES`] of its last part.
    rank: usize,
    /// The server says so.
    marked: bool,
}

impl Session {
    /// The junk folder's name (decoded), if there is one.
    pub async fn junk_folder(&mut self) -> Result<Option<String>, ImapError> {
        let uses = if self.lists_uses { " RETURN (SPECIAL-USE)" } else { "" };
        let mut found: Vec<Found> = Vec::new();
        self.run("LIST", &format!("\"\" \"*\"{uses}"), |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response {
                let delimiter = list.delimiter.as_deref().unwrap_or_default();
                found.extend(candidate(&list.name, delimiter, &list.name_attributes));
            }
        })
        .await?;
        found.sort_by_key(|folder| (!folder.marked, folder.rank, folder.name.len()));
        Ok(found.into_iter().next().map(|folder| folder.name))
    }
}

/// What LIST says, if it may be the junk folder.
fn candidate(wire: &str, delimiter: &str, attributes: &[NameAttribute<'_>]) -> Option<Found> {
    let has = |wanted: &NameAttribute<'_>| attributes.contains(wanted);
    // RFC 5258 §3.1 says NonExistent of what cannot be opened either.
    let other = |word: &str| {
        attributes.iter().any(|a| matches!(a, NameAttribute::Extension(e) if e.eq_ignore_ascii_case(word)))
    };
    if has(&NameAttribute::NoSelect) || other("\\NonExistent") {
        return None;
    }
    let name = decoded(wire)?;
    let last = if delimiter.is_empty() { &name } else { name.rsplit(delimiter).next().unwrap_or(&name) };
    let last = last.to_lowercase();
    let rank = NAMES.iter().position(|known| *known == last);
    let marked = has(&NameAttribute::Junk);
    (marked || rank.is_some()).then(|| Found { rank: rank.unwrap_or(NAMES.len()), marked, name })
}
