//! The configuration as written: every key optional, no value checked beyond its type.
//!
//! [`KEYS`] names each key with its type; the structs say the same to serde. A test holds the two together.

use serde::Deserialize;

/// The type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// An array of strings; in the environment, words between commas.
    List,
    /// `true` or `false`.
    Boolean,
}

/// Every key, as (section, key, type).
pub(super) const KEYS: &[(&str, &str, Kind)] = &[
    ("service", "name", Kind::Text),
    ("service", "address", Kind::Text),
    ("service", "locale", Kind::Text),
    ("service", "timezone", Kind::Text),
    ("service", "day_starts_at", Kind::Text),
    ("service", "data_dir", Kind::Text),
    ("service", "journal_dir", Kind::Text),
    ("service", "backup_dir", Kind::Text),
    ("service", "operators", Kind::List),
    ("service", "addressing", Kind::Text),
    ("service", "receipts", Kind::Text),
    ("service", "max_message_bytes", Kind::Integer),
    ("service", "alarm_command", Kind::List),
    ("imap", "host", Kind::Text),
    ("imap", "port", Kind::Integer),
    ("imap", "tls", Kind::Text),
    ("imap", "username", Kind::Text),
    ("imap", "password", Kind::Text),
    ("imap", "password_file", Kind::Text),
    ("imap", "password_command", Kind::List),
    ("imap", "password_credential", Kind::Text),
    ("imap", "ca_file", Kind::Text),
    ("imap", "folder", Kind::Text),
    ("imap", "junk_folder", Kind::Text),
    ("smtp", "host", Kind::Text),
    ("smtp", "port", Kind::Integer),
    ("smtp", "tls", Kind::Text),
    ("smtp", "username", Kind::Text),
    ("smtp", "password", Kind::Text),
    ("smtp", "password_file", Kind::Text),
    ("smtp", "password_command", Kind::List),
    ("smtp", "password_credential", Kind::Text),
    ("smtp", "ca_file", Kind::Text),
    ("smtp", "connections", Kind::Integer),
    ("smtp", "per_hour", Kind::Integer),
    ("auth", "mode", Kind::Text),
    ("auth", "trusted_authserv_ids", Kind::List),
    ("auth", "dns_servers", Kind::List),
    ("auth", "unproven_answers", Kind::Text),
    ("privacy", "scan", Kind::Boolean),
    ("privacy", "pictures", Kind::Boolean),
    ("promise", "due", Kind::Text),
    ("promise", "arrive", Kind::Text),
    ("promise", "quiet", Kind::Text),
    ("promise", "remind_at", Kind::Text),
    ("promise", "second_at", Kind::Text),
    ("promise", "pool_at", Kind::Text),
    ("promise", "pool_hold", Kind::Text),
    ("promise", "pool_ask", Kind::Integer),
    ("promise", "tell_at", Kind::Text),
    ("promise", "grace", Kind::Text),
    ("promise", "read_first", Kind::Integer),
    ("rates", "answer", Kind::Integer),
    ("rates", "stand_in", Kind::Integer),
    ("rates", "reading", Kind::Integer),
    ("rates", "reaching_out", Kind::Integer),
    ("rates", "currency", Kind::Text),
];

/// The type of `section.key`, or `None` when there is no such key.
pub(super) fn kind_of(section: &str, key: &str) -> Option<Kind> {
    KEYS.iter().find(|(s, k, _)| (*s, *k) == (section, key)).map(|(_, _, kind)| *kind)
}

/// A value that the key could have, as it is written in the file; a list has one word.
pub(super) fn example_of(section: &str, key: &str) -> &'static str {
    match (section, key) {
        ("service", "name") => "\"よりそい便り\"",
        (_, "address" | "username") => "\"care@example.jp\"",
        (_, "locale") => "\"ja\"",
        (_, "timezone") => "\"Asia/Tokyo\"",
        (_, "day_starts_at") => "\"04:00\"",
        (_, "data_dir") => "\"/var/lib/yorisoi\"",
        (_, "journal_dir") => "\"/var/lib/yorisoi/journal\"",
        (_, "backup_dir") => "\"/var/backups/yorisoi\"",
        (_, "operators") => "[\"office@example.jp\"]",
        (_, "addressing") => "\"plus\"",
        (_, "receipts") => "\"first\"",
        (_, "max_message_bytes") => "33554432",
        ("imap", "host") => "\"imap.example.jp\"",
        ("smtp", "host") => "\"smtp.example.jp\"",
        ("imap", "port") => "993",
        ("smtp", "port") => "465",
        (_, "tls") => "\"implicit\"",
        (_, "password_file") => "\"/etc/yorisoi/password\"",
        (_, "password_command") => "[\"pass\", \"show\", \"care\"]",
        (_, "password_credential") => "\"imap-password\"",
        (_, "ca_file") => "\"/etc/yorisoi/ca.pem\"",
        (_, "folder") => "\"INBOX\"",
        (_, "junk_folder") => "\"auto\"",
        (_, "connections") => "4",
        (_, "per_hour") => "300",
        (_, "alarm_command") => "[\"/usr/local/bin/alarm\"]",
        (_, "mode") => "\"ar\"",
        (_, "trusted_authserv_ids") => "[\"mx.example.jp\"]",
        (_, "dns_servers") => "[\"192.0.2.53\"]",
        (_, "unproven_answers") => "\"confirm\"",
        (_, "scan" | "pictures") => "true",
        (_, "due") => "\"20:00\"",
        (_, "arrive") => "\"07:00-08:00\"",
        (_, "quiet") => "\"22:00-07:00\"",
        (_, "remind_at") => "\"1/4\"",
        (_, "second_at") => "\"1/2\"",
        (_, "tell_at") => "\"5/6\"",
        (_, "grace") => "\"2m\"",
        (_, "answer" | "stand_in" | "reading" | "reaching_out") => "500",
        (_, "currency") => "\"JPY\"",
        _ => "\"…\"",
    }
}

/// Whether any key belongs to `section`.
pub(super) fn is_section(section: &str) -> bool {
    KEYS.iter().any(|(s, _, _)| *s == section)
}

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    pub service: WrittenService,
    pub imap: WrittenImap,
    pub smtp: WrittenSmtp,
    pub auth: WrittenAuth,
    pub privacy: WrittenPrivacy,
    pub promise: WrittenPromise,
    pub rates: WrittenRates,
}

/// `[service]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenService {
    pub name: Option<String>,
    pub address: Option<String>,
    pub locale: Option<String>,
    pub timezone: Option<String>,
    pub day_starts_at: Option<String>,
    pub data_dir: Option<String>,
    pub journal_dir: Option<String>,
    pub backup_dir: Option<String>,
    pub operators: Option<Vec<String>>,
    pub addressing: Option<String>,
    pub receipts: Option<String>,
    pub max_message_bytes: Option<i64>,
    pub alarm_command: Option<Vec<String>>,
}

/// `[imap]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenImap {
    pub host: Option<String>,
    pub port: Option<i64>,
    pub tls: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub password_file: Option<String>,
    pub password_command: Option<Vec<String>>,
    pub password_credential: Option<String>,
    pub ca_file: Option<String>,
    pub folder: Option<String>,
    pub junk_folder: Option<String>,
}

/// `[smtp]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenSmtp {
    pub host: Option<String>,
    pub port: Option<i64>,
    pub tls: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub password_file: Option<String>,
    pub password_command: Option<Vec<String>>,
    pub password_credential: Option<String>,
    pub ca_file: Option<String>,
    pub connections: Option<i64>,
    pub per_hour: Option<i64>,
}

/// `[auth]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenAuth {
    pub mode: Option<String>,
    pub trusted_authserv_ids: Option<Vec<String>>,
    pub dns_servers: Option<Vec<String>>,
    pub unproven_answers: Option<String>,
}

/// `[privacy]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenPrivacy {
    pub scan: Option<bool>,
    pub pictures: Option<bool>,
}

/// `[promise]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenPromise {
    pub due: Option<String>,
    pub arrive: Option<String>,
    pub quiet: Option<String>,
    pub remind_at: Option<String>,
    pub second_at: Option<String>,
    pub pool_at: Option<String>,
    pub pool_hold: Option<String>,
    pub pool_ask: Option<i64>,
    pub tell_at: Option<String>,
    pub grace: Option<String>,
    pub read_first: Option<i64>,
}

/// `[rates]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenRates {
    pub answer: Option<i64>,
    pub stand_in: Option<i64>,
    pub reading: Option<i64>,
    pub reaching_out: Option<i64>,
    pub currency: Option<String>,
}

/// What `[imap]` and `[smtp]` have in common. (One struct inside the two would need `#[serde(flatten)]`, which
/// cannot be combined with `deny_unknown_fields`.)
#[derive(Debug)]
pub(super) struct WrittenServer {
    pub section: &'static str,
    pub host: Option<String>,
    pub port: Option<i64>,
    pub tls: Option<String>,
    pub ca_file: Option<String>,
    pub login: WrittenLogin,
}

/// The keys of one section that make a login.
#[derive(Debug)]
pub(super) struct WrittenLogin {
    pub username: Option<String>,
    pub password: Option<String>,
    pub password_file: Option<String>,
    pub password_command: Option<Vec<String>>,
    pub password_credential: Option<String>,
}

impl WrittenImap {
    /// The server, and the folders: of mail, of junk.
    pub(super) fn split(self) -> (WrittenServer, [Option<String>; 2]) {
        let login = WrittenLogin {
            username: self.username,
            password: self.password,
            password_file: self.password_file,
            password_command: self.password_command,
            password_credential: self.password_credential,
        };
        let (host, port, tls, ca_file) = (self.host, self.port, self.tls, self.ca_file);
        (WrittenServer { section: "imap", host, port, tls, ca_file, login }, [self.folder, self.junk_folder])
    }
}

impl WrittenSmtp {
    /// The server, how many connections to it, and how many mails an hour.
    pub(super) fn split(self) -> (WrittenServer, Option<i64>, Option<i64>) {
        let login = WrittenLogin {
            username: self.username,
            password: self.password,
            password_file: self.password_file,
            password_command: self.password_command,
            password_credential: self.password_credential,
        };
        let (host, port, tls, ca_file) = (self.host, self.port, self.tls, self.ca_file);
        let server = WrittenServer { section: "smtp", host, port, tls, ca_file, login };
        (server, self.connections, self.per_hour)
    }
}
