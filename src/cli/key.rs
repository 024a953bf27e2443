//! The key that signs reply addresses.

use clap::Subcommand;

use super::mend::Sure;
use super::say;
use crate::clock;
use crate::engine::{Engine, Role, Withdrawn};
use crate::rng::Rng;
use crate::settings::Settings;

/// What can be done with it.
#[derive(Subcommand)]
pub(super) enum KeyOrder {
    /// Sign with another key from now on; reply addresses that were given out stay valid until the next time
    Renew {
        /// Make all that were given out void now, and send again what waits: the key or a backup was in other hands
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        sure: Sure,
    },
}

pub(super) fn key(order: &KeyOrder, settings: &Settings) -> anyhow::Result<()> {
    let KeyOrder::Renew { at_once, sure } = order;
    if *at_once {
        sure.ask("void every reply address that anybody got so far")?;
    }
    let now = clock::now();
    let mut engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
    let Withdrawn { alerts, returned } = engine.renew_key(*at_once, now)?;
    if *at_once {
        return say(&format!("done; alerts sent again: {alerts}; answers that went back: {returned}"));
    }
    say("done; reply addresses that were given out stay valid until the key is renewed again")
}
