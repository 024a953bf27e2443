//! Whether a backup, or the data folder, is whole: read only, every finding a sentence.

use std::path::Path;

use serde::Serialize;

use super::lock::Use;
use super::restore::finish_restore;
use super::{EngineError, Result, key_file};
use crate::clock::Timestamp;
use crate::domain::keys::Keys;
use crate::settings::Service;
use crate::store::{Counts, Journal, JournalFacts, Store, StoreError, Tx};

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// What was looked at.
    pub path: String,
    /// What is wrong, a sentence each; empty when all is well.
    pub troubles: Vec<String>,
    /// When the backup was made; nothing for the data folder.
    pub made_at: Option<String>,
    /// The format of the database.
    pub format: i64,
    /// How much is in it.
    pub counts: Counts,
    /// Message-IDs that were derived again and are the same.
    pub ids_derived: usize,
    /// The journal of accepted mails.
    pub journal: Option<JournalFindings>,
}

/// What the journal says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JournalFindings {
    /// Mails that it knows.
    pub accepted: usize,
    /// Records that a power cut tore; they are ignored.
    pub torn: usize,
    /// Since when nothing is missing.
    pub since: Option<String>,
    /// Its newest record.
    pub newest: Option<String>,
}

/// So many Message-IDs are derived again.
const DERIVED: i64 = 50;

/// Looks at a backup file.
///
/// # Errors
/// It cannot be opened at all.
pub fn verify_backup(path: &Path) -> Result<Findings> {
    if !path.is_file() {
        return Err(EngineError::NoBackup(path.display().to_string()));
    }
    let store = Store::open_file_to_read(path)?;
    let mut findings = Findings { path: path.display().to_string(), ..Findings::default() };
    let looked = store.read(|tx| -> Result<()> {
        match tx.backup_facts()? {
            Some(facts) => {
                findings.made_at = Some(facts.made_at.to_string());
                look(tx, &Keys::derive(&facts.key), &mut findings)
            }
            None => {
                findings.troubles.push(
                    "this is a database without the key, no backup; make one with: yorisoi backup FILE"
                        .to_owned(),
                );
                Ok(())
            }
        }
    });
    note_unreadable(looked, &mut findings)?;
    // SQLite reads what is missing of a last page as nothing, and content may end before it.
    let there = std::fs::metadata(path).map(|seen| seen.len()).ok();
    if findings.troubles.is_empty() && store.octets().ok() != there {
        findings.troubles.push("the file is shorter or longer than it says: it is not whole".to_owned());
    }
    Ok(findings)
}

/// Looks at the data folder, which may be in use.
///
/// # Errors
/// There is nothing, or it cannot be opened at all.
pub fn verify_data(service: &Service) -> Result<Findings> {
    let dir = &service.data_dir;
    finish_restore(dir)?;
    let _shared = Use::to_read(dir)?;
    if !dir.join("yorisoi.db").exists() {
        return Err(EngineError::NothingThere(dir.display().to_string()));
    }
    let mut findings = Findings { path: dir.display().to_string(), ..Findings::default() };
    let key = match key_file::read(dir, "key") {
        Ok(Some(key)) => key,
        missing => {
            let what = if missing.is_err() { "cannot be read" } else { "is missing" };
            findings
                .troubles
                .push(format!("the file key {what}: without it no reply address is valid any more"));
            return Ok(findings);
        }
    };
    let keys = Keys::derive(&key);
    let store = Store::open_to_read(dir)?;
    let looked = store.read(|tx| -> Result<()> {
        look(tx, &keys, &mut findings)?;
        look_at_journal(tx, &keys, &service.journal_dir, &mut findings)
    });
    note_unreadable(looked, &mut findings)?;
    Ok(findings)
}

/// A database that cannot be read has a finding; whatever else failed is an error.
fn note_unreadable(looked: Result<()>, findings: &mut Findings) -> Result<()> {
    match looked {
        Err(EngineError::Store(StoreError::Sqlite(what))) => {
            findings.troubles.push(format!("the database cannot be read: it {what}"));
            Ok(())
        }
        other => other,
    }
}

fn look(tx: &Tx<'_>, keys: &Keys, findings: &mut Findings) -> Result<()> {
    let (format, known) = tx.format()?;
    findings.format = format;
    findings.troubles.extend(tx.damage()?);
    if format > known {
        findings.troubles.push(format!(
            "the database has format {format}, and this program knows formats up to {known}; use the newer program"
        ));
        return Ok(());
    }
    findings.counts = tx.counts()?;
    // The rules are about the newest format; an older one gets there when it is opened.
    if format == known {
        let known: Vec<String> = findings.troubles.clone();
        findings.troubles.extend(tx.check()?.into_iter().filter(|broken| !known.contains(broken)));
    }
    for (effect_key, id) in tx.newest_ids(DERIVED)? {
        let domain = id.rsplit_once('@').map_or("", |(_, domain)| domain);
        if keys.message_id(&effect_key, domain).is_some_and(|derived| derived.as_str() == id) {
            findings.ids_derived += 1;
        } else {
            findings.troubles.push(
                "the key is not the one that this database was written with: Message-IDs derived with it differ"
                    .to_owned(),
            );
            break;
        }
    }
    Ok(())
}

fn look_at_journal(tx: &Tx<'_>, keys: &Keys, dir: &Path, findings: &mut Findings) -> Result<()> {
    let journal = Journal::seen(dir);
    let JournalFacts { owner, since, newest, accepted, torn, files } = journal.facts()?;
    let word = |at: Option<Timestamp>| at.map(|at| at.to_string());
    findings.journal = Some(JournalFindings { accepted, torn, since: word(since), newest: word(newest) });
    let place = dir.display();
    let sent = tx.accepted_since(since.unwrap_or(Timestamp::from_millis(0)))?;
    if files == 0 && !sent.is_empty() {
        findings.troubles.push(format!("the journal of accepted mails is missing from {place}"));
    } else if owner.as_deref().is_some_and(|owner| owner != keys.journal_owner()) {
        findings.troubles.push(format!("{place} holds the journal of another installation"));
    } else {
        let mut unknown = 0;
        for (id, _) in sent {
            unknown += usize::from(!journal.knows(&id)?);
        }
        if unknown > 0 {
            findings.troubles.push(format!("the journal in {place} does not know {unknown} accepted mails"));
        }
    }
    Ok(())
}
