//! Backups: one file that holds the database and the key, made beside a running daemon.
//!
//! It is written beside its place, synced and renamed into it: under its name there is a whole backup or none. Whoever
//! has it has everything that was ever written and can sign reply addresses, so it is for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::lock::Use;
use super::restore::finish_restore;
use super::{EngineError, Result, key_file};
use crate::clock::Timestamp;
use crate::domain::calendar::{Calendar, Day};
use crate::settings::Service;
use crate::store::Store;

/// So many daily backups are kept.
const KEPT: usize = 14;

/// A backup that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Backup {
    /// Where.
    pub path: PathBuf,
    /// When.
    pub made_at: String,
    /// Its size.
    pub octets: u64,
}

/// What is to be made.
pub struct BackupPlan {
    store: Store,
    key: [u8; 32],
    target: PathBuf,
    beside: PathBuf,
    _use: Option<Use>,
    /// How large it will be about, in octets.
    pub octets: u64,
}

impl BackupPlan {
    /// Looks whether a backup of `data_dir` can be made into `target`.
    ///
    /// # Errors
    /// There is nothing to back up, or the target is there already and not to be replaced.
    pub fn new(data_dir: &Path, target: &Path, replace: bool) -> Result<Self> {
        if target.is_dir() || (target.exists() && !replace) {
            return Err(EngineError::Exists(target.display().to_string()));
        }
        finish_restore(data_dir)?;
        let shared = Use::to_read(data_dir)?;
        let key = key_file::read(data_dir, "key")?;
        let key = key.ok_or_else(|| EngineError::NothingThere(data_dir.display().to_string()))?;
        let store = Store::open_to_read(data_dir)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let beside = target.with_file_name(format!(".{name}.partial"));
        let octets = store.octets()?;
        Ok(Self { store, key, target: target.to_owned(), beside, _use: shared, octets })
    }

    /// The file that grows while the backup is made.
    pub fn growing(&self) -> &Path {
        &self.beside
    }

    /// Makes it.
    ///
    /// # Errors
    /// The database is damaged, or the file cannot be written; then there is none.
    pub fn make(&self, now: Timestamp) -> Result<Backup> {
        let made = self.write(now);
        if made.is_err() {
            let _ = fs::remove_file(&self.beside);
        }
        made
    }

    fn write(&self, now: Timestamp) -> Result<Backup> {
        let failed = key_file::failed(&self.beside);
        // Empty and private before anything is in it; what an earlier process left is of no use.
        let empty = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.beside);
        empty.map_err(&failed)?;
        self.store.copy_into(&self.beside, &self.key, now)?;
        File::open(&self.beside).and_then(|file| file.sync_all()).map_err(&failed)?;
        fs::rename(&self.beside, &self.target).map_err(&failed)?;
        sync_dir(&self.target)?;
        let octets = fs::metadata(&self.target).map_err(failed)?.len();
        Ok(Backup { path: self.target.clone(), made_at: now.to_string(), octets })
    }
}

/// Makes today's backup in `backup_dir`, unless it is there or none is wanted, and removes all but the newest fourteen.
///
/// # Errors
/// It cannot be made. What is there is left alone then.
pub fn daily_backup(service: &Service, now: Timestamp) -> Result<Option<Backup>> {
    let Some(backup_dir) = &service.backup_dir else { return Ok(None) };
    let day = Calendar { zone: service.timezone.clone(), day_starts_at: 0 }.day_of(now);
    let target = backup_dir.join(format!("yorisoi-{day}.backup"));
    if target.exists() {
        return Ok(None);
    }
    key_file::private_dir(backup_dir)?;
    // What a killed process left would stay for ever: the next day's has another name.
    for left in names_in(backup_dir)?.into_iter().filter(|name| day_of_backup(left_over(name)).is_some()) {
        let path = backup_dir.join(left);
        fs::remove_file(&path).map_err(key_file::failed(&path))?;
    }
    let made = BackupPlan::new(&service.data_dir, &target, false)?.make(now)?;
    for old in daily_backups(backup_dir)?.into_iter().rev().skip(KEPT) {
        let path = backup_dir.join(old);
        fs::remove_file(&path).map_err(key_file::failed(&path))?;
    }
    Ok(Some(made))
}

/// The backup that an unfinished file was to become.
fn left_over(name: &str) -> &str {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(".partial")).unwrap_or_default()
}

/// The names of the daily backups in a folder, oldest first.
///
/// # Errors
/// The folder cannot be read.
pub fn daily_backups(backup_dir: &Path) -> Result<Vec<String>> {
    let mut names = names_in(backup_dir)?;
    names.retain(|name| day_of_backup(name).is_some());
    names.sort();
    Ok(names)
}

fn names_in(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(key_file::failed(dir))?,
    };
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// The day of a daily backup, from its name.
pub fn day_of_backup(name: &str) -> Option<Day> {
    name.strip_prefix("yorisoi-")?.strip_suffix(".backup").and_then(Day::parse)
}

/// Makes the name of a file durable.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(key_file::failed(dir))
}
