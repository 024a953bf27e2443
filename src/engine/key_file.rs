//! The data folder and the master key in it, both for their owner alone.
//!
//! The key is made once, whole or not at all: written beside its place, synced, then linked into it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{EngineError, Result};
use crate::rng;

pub(super) fn failed(path: &Path) -> impl Fn(std::io::Error) -> EngineError {
    let path = path.display().to_string();
    move |error| EngineError::File { path: path.clone(), kind: error.kind() }
}

/// Makes the folder when it is missing.
pub(super) fn private_dir(dir: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed(dir))
}

/// Whoever may write to the folder could put a key of theirs into it: that is refused. Files that others may read are
/// closed to them, and the log says so.
pub(super) fn closed_to_others(dir: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).map(|seen| seen.permissions().mode());
    if mode(dir).map_err(failed(dir))? & 0o002 != 0 {
        return Err(EngineError::Exposed(dir.display().to_string()));
    }
    for name in ["key", "instance", "yorisoi.db"] {
        let path = dir.join(name);
        if mode(&path).is_ok_and(|mode| mode & 0o077 != 0) {
            tracing::warn!(file = name, "others could read it; now they cannot");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// The 32 octets of `dir/name`; made at the first start.
pub(super) fn read_or_create(dir: &Path, name: &str) -> Result<[u8; 32]> {
    match read(dir, name)? {
        Some(key) => Ok(key),
        None => create(dir, name),
    }
}

/// The 32 octets of `dir/name`; `None` when there is no such file.
pub(super) fn read(dir: &Path, name: &str) -> Result<Option<[u8; 32]>> {
    let path = dir.join(name);
    match fs::read(&path) {
        Ok(octets) => octets.try_into().map(Some).map_err(|_| EngineError::File {
            path: path.display().to_string(),
            kind: std::io::ErrorKind::InvalidData,
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path)(error)),
    }
}

fn create(dir: &Path, name: &str) -> Result<[u8; 32]> {
    let path = &dir.join(name);
    let mut key = [0; 32];
    rng::fill_from_system(&mut key).map_err(failed(path))?;
    let beside = dir.join(format!("{name}.{}", std::process::id()));
    write(&beside, &key)?;
    // A link fails when the name exists: of two processes that start together, the first one's key stands.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside).map_err(failed(&beside))?;
    match linked {
        Ok(()) => {
            fs::File::open(dir).and_then(|d| d.sync_all()).map_err(failed(dir))?;
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read_or_create(dir, name),
        Err(error) => Err(failed(path)(error)),
    }
}

/// Writes a key into a file for its owner alone, and syncs it.
pub(super) fn write(path: &Path, key: &[u8; 32]) -> Result<()> {
    let mut file = fs::OpenOptions::new();
    let written = file.write(true).create(true).truncate(true).mode(0o600).open(path);
    written.and_then(|mut f| f.write_all(key).and_then(|()| f.sync_all())).map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_belongs_to_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("dir");
        let first = read_or_create(dir.path(), "key").expect("made");
        assert_eq!(read_or_create(dir.path(), "key").expect("read"), first);
        let mode = fs::metadata(dir.path().join("key")).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("dir").count(), 1);
    }

    #[test]
    fn a_damaged_key_is_refused_and_never_replaced() {
        let dir = tempfile::tempdir().expect("dir");
        fs::write(dir.path().join("key"), b"short").expect("write");
        assert!(read_or_create(dir.path(), "key").is_err());
    }
}
