//! `[imap]` and `[smtp]`: where to connect, how protected, and with which login.

use std::net::IpAddr;
use std::path::PathBuf;

use super::code::Code;
use super::resolve::Resolver;
use super::written::WrittenServer;
use super::{Server, Tls};

impl Resolver<'_> {
    /// One server. A connection that anybody on the way could read, and a login without a name, are for this
    /// machine alone.
    pub(super) fn server(&mut self, written: WrittenServer) -> Option<Server> {
        let section = written.section;
        let key = |name: &str| format!("{section}.{name}");
        let host = self.text(&key("host"), written.host, &format!("host = \"{section}.example.jp\""));
        let host = host.and_then(|host| self.host(&key("host"), section, host));
        let protections = [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("none", Tls::None)];
        let tls = self.choice(&key("tls"), written.tls, &protections);
        let port = self.port(section, tls, written.port);
        if let (Some(host), Some(Tls::None)) = (&host, tls)
            && !is_loopback(host)
        {
            self.wrong(&key("tls"), Code::PlainOutside, vec![host.as_str().into()]);
        }
        let outside = host.as_deref().filter(|host| !is_loopback(host));
        let login = self.login(section, written.login, outside);
        let ca_file = self.ca_file(&key("ca_file"), written.ca_file);
        Some(Server { host: host?, port: port?, tls: tls?, login, ca_file })
    }

    fn host(&mut self, key: &str, section: &str, host: String) -> Option<String> {
        let name = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(&host);
        let is_name = !name.is_empty()
            && name.len() <= 253
            && name.split('.').all(|label| !label.is_empty() && label.len() <= 63)
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if is_name || name.parse::<IpAddr>().is_ok() {
            return Some(name.to_owned());
        }
        // a name with other letters than ASCII is looked up by its A-labels (RFC 5891)
        if let Ok(ascii) = idna::domain_to_ascii_strict(name) {
            return Some(ascii);
        }
        self.wrong(key, Code::BadHost, vec![host.into(), format!("host = \"{section}.example.jp\"").into()]);
        None
    }

    fn port(&mut self, section: &str, tls: Option<Tls>, written: Option<i64>) -> Option<u16> {
        let usual = match (section, tls) {
            ("imap", Some(Tls::Implicit) | None) => 993,
            ("imap", _) => 143,
            (_, Some(Tls::Implicit) | None) => 465,
            (_, Some(Tls::StartTls)) => 587,
            (_, Some(Tls::None)) => 25,
        };
        let Some(number) = written else { return Some(usual) };
        let port = u16::try_from(number).ok().filter(|port| *port > 0);
        if port.is_none() {
            let arguments = vec![number.to_string().into(), format!("port = {usual}").into()];
            self.wrong(&format!("{section}.port"), Code::BadPort, arguments);
        }
        port
    }

    fn ca_file(&mut self, key: &str, written: Option<String>) -> Option<PathBuf> {
        let path = self.base.join(self.text(key, written, "")?);
        let shown = path.display().to_string();
        match std::fs::read(&path) {
            Err(error) => self.wrong(key, Code::CaFileUnreadable, vec![shown.into(), (&error).into()]),
            Ok(bytes) if !String::from_utf8_lossy(&bytes).contains("-----BEGIN CERTIFICATE-----") => {
                self.wrong(key, Code::CaFileWithoutCertificate, vec![shown.into()]);
            }
            Ok(_) => {}
        }
        Some(path)
    }
}

/// Whether the name can only mean this machine (RFC 6761 §6.3 for `localhost`).
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
