//! What the IMAP traces share: a session that is open, at tag Y3.

use yorisoi::net::imap::{ImapError, Limits, Refusal, Session};
use yorisoi::secret::Secret;
use yorisoi::settings::{self, Login, Tls};

use super::{Server, serve};

/// A search that finds nothing: the news of EXAMINE are old then. The trace goes on at tag Y5.
pub const SEARCHED: &str = "C: Y3 NOOP\nS: Y3 OK\nC: Y4 UID SEARCH UID 1:*\nS: Y4 OK\n";

/// A server with these settings; traces have no address.
pub fn server(tls: Tls, login: Option<(&str, &str)>) -> settings::Server {
    let login =
        login.map(|(name, password)| Login { username: name.to_owned(), password: Secret::new(password) });
    settings::Server { host: "mail.example.jp".to_owned(), port: 143, tls, login, ca_file: None }
}

/// A session that needs no login and has INBOX open; the trace goes on at tag Y3.
pub async fn opened(trace: &str) -> (Session, Server) {
    let opening = "
        S: * OK ready
        C: Y1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IDLE
        S: Y1 OK done
        C: Y2 EXAMINE \"INBOX\"
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 7] valid
        S: Y2 OK [READ-ONLY] done
    ";
    let (client, served) = serve(&format!("{opening}{trace}"));
    let server = server(Tls::None, None);
    let mut session = Session::start(client, &server, Limits::default()).await.expect("login");
    session.select("INBOX").await.expect("select");
    (session, served)
}

/// The error of a command that was refused.
pub fn refused(command: &'static str, code: Refusal) -> ImapError {
    ImapError::Refused { command, code }
}
