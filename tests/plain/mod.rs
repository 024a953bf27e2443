//! The settings that a test begins with: everything as plain as it can be, and nothing on a network.
#![allow(clippy::expect_used)] // a test whose settings are wrong has failed

use std::path::Path;
use std::time::Duration;

use yorisoi::clock::Zone;
use yorisoi::domain::locale::Locale;
use yorisoi::domain::pool::Terms;
use yorisoi::domain::walk::Points;
use yorisoi::mail::address::Address;
use yorisoi::settings::{
    Addressing, Auth, AuthMode, Imap, JunkFolder, Privacy, Promise, Rates, Receipts, Server, Service,
    Settings, Smtp, Tls, UnprovenAnswers,
};

/// An installation in Japan with its files in `dir`; answers pass on unproven, and clients get no receipts.
pub fn settings(dir: &Path) -> Settings {
    let address = |text: &str| Address::parse(text).expect("an address");
    let server = Server { host: "localhost".to_owned(), port: 1, tls: Tls::None, login: None, ca_file: None };
    Settings {
        service: Service {
            name: "よりそい便り".to_owned(),
            address: address("care@example.jp"),
            locale: Locale::Ja,
            timezone: Zone::named("Asia/Tokyo").expect("a zone"),
            day_starts_at: 240,
            data_dir: dir.join("data"),
            journal_dir: dir.join("journal"),
            backup_dir: None,
            operators: vec![address("office@example.jp")],
            addressing: Addressing::Plus,
            receipts: Receipts::Never,
            max_message_bytes: 1 << 20,
            alarm_command: Vec::new(),
        },
        imap: Imap { server: server.clone(), folder: "INBOX".to_owned(), junk: JunkFolder::Unwatched },
        smtp: Smtp { server, connections: 4, per_hour: 0 },
        auth: Auth {
            mode: AuthMode::None,
            trusted_authserv_ids: Vec::new(),
            dns_servers: Vec::new(),
            unproven_answers: UnprovenAnswers::Pass,
        },
        privacy: Privacy { scan: true, pictures: false },
        // Mail passes at any hour, and nobody is reminded.
        promise: Promise {
            due: 20 * 60,
            arrive: None,
            quiet: None,
            points: Points::default(),
            grace: Duration::ZERO,
            pool: Terms::USUAL,
            read_first: 0,
        },
        rates: Rates::free(),
        warnings: Vec::new(),
    }
}
