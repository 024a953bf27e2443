//! `yorisoi demo`: the main job without accounts, network or configuration.
//!
//! An IMAP and an SMTP server in this process, on loopback; the daemon's own loops, which open sockets to them as to
//! any server; and people who mail through them. What comes out is printed as a person would see it.

mod cast;
mod fault;
mod home;
mod imap;
mod letter;
mod post_office;
mod screen;
mod servers;
mod smtp;
mod story;

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

pub use fault::{Fault, Faults, Point, Protocol, Then};
pub use post_office::Sessions;
pub use servers::Servers;

use self::cast::Cast;
use self::home::Home;
use self::screen::Screen;
use self::story::Stage;
use crate::clock::{self, Zone};
use crate::daemon::{self, DaemonError};
use crate::domain::locale::Locale;
use crate::engine::EngineError;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::{Store, StoreError, ThreadView};

/// Nothing in a demo takes this long.
const LIMIT: Duration = Duration::from_secs(10);

/// Why a demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The system gives no port, no folder or no randomness.
    #[error("the system refuses what a demo needs: {0}")]
    System(#[from] std::io::Error),
    /// The configuration that the demo wrote is refused.
    #[error("the demo's own configuration is refused: {0}")]
    Settings(String),
    /// The database.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The database, read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The daemon ended before the demo did.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// A mail that had to come did not.
    #[error("nothing came for {0}")]
    Silent(&'static str),
    /// The demo's SMTP server did not take a mail.
    #[error("the demo's SMTP server did not take a mail")]
    NotTaken,
    /// A person of the demo cannot be written to.
    #[error("a person of the demo has no usable address")]
    Cast,
}

/// What to play.
#[derive(Clone, Copy)]
pub struct Play {
    /// In which language.
    pub locale: Locale,
    /// Whether the servers and the daemon stay until Ctrl-C.
    pub stay: bool,
    /// How a client's thread is told at the end.
    pub tell: fn(&ThreadView, &Zone) -> String,
}

/// Plays the demo.
///
/// # Errors
/// See [`DemoError`].
pub fn run(play: &Play) -> Result<(), DemoError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(perform(play));
    runtime.shutdown_timeout(Duration::from_millis(500));
    result
}

async fn perform(play: &Play) -> Result<(), DemoError> {
    let started = clock::now();
    let cast = Cast::of(play.locale);
    let screen = Screen::new();
    let password = Secret::new(home::word()?);
    let servers = Servers::start(&cast.addresses(), password.clone()).await?;
    let home = Home::furnish(&cast, &password, servers.imap_port, servers.smtp_port)?;
    screen.say(&cast.say(
        format!("データのフォルダー: {}", home.folder.display()),
        format!("data folder: {}", home.folder.display()),
    ))?;
    let mut running = Running::start(home.settings.clone())?;
    let stage = Stage { cast: &cast, servers: &servers, password: &password, screen: &screen };
    let first = tokio::select! {
        first = stage.play(started) => first?,
        error = running.broken() => return Err(error),
    };
    settled(&home.settings).await?;
    tell_threads(play, &cast, &screen, &home.settings)?;
    let took = clock::now().since(started);
    screen.say(&cast.say(
        format!("最初の言葉が届くまで {:.2} 秒、全部で {:.2} 秒", first.as_secs_f64(), took.as_secs_f64()),
        format!(
            "first words passed on after {:.2} s; all in {:.2} s",
            first.as_secs_f64(),
            took.as_secs_f64()
        ),
    ))?;
    if play.stay {
        screen.say(&invitation(&cast, &servers, &home, &password))?;
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed?,
            _ = terminate.recv() => {}
            error = running.broken() => return Err(error),
        }
    }
    running.stop().await?;
    // The folder is kept to look at, and needs no reserve for a bad day.
    let _ = std::fs::remove_file(home.settings.service.data_dir.join("reserve"));
    let Sessions { imap, smtp } = servers.sessions();
    screen.say(&format!("sessions: IMAP {imap}, SMTP {smtp}"))?;
    Ok(())
}

/// Prints what `yorisoi thread` would tell of each client.
fn tell_threads(play: &Play, cast: &Cast, screen: &Screen, settings: &Settings) -> Result<(), DemoError> {
    screen.title(&cast.say("やりとりの記録（yorisoi thread）", "The threads (yorisoi thread)"))?;
    let store = Store::open_to_read(&settings.service.data_dir)?;
    for pair in &cast.pairs {
        let thread = store.read::<_, StoreError>(|tx| {
            let client = tx.find_client(pair.client.name)?;
            client.map(|client| tx.thread_view(client)).transpose()
        })?;
        if let Some(thread) = thread {
            let text = (play.tell)(&thread, &settings.service.timezone);
            screen.say(&format!("\n{}", text.trim_end()))?;
        }
    }
    screen.say("")?;
    Ok(())
}

/// Waits until the daemon has noted every submission.
async fn settled(settings: &Settings) -> Result<(), DemoError> {
    let noted = async {
        loop {
            let store = Store::open_to_read(&settings.service.data_dir)?;
            let rows = store.read::<_, StoreError>(|tx| tx.outbox_views())?;
            if rows.iter().all(|row| row.state == "accepted") {
                return Ok::<(), StoreError>(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    Ok(timeout(LIMIT, noted).await.map_err(|_| DemoError::NotTaken)??)
}

/// How to take part with a mail program.
fn invitation(cast: &Cast, servers: &Servers, home: &Home, password: &Secret) -> String {
    let (imap, smtp) = (servers.imap_port, servers.smtp_port);
    let mut lines = vec![
        String::new(),
        cast.say(
            "== どのメールソフトでも参加できます（Ctrl-C で終わり）",
            "== Join with any mail program (Ctrl-C ends it)",
        ),
        format!("IMAP 127.0.0.1:{imap}  SMTP 127.0.0.1:{smtp}  {}", cast.say("TLS なし", "no TLS")),
        format!("{}: {}", cast.say("みんなのパスワード", "everybody's password"), password.expose()),
    ];
    for pair in &cast.pairs {
        let (client, supporter) = (pair.client, pair.supporter);
        lines.push(cast.say(
            format!("  {} {}（担当は{}さん）", client.name, client.address, supporter.name),
            format!("  {} {} (a client; {} answers her)", client.name, client.address, supporter.name),
        ));
        lines.push(cast.say(
            format!("  {} {}（担当）", supporter.name, supporter.address),
            format!("  {} {} (a supporter)", supporter.name, supporter.address),
        ));
    }
    let (client, service, word) = (cast.pairs[0].client.address, cast.service.address, password.expose());
    let key = client.replace('@', "%40");
    lines.push(format!("{}: {service}", cast.say("日報のあて先", "reports go to")));
    lines.push(format!(
        "  curl smtp://127.0.0.1:{smtp} -u {client}:{word} --mail-from {client} --mail-rcpt {service} -T letter.eml"
    ));
    lines.push(format!("  curl 'imap://127.0.0.1:{imap}/INBOX;UID=1' -u {client}:{word}"));
    lines.push(format!("  mutt -f imap://{key}:{word}@127.0.0.1:{imap}/INBOX"));
    lines.push(format!("  yorisoi --config {} status", home.config.display()));
    lines.join("\n")
}

/// The daemon on a thread of its own, with a runtime of its own.
struct Running {
    stop: Option<oneshot::Sender<()>>,
    ended: oneshot::Receiver<Result<(), DaemonError>>,
}

impl Running {
    fn start(settings: Settings) -> Result<Self, DemoError> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, ended) = oneshot::channel();
        std::thread::Builder::new().name("daemon".to_owned()).spawn(move || {
            let result = daemon::run_until(&settings, async {
                let _ = stopped.await;
            });
            let _ = tell.send(result);
        })?;
        Ok(Self { stop: Some(stop), ended })
    }

    /// Waits until the daemon ends without having been told to.
    async fn broken(&mut self) -> DemoError {
        match (&mut self.ended).await {
            Ok(Err(error)) => error.into(),
            _ => DaemonError::Gone.into(),
        }
    }

    /// Tells the daemon to end, and waits.
    async fn stop(mut self) -> Result<(), DemoError> {
        drop(self.stop.take());
        Ok(self.ended.await.map_err(|_| DaemonError::Gone)??)
    }
}
