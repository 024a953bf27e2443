//! Both servers of the demo, listening on ports of their own on 127.0.0.1, each with its post office behind it.
//!
//! The tests of the protocols run against the same two, through the faults that they give them.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::fault::{self, Faults, Protocol};
use super::post_office::{PostOffice, Sessions};
use super::{imap, smtp};
use crate::net::stream::Io;
use crate::secret::Secret;

/// Running servers; dropping them closes every connection.
pub struct Servers {
    /// The IMAP server's port.
    pub imap_port: u16,
    /// The SMTP server's port.
    pub smtp_port: u16,
    office: Arc<PostOffice>,
    _listening: JoinSet<()>,
}

impl Servers {
    /// Starts both, with a mailbox for each address and one password for all of them.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn start(addresses: &[String], password: Secret) -> io::Result<Self> {
        Self::listen(addresses, password, None).await
    }

    /// The same, and every connection meets the `faults` that are in the list by then.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn start_with(addresses: &[String], password: Secret, faults: Faults) -> io::Result<Self> {
        Self::listen(addresses, password, Some(faults)).await
    }

    async fn listen(addresses: &[String], password: Secret, faults: Option<Faults>) -> io::Result<Self> {
        let office = Arc::new(PostOffice::new(addresses, password));
        let imap = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let smtp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (imap_port, smtp_port) = (imap.local_addr()?.port(), smtp.local_addr()?.port());
        let mut listening = JoinSet::new();
        listening.spawn(accept(imap, Protocol::Imap, office.clone(), faults.clone()));
        listening.spawn(accept(smtp, Protocol::Smtp, office.clone(), faults));
        Ok(Self { imap_port, smtp_port, office, _listening: listening })
    }

    /// Puts a mail into a mailbox, as if it had come; false when nobody has it.
    pub fn deliver(&self, address: &str, raw: &[u8]) -> bool {
        self.office.deliver(address, raw.to_vec())
    }

    /// The octets of every mail in somebody's mailbox, oldest first.
    pub fn mails(&self, address: &str) -> Vec<Arc<[u8]>> {
        self.office.mails(address).into_iter().map(|mail| mail.raw).collect()
    }

    /// How many sessions logged in so far.
    pub fn sessions(&self) -> Sessions {
        self.office.sessions()
    }

    /// The octets of the mail at this place (from 0) of somebody's mailbox, as soon as there is one.
    pub async fn mail(&self, address: &str, place: usize) -> Arc<[u8]> {
        let found = || self.office.mails(address).get(place).map(|mail| mail.raw.clone());
        self.wait_for(found).await
    }

    /// Waits until somebody waits for news of this mailbox.
    pub async fn watched(&self, address: &str) {
        self.wait_for(|| self.office.is_watched(address).then_some(())).await;
    }

    async fn wait_for<T>(&self, found: impl Fn() -> Option<T>) -> T {
        let mut changes = self.office.changes();
        loop {
            if let Some(found) = found() {
                return found;
            }
            if changes.changed().await.is_err() {
                // the office lives as long as `self`: not reached
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Octets that may wait between a connection that fails on command and its server.
const BETWEEN: usize = 1024 * 1024;

/// Serves whoever comes; a connection that breaks is its own matter.
async fn accept(listener: TcpListener, protocol: Protocol, office: Arc<PostOffice>, faults: Option<Faults>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let _ = stream.set_nodelay(true);
                open.spawn(serve(stream, protocol, office.clone(), faults.clone()));
            },
            Some(_) = open.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, protocol: Protocol, office: Arc<PostOffice>, faults: Option<Faults>) {
    let Some(faults) = faults else {
        let _ = talk(stream, protocol, office).await;
        return;
    };
    let (near, far) = tokio::io::duplex(BETWEEN);
    let _ = tokio::join!(fault::pass(protocol, faults, stream, near), talk(far, protocol, office));
}

async fn talk(stream: impl Io, protocol: Protocol, office: Arc<PostOffice>) -> io::Result<()> {
    match protocol {
        Protocol::Imap => imap::talk(stream, office).await,
        Protocol::Smtp => smtp::talk(stream, office).await,
    }
}
