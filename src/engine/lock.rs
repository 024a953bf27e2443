//! One daemon per data folder: an exclusive lock that the system drops with the process. And one that everybody shares
//! who has the database open, for a restore to wait until nobody has.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::{EngineError, Result};

/// Five seconds, in hundredths.
const PATIENCE: u32 = 500;

/// Holds `data_dir/lock` for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at once or not at all.
    ///
    /// # Errors
    /// Another process has it, or the file cannot be made.
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("lock");
        let name = path.display().to_string();
        let failed = |kind| EngineError::File { path: name.clone(), kind };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|e| failed(e.kind()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(EngineError::Locked(name)),
            Err(TryLockError::Error(error)) => Err(failed(error.kind())),
        }
    }
}

/// Shares the database with others: `data_dir/in-use`.
#[derive(Debug)]
pub struct Use {
    _file: File,
}

impl Use {
    /// Shares it, unless somebody is about to exchange it.
    ///
    /// # Errors
    /// A restore has it, or the file cannot be made.
    pub fn share(dir: &Path) -> Result<Self> {
        Self::get(dir, File::try_lock_shared)
    }

    /// Shares it for reading; nobody exchanges what lies where nothing can be written.
    ///
    /// # Errors
    /// A restore has it.
    pub fn to_read(dir: &Path) -> Result<Option<Self>> {
        match Self::share(dir) {
            Err(busy @ EngineError::InUse(_)) => Err(busy),
            shared => Ok(shared.ok()),
        }
    }

    /// Has it alone.
    ///
    /// # Errors
    /// Others use it, or the file cannot be made.
    pub(super) fn alone(dir: &Path) -> Result<Self> {
        Self::get(dir, File::try_lock)
    }

    #[allow(clippy::disallowed_methods)] // nothing tells that a file lock is free
    fn get(dir: &Path, how: fn(&File) -> std::result::Result<(), TryLockError>) -> Result<Self> {
        let path = dir.join("in-use");
        let name = path.display().to_string();
        let failed = |kind| EngineError::File { path: name.clone(), kind };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|e| failed(e.kind()))?;
        // What others do with the database takes moments.
        for _ in 0..PATIENCE {
            match how(&file) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(10)),
                Err(TryLockError::Error(error)) => return Err(failed(error.kind())),
            }
        }
        Err(EngineError::InUse(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_refused_until_the_first_lets_go() {
        let dir = tempfile::tempdir().expect("dir");
        let first = Lock::take(dir.path()).expect("first");
        assert!(matches!(Lock::take(dir.path()), Err(EngineError::Locked(_))));
        drop(first);
        Lock::take(dir.path()).expect("again");
    }
}
