//! What happens in the demo: two reports, two alerts, two answers, and what the clients get.
//!
//! The people submit through the demo's SMTP server, as any mail program would; the daemon does the rest.

use std::time::Duration;

use tokio::time::timeout;

use super::cast::{Cast, Pair, Person};
use super::home::address;
use super::letter;
use super::screen::Screen;
use super::servers::Servers;
use super::{DemoError, LIMIT};
use crate::clock::{self, Timestamp};
use crate::mail::address::Address;
use crate::mail::message::Message;
use crate::mail::parse::parse;
use crate::mail::submission::{Envelope, SubmitOutcome};
use crate::net::smtp::Submitter;
use crate::secret::Secret;
use crate::settings::{Login, Server, Tls};

/// The stage.
pub(super) struct Stage<'a> {
    pub(super) cast: &'a Cast,
    pub(super) servers: &'a Servers,
    pub(super) password: &'a Secret,
    pub(super) screen: &'a Screen,
}

impl Stage<'_> {
    /// Plays everything; how long after `started` the first answer had reached its client.
    pub(super) async fn play(&self, started: Timestamp) -> Result<Duration, DemoError> {
        // what lies in a mailbox before yorisoi first looks is none of its business
        let watched = self.servers.watched(self.cast.service.address);
        timeout(LIMIT, watched).await.map_err(|_| DemoError::Silent(self.cast.service.address))?;
        let mut first = None;
        for pair in &self.cast.pairs {
            self.pair(pair).await?;
            first.get_or_insert_with(|| clock::now().since(started));
        }
        Ok(first.unwrap_or_default())
    }

    async fn pair(&self, pair: &Pair) -> Result<(), DemoError> {
        let cast = self.cast;
        let (client, supporter) = (pair.client, pair.supporter);
        self.submit(client, &address(cast.service.address)?, pair.report).await?;
        self.show(
            cast.say(format!("{}さんが書きました", client.name), format!("{} writes", client.name)),
            &parse(pair.report),
        )?;
        let alert = self.received(supporter, 0).await?;
        self.show(
            cast.say(
                format!("担当の{}さんに届いたメール", supporter.name),
                format!("What {}, her supporter, receives", supporter.name),
            ),
            &alert,
        )?;
        let receipt = self.received(client, 0).await?;
        self.show(
            cast.say(
                format!("{}さんに届いた受け取りのメール", client.name),
                format!("{} is told that it arrived", client.name),
            ),
            &receipt,
        )?;
        let reply = letter::reply(cast, supporter, &alert, pair.answer).ok_or(DemoError::Cast)?;
        self.submit(supporter, &reply.to, &reply.raw).await?;
        self.show(
            cast.say(
                format!("{}さんが返信ボタンで答えました", supporter.name),
                format!("{} presses reply", supporter.name),
            ),
            &parse(&reply.raw),
        )?;
        let passed_on = self.received(client, 1).await?;
        self.show(
            cast.say(
                format!("{}さんに届いた{}さんの言葉", client.name, supporter.name),
                format!("What {} receives from {}", client.name, supporter.name),
            ),
            &passed_on,
        )
    }

    fn show(&self, title: String, mail: &Message) -> Result<(), DemoError> {
        self.screen.title(&title)?;
        Ok(self.screen.mail(self.cast, mail)?)
    }

    async fn received(&self, person: Person, place: usize) -> Result<Message, DemoError> {
        let mail = timeout(LIMIT, self.servers.mail(person.address, place)).await;
        Ok(parse(&mail.map_err(|_| DemoError::Silent(person.address))?))
    }

    async fn submit(&self, person: Person, to: &Address, raw: &[u8]) -> Result<(), DemoError> {
        let login = Login { username: person.address.to_owned(), password: self.password.clone() };
        let server = Server {
            host: "127.0.0.1".to_owned(),
            port: self.servers.smtp_port,
            tls: Tls::None,
            login: Some(login),
            ca_file: None,
        };
        let from = address(person.address)?;
        let submitter = Submitter::connect(&server, from.domain()).await.map_err(|_| DemoError::NotTaken)?;
        let envelope = Envelope { reverse_path: Some(from), forward_path: to.clone() };
        let (outcome, left) = submitter.submit(&envelope, raw, async { Ok::<(), ()>(()) }).await;
        if let Some(submitter) = left {
            submitter.quit().await;
        }
        match outcome {
            SubmitOutcome::Accepted { .. } => Ok(()),
            _ => Err(DemoError::NotTaken),
        }
    }
}
