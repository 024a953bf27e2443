//! What other programs do with the same mails on the same machine: the measure of every ratio.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::world::{Sink, World};
use crate::lab::{PASSWORD, SERVICE, timed};

/// Pages of the database's size written and synced one after another, a second: what everything durable waits for.
pub fn syncs(dir: &Path) -> f64 {
    use std::os::unix::fs::FileExt as _;
    const TIMES: u64 = 100;
    let page = [7; 16_384];
    let file = fs::File::create(dir.join("syncs")).unwrap();
    let write = |n: u64| {
        file.write_all_at(&page, n % 8 * 16_384).unwrap();
        file.sync_data().unwrap();
    };
    (0..8).for_each(write);
    let ((), took) = timed(|| (0..TIMES).for_each(write));
    TIMES as f64 / took.as_secs_f64()
}

/// One FETCH of everything, thrown away: what the IMAP server can give at most.
pub fn raw_fetch(world: &World, imap: u16) -> Duration {
    let stream = TcpStream::connect(("127.0.0.1", imap)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::with_capacity(1 << 18, stream);
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).unwrap();
    command(&mut stream, &format!("LOGIN {SERVICE} \"{PASSWORD}\""));
    command(&mut stream, "EXAMINE INBOX");
    let (got, took) = timed(|| command(&mut stream, "UID FETCH 1:* (UID BODY.PEEK[])"));
    assert_eq!(got, world.mails.len(), "mails fetched");
    took
}

/// Sends a command and reads its answer to nothing; how many literals there were.
fn command(stream: &mut BufReader<TcpStream>, text: &str) -> usize {
    stream.get_mut().write_all(format!("a {text}\r\n").as_bytes()).unwrap();
    let (mut literals, mut line) = (0, Vec::new());
    loop {
        line.clear();
        stream.read_until(b'\n', &mut line).unwrap();
        let said = String::from_utf8_lossy(&line);
        if said.starts_with("a ") {
            assert!(said.starts_with("a OK"), "{text}: {said}");
            return literals;
        }
        assert!(!line.is_empty(), "{text}: the connection ended");
        let size = said.trim_end().strip_suffix('}').and_then(|l| l.rsplit('{').next()?.parse::<u64>().ok());
        if let Some(size) = size {
            literals += 1;
            std::io::copy(&mut stream.by_ref().take(size), &mut std::io::sink()).unwrap();
        }
    }
}

/// mbsync from the folder into an empty Maildir; the files are counted.
pub fn mbsync(world: &World, imap: u16, durable: bool) -> Duration {
    let dir = world.dir().join("mbsync");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("near")).unwrap();
    let sync = if durable { "yes" } else { "no" };
    let text = format!(
        "FSync {sync}\nIMAPAccount a\nHost 127.0.0.1\nPort {imap}\nUser {SERVICE}\nPass \"{PASSWORD}\"\n\
         SSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {near}/\n\
         Inbox {near}/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\n\
         SyncState *\n",
        near = dir.join("near").display()
    );
    let config = dir.join("mbsyncrc");
    fs::write(&config, text).unwrap();
    let mut command = Command::new("mbsync");
    command.arg("-q").arg("-c").arg(&config).arg("c");
    let (output, took) = timed(|| command.output().unwrap());
    assert!(output.status.success(), "mbsync: {}", String::from_utf8_lossy(&output.stderr));
    let files = |part: &str| {
        fs::read_dir(dir.join("near/INBOX").join(part)).map_or(0, |entries| entries.flatten().count())
    };
    assert_eq!(files("cur") + files("new"), world.mails.len(), "files that mbsync wrote");
    took
}

/// Postfix's smtp-source into smtp-sink: mails of the same size over as many connections, kept open.
pub fn smtp_source(dir: &Path, count: usize, connections: usize, octets: usize) -> Duration {
    const HEADER: usize = 250;
    let sink = Sink::start(dir);
    let mut command = Command::new("/usr/sbin/smtp-source");
    let length = octets.saturating_sub(HEADER).to_string();
    command.args(["-d", "-s", &connections.to_string(), "-m", &count.to_string(), "-l", &length]);
    command.args(["-f", SERVICE, "-t", "ai@example.org", &format!("127.0.0.1:{}", sink.port)]);
    let (output, took) = timed(|| command.output().unwrap());
    assert!(output.status.success(), "smtp-source: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sink.taken(), count, "mails at the sink");
    took
}
