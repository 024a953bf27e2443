//! A backup takes the place of the database: the old state or the new one, whatever is cut short, and never the new
//! database beside the write-ahead log of the old one.
//!
//! The new files are made whole in `data_dir/restoring.new`; renaming that folder to `restoring` is the one step that
//! decides. From then on whoever opens the data folder first moves the old files aside and the new ones in, in steps that
//! can be repeated. Old files are put aside under a name with the time, never deleted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::backup::sync_dir;
use super::lock::{Lock, Use};
use super::repeats::{Standing, standing};
use super::{EngineError, Result, key_file};
use crate::clock::Timestamp;
use crate::domain::keys::Keys;
use crate::settings::Service;
use crate::store::{Journal, Store};

const MAKING: &str = "restoring.new";
const DECIDED: &str = "restoring";
/// Where the old files go, in a file of its own beside the new ones.
const ASIDE: &str = "aside";
/// The files that belong together, the one that must be there first.
const GROUPS: [&[&str]; 2] =
    [&["key"], &["yorisoi.db", "yorisoi.db-wal", "yorisoi.db-shm", "yorisoi.db-journal"]];

/// What a restore did.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// When the backup was made: what was ordered since then is lost.
    pub made_at: String,
    /// Where the old files are, if there were any.
    pub aside: Option<PathBuf>,
    /// What the journal of accepted mails is worth for it.
    pub journal: Standing,
}

/// Puts a backup in place. It must have been verified.
///
/// # Errors
/// A daemon or a command uses the folder; there are files and `replace` is not said; the disk is full: then nothing
/// has changed.
pub fn restore(
    service: &Service,
    backup: &Path,
    replace: bool,
    journal_lost: bool,
    now: Timestamp,
) -> Result<Restored> {
    let dir = &service.data_dir;
    key_file::private_dir(dir)?;
    let _lock = Lock::take(dir)?;
    finish(dir)?;
    let _alone = Use::alone(dir)?;
    let old = GROUPS.iter().flat_map(|group| group.iter()).any(|name| dir.join(name).exists());
    if old && !replace {
        return Err(EngineError::Exists(dir.display().to_string()));
    }
    let (made_at, journal) = stage(service, backup, journal_lost, now)?;
    let aside = format!("before-restore-{}", now.to_string().replace([':', '.'], ""));
    let making = dir.join(MAKING);
    write_synced(&making.join(ASIDE), aside.as_bytes())?;
    sync_dir(&making.join(ASIDE))?;
    let decided = dir.join(DECIDED);
    fs::rename(&making, &decided).map_err(key_file::failed(&decided))?;
    sync_dir(&decided)?;
    exchange(dir)?;
    Ok(Restored { made_at: made_at.to_string(), aside: old.then(|| dir.join(aside)), journal })
}

/// Whether the next one who opens the data folder has to end a restore.
pub(super) fn is_decided(dir: &Path) -> bool {
    dir.join(DECIDED).exists()
}

/// Ends what a killed restore left, before anybody opens the database. The caller has the lock of the folder.
pub(super) fn finish(dir: &Path) -> Result<()> {
    let making = dir.join(MAKING);
    if making.exists() {
        fs::remove_dir_all(&making).map_err(key_file::failed(&making))?;
    }
    if !is_decided(dir) {
        return Ok(());
    }
    let _alone = Use::alone(dir)?;
    exchange(dir)
}

/// Ends what a killed restore left, for somebody without the lock.
///
/// # Errors
/// A restore is going on, or cannot be ended.
pub fn finish_restore(dir: &Path) -> Result<()> {
    if !is_decided(dir) {
        return Ok(());
    }
    let _lock = Lock::take(dir)?;
    finish(dir)
}

/// Makes the new files: the newest format, the mark, no write-ahead log, everything synced.
fn stage(
    service: &Service,
    backup: &Path,
    journal_lost: bool,
    now: Timestamp,
) -> Result<(Timestamp, Standing)> {
    let making = service.data_dir.join(MAKING);
    key_file::private_dir(&making)?;
    let staged = making.join("yorisoi.db");
    fs::copy(backup, &staged).map_err(key_file::failed(&staged))?;
    let mut store = Store::open(&making)?;
    let journal = Journal::seen(&service.journal_dir);
    let (made_at, key, standing) = store.write(|tx| -> Result<_> {
        let facts = tx.backup_facts()?.ok_or_else(|| EngineError::NoBackup(backup.display().to_string()))?;
        tx.restored(facts.made_at, journal_lost, now)?;
        tx.no_backup_any_more()?;
        let restore = tx.unjudged_restore()?;
        let standing = standing(tx, &journal, &Keys::derive(&facts.key), restore.as_ref())?;
        Ok((facts.made_at, facts.key, standing))
    })?;
    // The last connection folds the write-ahead log into the file and removes it.
    drop(store);
    for entry in fs::read_dir(&making).map_err(key_file::failed(&making))?.flatten() {
        if entry.path() != staged {
            fs::remove_file(entry.path()).map_err(key_file::failed(&entry.path()))?;
        }
    }
    File::open(&staged).and_then(|file| file.sync_all()).map_err(key_file::failed(&staged))?;
    key_file::write(&making.join("key"), &key)?;
    Ok((made_at, standing))
}

/// Old files aside, new files in. Every step may have been done already.
fn exchange(dir: &Path) -> Result<()> {
    let decided = dir.join(DECIDED);
    let name = decided.join(ASIDE);
    let aside = dir.join(fs::read_to_string(&name).map_err(key_file::failed(&name))?);
    for group in GROUPS {
        let Some(new) = group.first().filter(|new| decided.join(new).exists()) else { continue };
        for old in group.iter().filter(|old| dir.join(old).exists()) {
            key_file::private_dir(&aside)?;
            move_file(&dir.join(old), &aside.join(old))?;
        }
        move_file(&decided.join(new), &dir.join(new))?;
    }
    fs::remove_dir_all(&decided).map_err(key_file::failed(&decided))?;
    sync_dir(&decided)
}

/// Durable before the next step is taken.
fn move_file(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(key_file::failed(from))?;
    sync_dir(to)?;
    sync_dir(from)
}

fn write_synced(path: &Path, octets: &[u8]) -> Result<()> {
    fs::write(path, octets).and_then(|()| File::open(path)?.sync_all()).map_err(key_file::failed(path))
}
