//! What a run stands on: a Dovecot folder full of reports, configurations, data folders, a sink.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use yorisoi::clock;
use yorisoi::domain::command::Command as Order;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::rng::Rng;
use yorisoi::settings::{self, Settings};

use super::mails;
use crate::lab::{Lab, PASSWORD, SERVICE, until};

/// Where everything of a run lies, and the mails that it is about.
pub struct World {
    pub lab: Option<Lab>,
    dir: tempfile::TempDir,
    pub mails: Vec<(Vec<u8>, Timestamp)>,
}

impl World {
    /// Writes the mails, and starts the servers where the machine can carry them.
    pub fn new(count: usize, servers: bool) -> Self {
        let now = Timestamp::now();
        let mails = (0..count).map(|n| mails::report(n, SERVICE, now)).collect();
        let lab = servers.then(Lab::start);
        let world = Self { lab, dir: tempfile::tempdir().unwrap(), mails };
        if let Some(lab) = &world.lab {
            world.fill(lab);
        }
        world
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Octets of a mail, on average.
    pub fn mean(&self) -> usize {
        self.mails.iter().map(|(raw, _)| raw.len()).sum::<usize>() / self.mails.len().max(1)
    }

    /// Puts every mail into the service's folder, named as Dovecot's own delivery names it.
    fn fill(&self, lab: &Lab) {
        let home = lab.dir().join("mail").join(SERVICE);
        let owner = fs::metadata(lab.dir().join("mail")).unwrap();
        let (uid, gid) = {
            use std::os::unix::fs::MetadataExt as _;
            (owner.uid(), owner.gid())
        };
        let own = |path: &Path| chown(path, Some(uid), Some(gid)).unwrap();
        for part in ["", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"] {
            let path = home.join(part);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
            own(&path);
        }
        for (n, (raw, written)) in self.mails.iter().enumerate() {
            let text = String::from_utf8(raw.clone()).unwrap().replace("\r\n", "\n");
            let (at, size) = (written.as_second(), text.len());
            let name = format!("{at}.M{n}P1.lab,S={size},W={}:2,", raw.len());
            let path = home.join("Maildir/cur").join(name);
            fs::write(&path, text).unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(std::time::SystemTime::from(*written)).unwrap();
            own(&path);
        }
    }

    /// A configuration with `NAME` as its data folder and mail going to the given ports of this machine.
    pub fn config(&self, name: &str, imap: u16, smtp: u16, more: &str) -> PathBuf {
        let path = self.dir().join(format!("{name}.toml"));
        let login = format!("username = \"{SERVICE}\"\npassword = \"{PASSWORD}\"\n");
        let text = [
            format!("[service]\nname = \"よりそい便り\"\naddress = \"{SERVICE}\"\n"),
            format!("data_dir = \"{name}\"\nreceipts = \"never\"\n"),
            format!("[imap]\nhost = \"127.0.0.1\"\nport = {imap}\ntls = \"none\"\n{login}"),
            format!("[smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n{more}"),
            "[auth]\nunproven_answers = \"pass\"\n".to_owned(),
            // mails of weeks ago: what has long been late would be said as well
            "[promise]\nquiet = \"\"\nremind_at = \"never\"\nsecond_at = \"never\"\ntell_at = \"never\"\n\
             grace = \"0s\"\nread_first = 0\n"
                .to_owned(),
        ];
        fs::write(&path, text.concat()).unwrap();
        path
    }

    /// The same, loaded. Ports of servers that are not there stay unused.
    pub fn settings(&self, name: &str, smtp: u16, more: &str) -> Settings {
        let imap = self.lab.as_ref().map_or(1, |lab| lab.ports().imap);
        settings::load(&self.config(name, imap, smtp, more), std::iter::empty()).unwrap()
    }

    /// An installation in which everybody is registered and no mail has come.
    pub fn furnish(&self, name: &str) -> PathBuf {
        let settings = self.settings(name, 1, "");
        let mut engine = open(&settings);
        let address = |text: &str| Address::parse(text).unwrap();
        for n in 0..mails::SUPPORTERS {
            let (name, at) = mails::supporter(n);
            let order = Order::AddSupporter { name, addresses: vec![address(&at)], locale: None };
            engine.order(&order, clock::now()).unwrap();
        }
        for n in 0..mails::CLIENTS {
            let (name, at) = mails::client(n);
            let order = Order::AddClient {
                name,
                addresses: vec![address(&at)],
                goal: "毎日すこし歩く".to_owned(),
                locale: None,
                supporter: Some(mails::supporter(n % mails::SUPPORTERS).1),
                second: None,
                pool: false,
            };
            engine.order(&order, clock::now()).unwrap();
        }
        settings.service.data_dir
    }

    /// A copy of an installation, as if it had been there for a while.
    pub fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let to = self.dir().join(name);
        let _ = fs::remove_dir_all(&to);
        copy_dir(from, &to);
        to
    }

    /// Keeps every mail without any server.
    pub fn keep_all(&self, engine: &mut Engine) {
        let uid = |n: usize| u32::try_from(n + 1).unwrap();
        let step = |listed, fetched| FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: None,
            listed,
            fetched,
        };
        let all = (0..self.mails.len()).map(uid).collect();
        engine.keep(&step(Some(all), Vec::new()), clock::now()).unwrap();
        let fetched = self.mails.iter().enumerate().map(|(n, (raw, written))| Fetched::Mail {
            uid: uid(n),
            internal_date: Some(clock::Timestamp::from_millis(written.as_millisecond())),
            raw: raw.clone(),
        });
        let fetched: Vec<Fetched> = fetched.collect();
        for some in fetched.chunks(100) {
            engine.keep(&step(None, some.to_vec()), clock::now()).unwrap();
        }
    }
}

/// The engine of an installation, as the daemon opens it.
pub fn open(settings: &Settings) -> Engine {
    Engine::open(settings, Role::Daemon, Rng::from_seed(1), clock::now()).unwrap()
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Postfix's smtp-sink: takes every mail, throws it away, and counts.
pub struct Sink {
    child: Child,
    counted: PathBuf,
    pub port: u16,
}

impl Sink {
    pub fn start(dir: &Path) -> Self {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let counted = dir.join(format!("sink-{port}"));
        let mut command = Command::new("/usr/sbin/smtp-sink");
        command.args(["-u", "nobody", "-c", &format!("127.0.0.1:{port}"), "256"]).stdin(Stdio::null());
        let out = fs::File::create(&counted).unwrap();
        let child = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).ok();
        until("smtp-sink listens", Duration::from_secs(5), listens);
        Self { child, counted, port }
    }

    /// Mails taken so far: what follows the last `mesg=`.
    pub fn taken(&self) -> usize {
        let text = fs::read_to_string(&self.counted).unwrap();
        let last = text.rsplit("mesg=").next().unwrap_or_default();
        last.trim().parse().unwrap_or(0)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes out what is dirty, so that nobody's syncs pay for it; with `cold`, also empties the page cache.
pub fn calm(cold: bool) -> bool {
    let _ = Command::new("sync").status();
    !cold || fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}
