//! A user's folders from the server's side: mails that are put in, moved, spoiled, and UIDs that are forgotten.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::mailbox::{arrival, files_in};
use super::{Lab, account};

impl Lab {
    /// Saves a mail in a folder, as a filter of the server's does.
    pub fn save(&self, user: &str, folder: &str, raw: &[u8]) {
        self.doveadm_says(&["save", "-u", user, "-m", folder], raw);
    }

    /// Makes a folder.
    pub fn create_folder(&self, user: &str, folder: &str) {
        self.doveadm_says(&["mailbox", "create", "-u", user, folder], b"");
    }

    /// Deletes a folder with its mails.
    pub fn delete_folder(&self, user: &str, folder: &str) {
        self.doveadm_says(&["mailbox", "delete", "-u", user, folder], b"");
    }

    /// Has Dovecot look at every mail once, so that it knows their sizes.
    pub fn know_sizes(&self, user: &str, folder: &str) {
        self.doveadm_says(&["fetch", "-u", user, "size.physical size.virtual", "mailbox", folder], b"");
    }

    /// Moves every mail of one folder to another, as a person does with her mail program.
    pub fn move_all(&self, user: &str, from: &str, to: &str) {
        self.doveadm_says(&["move", "-u", user, to, "mailbox", from, "all"], b"");
    }

    /// The files of a folder (`""` is INBOX, `.Name` another, in modified UTF-7), the oldest first.
    pub fn files(&self, user: &str, folder: &str) -> Vec<PathBuf> {
        let dir = self.maildir(user, folder);
        let mut files: Vec<PathBuf> =
            ["new", "cur"].iter().flat_map(|sub| files_in(&dir.join(sub))).collect();
        files.sort_by_key(|path| arrival(path));
        files
    }

    /// Where a folder lies.
    pub fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        self.dir.join("mail").join(user).join("Maildir").join(folder)
    }

    /// Writes a mail's file where a server would have it that was filled by other means.
    pub fn place(&self, user: &str, folder: &str, name: &str, raw: &[u8]) {
        let nobody = account("nobody");
        let dir = self.maildir(user, folder);
        for sub in ["", "cur", "new", "tmp"] {
            super::directory(&dir.join(sub), nobody, 0o700);
        }
        let path = dir.join("cur").join(format!("{name}:2,"));
        fs::write(&path, raw).unwrap();
        std::os::unix::fs::chown(&path, Some(nobody.0), Some(nobody.1)).unwrap();
    }

    /// Removes what Dovecot knows of a folder: UIDs, UIDVALIDITY, caches. The mails stay.
    pub fn forget_uids(&self, user: &str, folder: &str) {
        let mut removed = 0;
        for file in files_in(&self.maildir(user, folder)) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("dovecot-uidlist") || name.starts_with("dovecot.index") {
                fs::remove_file(&file).unwrap();
                removed += 1;
            }
        }
        assert!(removed >= 2, "Dovecot had no index of {user}'s {folder:?}");
    }

    /// What `doveadm` prints.
    pub(super) fn doveadm_says(&self, arguments: &[&str], input: &[u8]) -> String {
        let (uid, gid) = account("nobody");
        let mut command = Command::new("/usr/bin/doveadm");
        command.arg("-c").arg(self.dir.join("dovecot.conf")).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.uid(uid).gid(gid).current_dir(&self.dir).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "doveadm {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Cuts a mail's file to half its size: the server goes on announcing the whole. Returns what it was.
pub fn spoil(path: &Path) -> Vec<u8> {
    let raw = fs::read(path).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_len(raw.len() as u64 / 2).unwrap();
    raw
}
