//! `[auth]`: whose word is taken for who wrote, and what follows when there is none.

use std::net::{IpAddr, SocketAddr};

use super::code::Code;
use super::resolve::Resolver;
use super::written::WrittenAuth;
use super::{Auth, AuthMode, UnprovenAnswers};

/// The words for each mode; the first is the default.
const MODES: [(&str, AuthMode); 4] =
    [("none", AuthMode::None), ("ar", AuthMode::Ar), ("dkim", AuthMode::Dkim), ("both", AuthMode::Both)];
/// RFC 1035 §4.2.
const DNS: u16 = 53;

impl Resolver<'_> {
    /// The whole section.
    pub(super) fn auth(&mut self, written: WrittenAuth) -> Option<Auth> {
        let mode = self.choice("auth.mode", written.mode, &MODES);
        let mut trusted_authserv_ids = Vec::new();
        for id in written.trusted_authserv_ids.unwrap_or_default() {
            let id = self.text("auth.trusted_authserv_ids", Some(id.to_ascii_lowercase()), "");
            trusted_authserv_ids.extend(id);
        }
        if let Some(mode) = mode {
            self.mode_fits(mode, trusted_authserv_ids.is_empty());
        }
        let dns_servers = self.dns_servers(written.dns_servers.unwrap_or_default());
        let answers = [("confirm", UnprovenAnswers::Confirm), ("pass", UnprovenAnswers::Pass)];
        let unproven_answers = self.choice("auth.unproven_answers", written.unproven_answers, &answers);
        Some(Auth { mode: mode?, trusted_authserv_ids, dns_servers, unproven_answers: unproven_answers? })
    }

    /// Whether the program and the other keys can do what the mode says.
    fn mode_fits(&mut self, mode: AuthMode, nobody_trusted: bool) {
        let word = MODES.iter().find(|(_, m)| *m == mode).map_or("", |(word, _)| word);
        let key = "auth.trusted_authserv_ids";
        if mode.checks_signatures() && !cfg!(feature = "dkim") {
            self.wrong("auth.mode", Code::SignaturesNotBuilt, vec![]);
        }
        match mode {
            AuthMode::Ar | AuthMode::Both if nobody_trusted && !self.was_refused(key) => {
                self.wrong("auth.mode", Code::NoTrustedServers, vec![word.into()]);
            }
            AuthMode::None if !nobody_trusted => {
                self.warn(key, Code::WarnTrustUnused, vec![word.into(), "ar".into()]);
            }
            AuthMode::Dkim if !nobody_trusted => {
                self.warn(key, Code::WarnTrustUnused, vec![word.into(), "both".into()]);
            }
            _ => {}
        }
    }

    fn dns_servers(&mut self, written: Vec<String>) -> Vec<SocketAddr> {
        let key = "auth.dns_servers";
        let mut servers = Vec::new();
        for (n, text) in written.into_iter().enumerate() {
            let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DNS));
            match address.or_else(|_| text.parse()) {
                Ok(server) => servers.push(server),
                Err(_) => {
                    let place = self.sources.place_of_item(key, n);
                    self.wrong_at(place, key, Code::BadDnsServer, vec![text.into()]);
                }
            }
        }
        servers
    }
}
