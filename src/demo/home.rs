//! Where the demo lives: a fresh folder below the system's own for temporary files, with a configuration file, its
//! password, and a database in which the people are known. It is kept, so that every command can be tried on it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;

use super::DemoError;
use super::cast::Cast;
use crate::clock;
use crate::domain::command::Command;
use crate::engine::{Engine, Role};
use crate::mail::address::Address;
use crate::rng::Rng;
use crate::secret::Secret;
use crate::settings::{self, Settings};

/// See the module's head.
pub(super) struct Home {
    /// The folder.
    pub(super) folder: PathBuf,
    /// The configuration file in it.
    pub(super) config: PathBuf,
    /// What the configuration says.
    pub(super) settings: Settings,
}

/// Something that nobody guesses and everybody can type.
pub(super) fn word() -> Result<String, DemoError> {
    let mut octets = [0; 10];
    Rng::from_system()?.fill(&mut octets);
    Ok(BASE32_NOPAD.encode(&octets).to_ascii_lowercase())
}

impl Home {
    /// Makes the folder, writes the configuration and adds the people; nobody gets a mail by that.
    pub(super) fn furnish(
        cast: &Cast,
        password: &Secret,
        imap_port: u16,
        smtp_port: u16,
    ) -> Result<Self, DemoError> {
        let folder = std::env::temp_dir().join(format!("yorisoi-demo-{}", word()?));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        write(&folder.join("password"), &format!("{}\n", password.expose()))?;
        let config = folder.join("yorisoi.toml");
        write(&config, &written(cast, imap_port, smtp_port))?;
        let settings = settings::load(&config, std::iter::empty())
            .map_err(|errors| DemoError::Settings(errors.to_string()))?;
        let home = Self { folder, config, settings };
        home.invite(cast)?;
        Ok(home)
    }

    fn invite(&self, cast: &Cast) -> Result<(), DemoError> {
        let now = clock::now();
        let mut engine = Engine::open(&self.settings, Role::Command, Rng::from_system()?, now)?;
        for pair in &cast.pairs {
            engine.order(
                &Command::AddSupporter {
                    name: pair.supporter.name.to_owned(),
                    addresses: vec![address(pair.supporter.address)?],
                    locale: None,
                },
                now,
            )?;
            engine.order(
                &Command::AddClient {
                    name: pair.client.name.to_owned(),
                    addresses: vec![address(pair.client.address)?],
                    goal: pair.goal.to_owned(),
                    locale: None,
                    supporter: Some(pair.supporter.name.to_owned()),
                    second: None,
                    pool: false,
                },
                now,
            )?;
        }
        Ok(())
    }
}

/// An address of the cast.
pub(super) fn address(text: &str) -> Result<Address, DemoError> {
    Address::parse(text).map_err(|_| DemoError::Cast)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

fn written(cast: &Cast, imap_port: u16, smtp_port: u16) -> String {
    let (name, address, zone) = (cast.service.name, cast.service.address, cast.timezone);
    let locale = cast.locale.word();
    let login = format!("tls = \"none\"\nusername = \"{address}\"\npassword_file = \"password\"\n");
    format!(
        "# Written by `yorisoi demo`; the servers are gone when it ends.\n\
         [service]\nname = \"{name}\"\naddress = \"{address}\"\nlocale = \"{locale}\"\ntimezone = \"{zone}\"\n\
         data_dir = \"data\"\n\n\
         [imap]\nhost = \"127.0.0.1\"\nport = {imap_port}\n{login}\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {smtp_port}\n{login}\n\
         [auth]\nunproven_answers = \"pass\"\n[promise]\nquiet = \"\"\ngrace = \"0s\"\nread_first = 0\n"
    )
}
