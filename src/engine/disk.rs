//! The disk under the data folder: how much room it has, and a reserve for the day when it has none.
//!
//! Fetching goes on while the reserve stands. When less than [`LEAST_FREE`] is left, the reserve is given up, so that
//! the stop can be noted and the office be told; when there is room for both again, it is made anew. So a stop
//! outlives the process, and nothing but the disk decides about it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, StatVfsMountFlags, fallocate, statfs, statvfs};
use rustix::io::Errno;

use crate::rng::Rng;

/// With less than this nothing is fetched.
pub const LEAST_FREE: u64 = 200 << 20;
/// What the reserve takes.
const RESERVE: u64 = 32 << 20;

/// A disk at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Octets that we may still write.
    pub free: u64,
    /// Mounted read-only.
    pub read_only: bool,
}

/// What follows for fetching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// Enough, and the reserve stands.
    Enough,
    /// Enough for the reserve that is missing, too.
    EnoughAgain,
    /// Too little; the reserve is to be given up.
    Short,
    /// Too little, and the reserve is gone already.
    StillShort,
}

impl Disk {
    /// The disk that holds `dir`.
    ///
    /// # Errors
    /// The system's.
    pub fn of(dir: &Path) -> io::Result<Self> {
        let seen = statvfs(dir)?;
        Ok(Self {
            free: seen.f_bavail.saturating_mul(seen.f_frsize),
            read_only: seen.f_flag.contains(StatVfsMountFlags::RDONLY),
        })
    }

    fn room(self, reserve_stands: bool) -> Room {
        match (reserve_stands, self.free) {
            (true, LEAST_FREE..) => Room::Enough,
            (true, _) => Room::Short,
            (false, free) if free >= LEAST_FREE + RESERVE => Room::EnoughAgain,
            (false, _) => Room::StillShort,
        }
    }
}

/// Whether `dir` lies on a file system of the network, where locks and shared memory do not hold what SQLite needs.
pub(super) fn is_remote(dir: &Path) -> bool {
    // The system's type differs in sign and width between machines; these are 32 bits.
    statfs(dir).is_ok_and(|seen| is_remote_type((seen.f_type as u64) & 0xffff_ffff))
}

fn is_remote_type(magic: u64) -> bool {
    const NFS: u64 = 0x6969;
    const SMB: u64 = 0x517b;
    const SMB2: u64 = 0xfe53_4d42;
    const CIFS: u64 = 0xff53_4d42;
    const CEPH: u64 = 0x00c3_6400;
    const AFS: u64 = 0x5346_414f;
    [NFS, SMB, SMB2, CIFS, CEPH, AFS].contains(&magic)
}

/// The reserve, and whether fetching goes on.
pub(super) struct Reserve {
    dir: PathBuf,
    path: PathBuf,
    short: bool,
}

/// What a look at the disk found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing new.
    AsBefore,
    /// Fetching has to stop.
    BecameShort,
    /// Fetching goes on.
    HasRoomAgain,
}

impl Reserve {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), path: dir.join("reserve"), short: false }
    }

    /// Whether there is too little room to fetch, as of the last look.
    pub(super) fn is_short(&self) -> bool {
        self.short
    }

    /// Looks, and gives the reserve up or makes it.
    pub(super) fn look(&mut self, rng: &mut Rng) -> io::Result<Found> {
        let room = Disk::of(&self.dir)?.room(self.path.exists());
        let short = match room {
            Room::Enough => false,
            Room::EnoughAgain => self.make(rng).is_err(),
            Room::Short => {
                fs::remove_file(&self.path)?;
                true
            }
            Room::StillShort => true,
        };
        let was = std::mem::replace(&mut self.short, short);
        Ok(match (was, short) {
            (false, true) => Found::BecameShort,
            (true, false) => Found::HasRoomAgain,
            _ => Found::AsBefore,
        })
    }

    /// Gives the reserve up where that is called for, before anything is written.
    pub(super) fn yield_if_short(&self) {
        if Disk::of(&self.dir).is_ok_and(|disk| disk.room(self.path.exists()) == Room::Short) {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Makes the reserve, of blocks that are really taken.
    fn make(&self, rng: &mut Rng) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let made = options.write(true).create(true).truncate(true).mode(0o600).open(&self.path);
        let made = made.and_then(|mut file| {
            match fallocate(&file, FallocateFlags::empty(), 0, RESERVE) {
                Err(Errno::OPNOTSUPP) => fill(&mut file, rng)?,
                other => other?,
            }
            file.sync_all()
        });
        if made.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        made
    }
}

/// Writes what no file system can compress away.
fn fill(file: &mut File, rng: &mut Rng) -> io::Result<()> {
    let mut block = vec![0; 1 << 20];
    rng.fill(&mut block);
    (0..RESERVE >> 20).try_for_each(|_| file.write_all(&block))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn fetching_stops_below_two_hundred_mebibytes_and_goes_on_with_room_for_the_reserve() {
        const MIB: u64 = 1 << 20;
        let check = |reserve_stands, free, room| {
            let disk = Disk { free, read_only: false };
            assert_eq!(disk.room(reserve_stands), room, "{free} {reserve_stands}");
        };
        check(true, 5000 * MIB, Room::Enough);
        check(true, 200 * MIB, Room::Enough);
        check(true, 200 * MIB - 1, Room::Short);
        check(true, 0, Room::Short);
        // giving up the reserve alone is no reason to go on
        check(false, 231 * MIB, Room::StillShort);
        check(false, 232 * MIB - 1, Room::StillShort);
        check(false, 232 * MIB, Room::EnoughAgain);
        check(false, 0, Room::StillShort);
    }

    #[test]
    fn the_reserve_takes_its_blocks_and_belongs_to_its_owner() {
        let dir = tempfile::tempdir().expect("dir");
        let reserve = Reserve::new(dir.path());
        let check = || {
            let seen = fs::metadata(&reserve.path).expect("reserve");
            assert_eq!((seen.len(), seen.mode() & 0o777), (RESERVE, 0o600));
            assert!(seen.blocks() * 512 >= RESERVE, "sparse: {} blocks", seen.blocks());
        };
        reserve.make(&mut Rng::from_seed(1)).expect("made");
        check();
        let mut file = OpenOptions::new().write(true).truncate(true).open(&reserve.path).expect("file");
        fill(&mut file, &mut Rng::from_seed(1)).expect("filled");
        file.sync_all().expect("synced");
        check();
    }

    #[test]
    fn a_disk_of_the_network_is_known_by_its_type() {
        let check = |magic, remote| assert_eq!(is_remote_type(magic), remote, "{magic:x}");
        check(0x6969, true);
        check(0xff53_4d42, true);
        // ext4, tmpfs, btrfs, xfs, overlay
        for local in [0xef53, 0x0102_1994, 0x9123_683e, 0x5846_5342, 0x794c_7630] {
            check(local, false);
        }
    }
}
