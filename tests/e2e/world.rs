//! A lab with an installation of yorisoi and people in it. When a test is over, every mail that anybody received is
//! looked through for the other side's secrets, every log line for addresses and words, and the database for broken
//! rules; a test cannot forget it.

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use super::lab::{Daemon, Lab, Options, PASSWORD, SERVICE, Setup, WORLD};
use super::leak;
use super::reading::Received;
use super::writing::{Letter, Mail, Person, Side};

/// Longer than anything takes that is due at once, on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);

/// See the module's head.
pub struct World {
    pub lab: Lab,
    /// The configuration file.
    pub config: PathBuf,
    /// Where the database lies.
    pub data: PathBuf,
    people: RefCell<Vec<Person>>,
    /// What must be in no log.
    unspoken: RefCell<Vec<String>>,
}

impl World {
    /// The usual world.
    pub fn start() -> Self {
        Self::with(&Setup::default(), Options::default())
    }

    /// A world with peculiarities.
    pub fn with(setup: &Setup, options: Options) -> Self {
        let lab = Lab::with(options);
        let config = lab.config(setup);
        let data = lab.dir().join(format!("{}-data", setup.name));
        Self { lab, config, data, people: RefCell::default(), unspoken: RefCell::default() }
    }

    /// Adds a supporter.
    pub fn supporter(&self, name: &str, address: &str) -> Person {
        self.must(&["supporter", "add", "--name", name, "--address", address]);
        self.met(Person::new(name, address, Side::Supporter))
    }

    /// Adds a client whom the supporter answers.
    pub fn client(&self, name: &str, address: &str, supporter: &Person) -> Person {
        let order =
            ["client", "add", "--name", name, "--address", address, "--supporter", &supporter.address];
        self.must(&order);
        self.met(Person::new(name, address, Side::Client))
    }

    /// From now on this person's secrets are looked for.
    pub fn met(&self, person: Person) -> Person {
        self.people.borrow_mut().push(person.clone());
        person
    }

    /// The usual pair: a client and the supporter who answers her.
    pub fn pair(&self) -> (Person, Person) {
        let ai = self.supporter("あい", "ai@example.org");
        (self.client("はる", "haru@example.jp", &ai), ai)
    }

    /// Runs a command that must succeed.
    pub fn must(&self, args: &[&str]) -> String {
        self.lab.must(&self.config, args)
    }

    /// Runs a command that prints JSON, with every address in full.
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.must(&[args, &["--show-addresses"]].concat())).unwrap()
    }

    /// What `status` says, for people or with `--json`.
    pub fn status(&self, flags: &[&str]) -> String {
        self.must(&[&["status"], flags].concat())
    }

    /// The same as a value.
    pub fn status_json(&self) -> Value {
        serde_json::from_str(&self.status(&["--json"])).unwrap()
    }

    /// `yorisoi once`, which must meet nothing bad.
    pub fn once(&self) {
        let output = self.try_once();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }

    /// `yorisoi once`.
    pub fn try_once(&self) -> Output {
        self.lab.yorisoi(&self.config, &["once"])
    }

    /// Starts `yorisoi run`.
    pub fn run(&self) -> Daemon {
        self.lab.run_daemon(&self.config)
    }

    /// Sends through Postfix and waits until it lies in the service's mailbox.
    pub fn send(&self, letter: &Letter) -> Mail {
        let mail = letter.mail();
        self.send_mail(&mail);
        mail
    }

    /// The same for finished mails.
    pub fn send_mail(&self, mail: &Mail) {
        let before = self.lab.mails(SERVICE).len();
        self.lab.send(&mail.from, &mail.to, &mail.raw).unwrap();
        self.lab.wait_for_mails(SERVICE, before + 1, SOON);
    }

    /// A client's report, or a supporter's words, taken in and sent on at once.
    pub fn passes(&self, letter: &Letter) -> Mail {
        let mail = self.send(letter);
        self.once();
        mail
    }

    /// Every mail that a person has received, once there are `count`.
    pub fn inbox(&self, person: &Person, count: usize) -> Vec<Received> {
        self.inbox_of(&person.address, count)
    }

    /// The same for any mailbox.
    pub fn inbox_of(&self, user: &str, count: usize) -> Vec<Received> {
        let mails: Vec<Received> = read_all(&self.lab.wait_for_mails(user, count, SOON));
        let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        assert_eq!(mails.len(), count, "{user}: {subjects:?}");
        mails
    }

    /// The newest of `count` mails.
    pub fn last(&self, person: &Person, count: usize) -> Received {
        self.inbox(person, count).pop().unwrap()
    }

    /// Rows of the outbox of this kind.
    pub fn outbox(&self, kind: &str) -> Vec<Value> {
        let rows = self.json(&["outbox", "list", "--json"]);
        rows.as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
    }

    /// Words that no log may hold.
    pub fn keep_out_of_logs(&self, words: &str) {
        self.unspoken.borrow_mut().push(words.to_owned());
    }

    /// The reasons for which mails lie in quarantine.
    pub fn quarantine(&self) -> Vec<String> {
        let rows = self.json(&["quarantine", "list", "--json"]);
        rows.as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// How many kept mails ended for this reason.
    pub fn ended(&self, reason: &str) -> i64 {
        let status = self.status_json();
        let mails = status["mails"].as_array().unwrap();
        mails.iter().filter(|m| m["what"] == reason).map(|m| m["count"].as_i64().unwrap()).sum()
    }

    /// Fails when anybody received what is not hers.
    fn assert_no_leak(&self) {
        let people = self.people.borrow();
        let of = |side: Side| people.iter().filter(move |p| p.side == side);
        let ours = |side| {
            let mails = of(side).flat_map(|p| read_all(&self.lab.mails(&p.address)));
            mails.flat_map(|m| [m.message_id, m.reply_to]).filter(|s| s != SERVICE && !s.is_empty())
        };
        for (side, other) in [(Side::Client, Side::Supporter), (Side::Supporter, Side::Client)] {
            let mut secrets: Vec<String> =
                of(other).chain(of(Side::Nobody)).flat_map(Person::secrets).collect();
            secrets.extend(ours(other));
            let secrets = leak::Secrets::new(secrets);
            for person in of(side) {
                for raw in self.lab.mails(&person.address) {
                    let found = leak::find(&raw, &secrets);
                    let text = String::from_utf8_lossy(&raw);
                    assert!(found.is_none(), "{} received {}:\n{text}", person.address, found.unwrap());
                }
            }
        }
        let world = self.lab.mails(WORLD).len();
        assert_eq!(world, 0, "mail went to addresses that nobody has: {:?}", self.lab.texts(WORLD));
    }

    /// Fails when a log names an address, a password or words.
    fn assert_silent_logs(&self) {
        let mut secrets = vec![PASSWORD.to_owned(), "falsch".to_owned()];
        secrets.extend(self.people.borrow().iter().flat_map(Person::secrets));
        secrets.extend(self.unspoken.borrow().iter().cloned());
        for entry in std::fs::read_dir(self.lab.dir()).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".daemon.log") && !name.ends_with(".err.log") {
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
            // what a command says to its operator about an order is no log
            for line in text.lines().filter(|line| !line.starts_with("yorisoi: ")) {
                let told = secrets.iter().find(|secret| line.contains(secret.as_str()));
                assert!(told.is_none(), "{name} tells {told:?}: {line}");
                // people of these tests write Japanese, and logs are English
                assert!(line.is_ascii(), "{name} tells what somebody wrote: {line}");
            }
        }
    }

    /// Fails when the database breaks one of its rules.
    fn assert_sound(&self) {
        if self.data.join("yorisoi.db").exists() {
            let store = yorisoi::store::Store::open_to_read(&self.data).unwrap();
            let broken = store.read(|tx| tx.check()).unwrap();
            assert!(broken.is_empty(), "{broken:?}");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_sound();
            self.assert_silent_logs();
            self.assert_no_leak();
        }
    }
}

/// What a command printed.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn read_all(raws: &[Vec<u8>]) -> Vec<Received> {
    raws.iter().map(|raw| Received::read(raw)).collect()
}
