//! As written → resolved. Every value is checked, whatever was wrong with the one before it, so that one run
//! finds all mistakes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::code::Code;
use super::error::{Argument, ConfigError, Place};
use super::nearest::nearest;
use super::source::Sources;
use super::written::{Written, WrittenPrivacy, WrittenRates, WrittenService};
use super::{Addressing, Imap, JunkFolder, Privacy, Rates, Receipts, Service, Settings, Smtp};
use crate::clock::Zone;
use crate::domain::locale::Locale;
use crate::mail::address::{Address, AddressError};

/// The longest local part to which `+` and a token of 40 characters can be added (RFC 5321 §4.5.3.1.1: 64 octets).
const LONGEST_LOCAL_PART: usize = 23;
/// Below this hardly any mail could be read; above it one mail could fill the memory.
const SMALLEST_LIMIT: u64 = 1024;
const LARGEST_LIMIT: u64 = 256 * 1024 * 1024;

/// Enough for every aim of docs/performance.md but the one that names eight, and few enough for a rented mailbox.
const USUAL_CONNECTIONS: i64 = 4;
/// More than any server takes from one customer.
const MOST_CONNECTIONS: i64 = 32;
/// Above this a limit is none.
const MOST_PER_HOUR: i64 = 1_000_000;
/// Whatever the currency, one act is worth no more; and what a month is worth fits any spreadsheet.
const HIGHEST_RATE: i64 = 100_000_000;

/// What the checks need, and what they find.
pub(super) struct Resolver<'a> {
    /// Where each value was written.
    pub sources: &'a Sources,
    /// The directory of the configuration file: relative paths begin there.
    pub base: &'a Path,
    /// The environment of the process.
    pub environment: &'a BTreeMap<String, String>,
    /// Mistakes.
    pub errors: Vec<ConfigError>,
    /// Things to say once at start.
    pub warnings: Vec<ConfigError>,
}

impl Resolver<'_> {
    /// Everything. `None` when anything was wrong; `errors` says what.
    pub(super) fn settings(&mut self, written: Written) -> Option<Settings> {
        let service = self.service(written.service);
        let (server, [folder, junk_folder]) = written.imap.split();
        let server = self.server(server);
        let folder = self.text("imap.folder", folder.or_else(|| Some("INBOX".to_owned())), "");
        let junk = self.junk_folder(junk_folder, folder.as_deref());
        let (smtp, connections, per_hour) = written.smtp.split();
        let smtp = self.server(smtp);
        let connections = connections.unwrap_or(USUAL_CONNECTIONS);
        let limits = [1, MOST_CONNECTIONS, USUAL_CONNECTIONS];
        let connections = self.count("smtp.connections", connections, limits);
        let per_hour = self.count("smtp.per_hour", per_hour.unwrap_or(0), [0, MOST_PER_HOUR, 300]);
        let auth = self.auth(written.auth);
        let WrittenPrivacy { scan, pictures } = written.privacy;
        let privacy = Privacy { scan: scan.unwrap_or(true), pictures: pictures.unwrap_or(false) };
        let promise = self.promise(written.promise);
        let rates = self.rates(written.rates);
        if !self.errors.is_empty() {
            return None;
        }
        let imap = Imap { server: server?, folder: folder?, junk: junk? };
        let connections = connections.and_then(|n| usize::try_from(n).ok());
        let per_hour = per_hour.and_then(|n| u32::try_from(n).ok());
        let smtp = Smtp { server: smtp?, connections: connections?, per_hour: per_hour? };
        let (service, auth, promise, rates) = (service?, auth?, promise?, rates?);
        Some(Settings { service, imap, smtp, auth, privacy, promise, rates, warnings: Vec::new() })
    }

    fn service(&mut self, written: WrittenService) -> Option<Service> {
        let name = self.text("service.name", written.name, "name = \"よりそい便り\"");
        let address = self.text("service.address", written.address, "address = \"care@example.jp\"");
        let address = address.and_then(|text| self.address("service.address", &text));
        let addressing = self.addressing(written.addressing);
        if let (Some(address), Some(Addressing::Plus)) = (&address, &addressing) {
            let octets = address.local().len();
            if octets > LONGEST_LOCAL_PART {
                self.wrong("service.address", Code::LocalPartTooLong, vec![octets.to_string().into()]);
            }
        }
        let locale = self.choice("service.locale", written.locale, &[("ja", Locale::Ja), ("en", Locale::En)]);
        let timezone = self.zone(written.timezone);
        let day_starts_at = self.time_of_day("service.day_starts_at", written.day_starts_at, "04:00");
        let data_dir = self.text("service.data_dir", written.data_dir, "data_dir = \"/var/lib/yorisoi\"");
        let data_dir = data_dir.and_then(|text| self.directory("service.data_dir", &text));
        let journal_dir = match written.journal_dir {
            Some(text) => self
                .text("service.journal_dir", Some(text), "")
                .and_then(|text| self.directory("service.journal_dir", &text)),
            None => data_dir.as_ref().map(|dir| dir.join("journal")),
        };
        let backup_dir = written.backup_dir.and_then(|text| {
            let text = self.text("service.backup_dir", Some(text), "")?;
            self.directory("service.backup_dir", &text)
        });
        let operators = self.operators(written.operators.unwrap_or_default(), address.as_ref());
        let receipts = [("first", Receipts::First), ("always", Receipts::Always), ("never", Receipts::Never)];
        let receipts = self.choice("service.receipts", written.receipts, &receipts);
        let max_message_bytes = self.size(written.max_message_bytes);
        let alarm_command = self.alarm_command(written.alarm_command.unwrap_or_default());
        Some(Service {
            name: name?,
            address: address?,
            locale: locale?,
            timezone: timezone?,
            day_starts_at: day_starts_at?,
            data_dir: data_dir?,
            journal_dir: journal_dir?,
            backup_dir,
            operators,
            addressing: addressing?,
            receipts: receipts?,
            max_message_bytes: max_message_bytes?,
            alarm_command,
        })
    }

    fn operators(&mut self, written: Vec<String>, service: Option<&Address>) -> Vec<Address> {
        let mut operators: Vec<Address> = Vec::new();
        let key = "service.operators";
        for (n, text) in written.into_iter().enumerate() {
            let place = self.sources.place_of_item(key, n);
            let Some(address) = self.address_at(place.clone(), key, &text) else { continue };
            if Some(&address) == service {
                self.wrong_at(place, key, Code::OperatorIsService, vec![]);
            } else if !operators.contains(&address) {
                operators.push(address);
            }
        }
        operators
    }

    fn addressing(&mut self, written: Option<String>) -> Option<Addressing> {
        let key = "service.addressing";
        match written {
            Some(text) if text.starts_with('@') => {
                let address = Address::parse(&format!("r{text}")).ok();
                if address.is_none() {
                    self.wrong(key, Code::AddressDomain, vec![text.into()]);
                }
                address.map(|address| Addressing::CatchAll(address.domain().to_owned()))
            }
            written => {
                let choices = [("plus", Addressing::Plus), ("message-id", Addressing::MessageId)];
                self.choice(key, written, &choices)
            }
        }
    }

    fn address(&mut self, key: &str, text: &str) -> Option<Address> {
        self.address_at(self.sources.place(key), key, text)
    }

    fn address_at(&mut self, place: Place, key: &str, text: &str) -> Option<Address> {
        let code = match Address::parse(text) {
            Ok(address) => return Some(address),
            Err(AddressError::NoAt) => Code::AddressWithoutAt,
            Err(AddressError::Local) => Code::AddressLocalPart,
            Err(AddressError::Domain) => Code::AddressDomain,
        };
        self.wrong_at(place, key, code, vec![text.into()]);
        None
    }

    fn zone(&mut self, written: Option<String>) -> Option<Zone> {
        let name = written.unwrap_or_else(|| "Asia/Tokyo".to_owned());
        let zone = Zone::named(&name);
        if zone.is_none() {
            self.wrong("service.timezone", Code::BadZone, vec![name.into()]);
        }
        zone
    }

    fn junk_folder(&mut self, written: Option<String>, folder: Option<&str>) -> Option<JunkFolder> {
        match written.as_deref() {
            None | Some("auto") => return Some(JunkFolder::Auto),
            Some("") => return Some(JunkFolder::Unwatched),
            Some(_) => {}
        }
        let name = self.text("imap.junk_folder", written, "")?;
        // RFC 3501 §5.1: INBOX is the one name without case
        let both_inbox = |folder: &str| [folder, &name].iter().all(|n| n.eq_ignore_ascii_case("INBOX"));
        if folder.is_some_and(|folder| folder == name || both_inbox(folder)) {
            self.wrong("imap.junk_folder", Code::JunkIsFolder, vec![]);
            return None;
        }
        Some(JunkFolder::Named(name))
    }

    /// A number of things, between `least` and `most`.
    pub(super) fn count(&mut self, key: &str, number: i64, [least, most, example]: [i64; 3]) -> Option<i64> {
        if (least..=most).contains(&number) {
            return Some(number);
        }
        let arguments = [number, least, most, example].map(|n| Argument::from(n.to_string()));
        self.wrong(key, Code::BadCount, arguments.into());
        None
    }

    fn rates(&mut self, written: WrittenRates) -> Option<Rates> {
        let mut rate = |key: &str, number: Option<i64>| {
            self.count(&format!("rates.{key}"), number.unwrap_or(0), [0, HIGHEST_RATE, 500])
        };
        let answer = rate("answer", written.answer);
        let stand_in = rate("stand_in", written.stand_in.or(answer));
        let (reading, reaching_out) =
            (rate("reading", written.reading), rate("reaching_out", written.reaching_out));
        let currency = written.currency.unwrap_or_else(|| "JPY".to_owned());
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            self.wrong("rates.currency", Code::BadCurrency, vec![currency.into()]);
            return None;
        }
        let (answer, stand_in) = (answer?, stand_in?);
        Some(Rates { answer, stand_in, reading: reading?, reaching_out: reaching_out?, currency })
    }

    /// A program and its arguments; nothing when there is none.
    fn alarm_command(&mut self, written: Vec<String>) -> Vec<String> {
        if written.first().is_some_and(|program| program.trim().is_empty()) {
            self.wrong("service.alarm_command", Code::Empty, vec![]);
        }
        written
    }

    fn size(&mut self, written: Option<i64>) -> Option<u64> {
        let Some(number) = written else { return Some(32 * 1024 * 1024) };
        let bytes = u64::try_from(number).ok().filter(|n| (SMALLEST_LIMIT..=LARGEST_LIMIT).contains(n));
        if bytes.is_none() {
            let limits = [number.to_string(), SMALLEST_LIMIT.to_string(), LARGEST_LIMIT.to_string()];
            let limits = limits.into_iter().map(Argument::from).collect();
            self.wrong("service.max_message_bytes", Code::BadSize, limits);
        }
        bytes
    }

    fn directory(&mut self, key: &str, text: &str) -> Option<PathBuf> {
        let path = self.base.join(text);
        if path.exists() && !path.is_dir() {
            self.wrong(key, Code::DataDirNotADirectory, vec![path.display().to_string().into()]);
            return None;
        }
        Some(path)
    }

    /// A text that is there, not empty, and of one line. With an `example` the key is required.
    pub(super) fn text(&mut self, key: &str, written: Option<String>, example: &str) -> Option<String> {
        let Some(text) = written else {
            if !example.is_empty() && !self.was_refused(key) {
                let section = key.split('.').next().unwrap_or(key);
                self.wrong(key, Code::Missing, vec![section.into(), example.into()]);
            }
            return None;
        };
        if text.trim().is_empty() {
            let code = if example.is_empty() { Code::Empty } else { Code::EmptyRequired };
            self.wrong(key, code, vec![example.into()]);
            return None;
        }
        if text.chars().any(char::is_control) {
            self.wrong(key, Code::ControlCharacter, vec![]);
            return None;
        }
        Some(text)
    }

    /// One of a few words; the first is the default.
    pub(super) fn choice<T: Clone>(
        &mut self,
        key: &str,
        written: Option<String>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let Some(text) = written else { return choices.first().map(|(_, value)| value.clone()) };
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone());
        if found.is_none() {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            let mut arguments = vec![Argument::from(text.as_str()), words.join(", ").into()];
            let near = nearest(&text.to_ascii_lowercase(), choices.iter().map(|(word, _)| *word));
            arguments.extend(near.map(Argument::from));
            let code = if near.is_some() { Code::NotAChoiceLike } else { Code::NotAChoice };
            self.wrong(key, code, arguments);
        }
        found
    }

    /// Whether a mistake about the key was already found: then it is not missing.
    pub(super) fn was_refused(&self, key: &str) -> bool {
        let section = key.split('.').next().unwrap_or(key);
        self.sources.refused.iter().any(|refused| refused == key || refused == section)
    }

    /// Notes a mistake at the place of the key.
    pub(super) fn wrong(&mut self, key: &str, code: Code, arguments: Vec<Argument>) {
        self.wrong_at(self.sources.place(key), key, code, arguments);
    }

    pub(super) fn wrong_at(&mut self, place: Place, key: &str, code: Code, arguments: Vec<Argument>) {
        self.errors.push(ConfigError { place, key: key.to_owned(), code, arguments });
    }

    /// Notes a warning at the place of the key.
    pub(super) fn warn(&mut self, key: &str, code: Code, arguments: Vec<Argument>) {
        let place = self.sources.place(key);
        self.warnings.push(ConfigError { place, key: key.to_owned(), code, arguments });
    }
}
