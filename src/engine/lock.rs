//! One daemon per data folder: an exclusive lock that the system drops with the process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::{EngineError, Result};

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
