//! Both servers of the demo, listening on ports of their own on 127.0.0.1, each with its post office behind it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::post_office::{PostOffice, Sessions};
use super::{imap, smtp};
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
        let office = Arc::new(PostOffice::new(addresses, password));
        let imap = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let smtp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (imap_port, smtp_port) = (imap.local_addr()?.port(), smtp.local_addr()?.port());
        let mut listening = JoinSet::new();
        listening.spawn(accept(imap, office.clone(), imap::talk));
        listening.spawn(accept(smtp, office.clone(), smtp::talk));
        Ok(Self { imap_port, smtp_port, office, _listening: listening })
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

/// Serves whoever comes; a connection that breaks is its own matter.
async fn accept<F: Future<Output = io::Result<()>> + Send + 'static>(
    listener: TcpListener,
    office: Arc<PostOffice>,
    talk: fn(TcpStream, Arc<PostOffice>) -> F,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let _ = stream.set_nodelay(true);
                open.spawn(talk(stream, office.clone()));
            },
            Some(_) = open.join_next() => {}
        }
    }
}
