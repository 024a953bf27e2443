//! Configurations of yorisoi for this lab.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Lab, PASSWORD, SERVICE};

/// How yorisoi says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// With the right password, from a file.
    Right,
    /// With a wrong one.
    Wrong,
    /// Not at all: IMAP greets with PREAUTH, SMTP takes mail from loopback.
    None,
}

/// What a configuration says. Values are words of the configuration file.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Names the file and the data folder: another name is another installation.
    pub name: &'static str,
    /// The service's address, which is also its user name.
    pub address: &'static str,
    /// `implicit`, `starttls` or `none`.
    pub tls: &'static str,
    /// How yorisoi says who it is.
    pub login: Login,
    /// `ja` or `en`.
    pub locale: &'static str,
    /// `plus` or `message-id`.
    pub addressing: &'static str,
    /// `first`, `always` or `never`.
    pub receipts: &'static str,
    /// `none` or `ar`.
    pub auth: &'static str,
    /// Whose Authentication-Results count.
    pub trusted_authserv_ids: Vec<&'static str>,
    /// `confirm` or `pass`.
    pub unproven_answers: &'static str,
    /// Addresses of the office.
    pub operators: Vec<&'static str>,
    /// The lines below `[promise]`.
    pub promise: String,
    /// Further lines below `[service]`.
    pub service: String,
    /// Further lines below `[imap]`.
    pub imap: String,
}

/// These tests run at any hour, and most do not wait.
pub const AT_ONCE: &str = "quiet = \"\"\ngrace = \"0s\"\nread_first = 0";

impl Default for Setup {
    fn default() -> Self {
        Self {
            name: "yorisoi",
            address: SERVICE,
            tls: "implicit",
            login: Login::Right,
            locale: "ja",
            addressing: "plus",
            receipts: "first",
            auth: "none",
            trusted_authserv_ids: Vec::new(),
            unproven_answers: "pass",
            operators: vec!["office@lab.test"],
            promise: AT_ONCE.to_owned(),
            service: String::new(),
            imap: String::new(),
        }
    }
}

impl Lab {
    /// Writes `NAME.toml` (and the password files beside it) and returns its path. The data folder is `NAME-data`.
    pub fn config(&self, setup: &Setup) -> PathBuf {
        for (file, password) in [("password", PASSWORD), ("wrong-password", "falsch")] {
            let path = self.dir.join(file);
            fs::write(&path, format!("{password}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let Setup { name, address, locale, addressing, receipts, service, .. } = setup;
        let operators = &setup.operators;
        let text = [
            format!("[service]\nname = \"よりそい便り\"\naddress = \"{address}\"\nlocale = \"{locale}\"\n"),
            format!("data_dir = \"{name}-data\"\noperators = {operators:?}\n"),
            format!("addressing = \"{addressing}\"\nreceipts = \"{receipts}\"\n{service}\n"),
            self.server("imap", setup, self.imap_port(setup)),
            self.server("smtp", setup, self.smtp_port(setup)),
            format!("[auth]\nmode = \"{}\"\n", setup.auth),
            format!("trusted_authserv_ids = {:?}\n", setup.trusted_authserv_ids),
            format!("unproven_answers = \"{}\"\n", setup.unproven_answers),
            format!("[promise]\n{}\n", setup.promise),
        ];
        let path = self.dir.join(format!("{name}.toml"));
        fs::write(&path, text.concat()).unwrap();
        path
    }

    fn server(&self, section: &str, setup: &Setup, port: u16) -> String {
        let address = setup.address;
        let login = match setup.login {
            Login::Right => format!("username = \"{address}\"\npassword_file = \"password\"\n"),
            Login::Wrong => format!("username = \"{address}\"\npassword_file = \"wrong-password\"\n"),
            Login::None => String::new(),
        };
        // the PREAUTH server has no certificate
        let tls = if port == self.preauth.port { "none" } else { setup.tls };
        let start = format!("[{section}]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\n");
        let more = if section == "imap" { setup.imap.as_str() } else { "" };
        format!("{start}ca_file = \"tls/ca.pem\"\n{login}{more}\n")
    }

    fn imap_port(&self, setup: &Setup) -> u16 {
        match (setup.login, setup.tls) {
            (Login::None, _) => self.preauth.port,
            (_, "implicit") => self.ports.imaps,
            _ => self.ports.imap,
        }
    }

    fn smtp_port(&self, setup: &Setup) -> u16 {
        match (setup.login, setup.tls) {
            (Login::None, "implicit") => self.ports.smtps,
            (Login::None, _) => self.ports.smtp,
            (_, "implicit") => self.ports.submissions,
            (_, _) => self.ports.submission,
        }
    }
}
