//! Nothing that a person wrote, is called or is reached by stands in a log, at any level: the program runs with
//! `RUST_LOG=trace` through a day on which everything goes wrong, and each canary is searched for in all that it logged.
//! That the canaries were there to be seen is asserted first.
#![allow(clippy::unwrap_used, clippy::expect_used)] // whatever breaks here fails the test

use std::path::Path;
use std::process::{Command, Output};

use tokio::task::spawn_blocking;
use yorisoi::demo::{Fault, Faults, Point, Protocol, Servers, Then};
use yorisoi::mail::message::Message;
use yorisoi::mail::parse::parse;
use yorisoi::secret::Secret;

const CARE: &str = "care@kanariya-dienst.example";
const HARU: &str = "kanariya-haru@client.example";
const AI: &str = "kanariya-ai@supporter.example";
const OFFICE: &str = "kanariya-office@house.example";
const THIEF: &str = "kanariya-thief@elsewhere.example";
const PASSWORD: &str = "kanariya-password";
const WRONG: &str = "kanariya-wrong-password";

/// An installation, and all that it has logged.
struct World {
    servers: Servers,
    faults: Faults,
    place: tempfile::TempDir,
    log: String,
    mails: u32,
}

impl World {
    async fn new() -> Self {
        let faults = Faults::default();
        let addresses = [CARE, HARU, AI, OFFICE].map(str::to_owned);
        let servers = Servers::start_with(&addresses, Secret::new(PASSWORD), faults.clone()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let login = format!("tls = \"none\"\nusername = \"{CARE}\"\npassword_file = \"password\"\n");
        let text = format!(
            "[service]\nname = \"Kanariya-Dienst\"\naddress = \"{CARE}\"\nlocale = \"en\"\ntimezone = \"Europe/London\"\n\
             data_dir = \"data\"\noperators = [\"{OFFICE}\"]\n[promise]\nquiet = \"\"\ngrace = \"0s\"\nread_first = 0\n[auth]\nunproven_answers = \"confirm\"\n\
             [imap]\nhost = \"127.0.0.1\"\nport = {}\n{login}[smtp]\nhost = \"127.0.0.1\"\nport = {}\n{login}",
            servers.imap_port, servers.smtp_port
        );
        write(&place.path().join("yorisoi.toml"), &text);
        write(&place.path().join("password"), PASSWORD);
        let mut world = Self { servers, faults, place, log: String::new(), mails: 0 };
        let supporter = ["supporter", "add", "--name", "Kanariya-Ai", "--address", AI];
        let client = ["client", "add", "--name", "Kanariya-Haru", "--address", HARU, "--supporter", AI];
        world.says(&supporter).await;
        world.says(&[&client[..], &["--goal", "kanariya-goal"]].concat()).await;
        // what lies in a mailbox before the first look is none of its business
        world.says(&["once"]).await;
        world
    }

    /// Runs the program to its end at the level of everything; what it wrote to its log joins the rest.
    async fn says(&mut self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
        command.arg("--config").arg(self.place.path().join("yorisoi.toml")).args(arguments);
        command.env("RUST_LOG", "trace");
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        self.log.push_str(&String::from_utf8_lossy(&output.stderr));
        output
    }

    /// A mail arrives, and the program looks.
    async fn arrives(&mut self, from: &str, to: &str, more: &str, words: &str) {
        self.mails += 1;
        let n = self.mails;
        let raw = format!(
            "From: Kanariya Realname <{from}>\r\nTo: <{to}>\r\nSubject: kanariya-subject {n}\r\n\
             Message-ID: <kanariya-id-{n}@a.example>\r\n{more}MIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{words}\r\n--b\r\n\
             Content-Type: image/png; name=\"kanariya-picture.png\"\r\n\r\nx\r\n--b--\r\n"
        );
        assert!(self.servers.deliver(CARE, raw.as_bytes()));
        self.says(&["once"]).await;
    }

    fn fault(&self, protocol: Protocol, line: &str, says: &str, then: Then) {
        let point = Point::Line(line.to_owned());
        self.faults.add(Fault { protocol, point, says: says.as_bytes().to_vec(), then });
    }

    /// The newest mail of somebody that can be answered.
    fn newest(&self, address: &str) -> Message {
        let mails = self.servers.mails(address);
        let mut newest = mails.iter().rev().map(|raw| parse(raw)).filter(|mail| !mail.reply_to.is_empty());
        newest.next().expect("a mail")
    }

    fn got(&self, address: &str, words: &str) -> bool {
        self.servers.mails(address).iter().any(|raw| {
            let Message { subject, text, .. } = parse(raw);
            text.contains(words) || subject.contains(words)
        })
    }
}

fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The address that a reply to it goes to.
fn reply_to(mail: &Message) -> String {
    mail.reply_to.first().expect("a reply address").wire()
}

#[tokio::test]
async fn no_log_line_of_any_level_holds_an_address_a_name_a_word_a_token_or_a_password() {
    let mut world = World::new().await;
    world.arrives(HARU, CARE, "", "kanariya-report").await;
    let alert = world.newest(AI);
    world.arrives(AI, &reply_to(&alert), "", "kanariya-answer").await;
    let question = world.newest(AI);
    world.arrives(AI, &reply_to(&question), "", "yes").await;
    assert!(world.got(AI, "kanariya-report") && world.got(HARU, "kanariya-answer"));
    // a thief with her reply address, one who makes one up, a stranger, two authors
    world.arrives(THIEF, &reply_to(&alert), "", "kanariya-stolen").await;
    assert!(world.got(AI, "kanariya-stolen") && world.got(OFFICE, "Kanariya-Ai"));
    let made_up = CARE.replace('@', &format!("+{}@", "kanariya".repeat(5)));
    world.arrives(THIEF, &made_up, "", "kanariya-made-up").await;
    world.arrives(THIEF, CARE, "", "kanariya-advertisement").await;
    world.arrives(HARU, CARE, &format!("From: <{AI}>\r\n"), "kanariya-two-authors").await;
    // what our code cannot say to a server that refuses, and says things
    world.fault(Protocol::Smtp, "RCPT", &format!("550 5.7.1 {HARU} kanariya-refused\r\n"), Then::GoOn);
    world.arrives(HARU, CARE, "", "kanariya-refused-report").await;
    world.fault(Protocol::Imap, "UID FETCH", "* BYE kanariya-bye\r\n", Then::Close);
    world.arrives(HARU, CARE, "", "kanariya-after-a-bye").await;
    world.fault(Protocol::Imap, "EXAMINE", "{tag} NO kanariya-no\r\n", Then::GoOn);
    world.says(&["once"]).await;
    // wrong passwords
    write(&world.place.path().join("password"), WRONG);
    world.arrives(HARU, CARE, "", "kanariya-behind-a-lock").await;
    write(&world.place.path().join("password"), PASSWORD);
    world.says(&["once"]).await;
    assert!(world.got(AI, "kanariya-after-a-bye") && world.got(AI, "kanariya-behind-a-lock"));
    assert_eq!(world.faults.left(), 0);

    let tokens: Vec<String> = [AI, HARU]
        .iter()
        .flat_map(|address| world.servers.mails(address))
        .filter_map(|raw| parse(&raw).reply_to.first().map(|at| at.local().to_owned()))
        .filter_map(|local| local.split_once('+').map(|(_, token)| token.to_owned()))
        .collect();
    assert!(tokens.len() >= 4, "{tokens:?}");
    let log = world.log.to_lowercase();
    assert!(log.contains(" applied ") && log.contains(" settled "), "{log}");
    assert!(log.lines().count() > 25, "{log}");
    for line in log.lines() {
        // Every address, name, subject, word, file and password of this day has it.
        assert!(!line.contains("kanariya"), "{line}");
        assert!(!tokens.iter().any(|token| line.contains(token)), "{line}");
        assert!(!line.contains("@client") && !line.contains("@supporter"), "{line}");
    }
}
