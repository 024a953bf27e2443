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
    Renew,
    /// Make every reply address that was given out void, and send again what waits: the key or a backup was in other
    /// hands
    Withdraw {
        #[command(flatten)]
        sure: Sure,
    },
}

pub(super) fn key(order: &KeyOrder, settings: &Settings) -> anyhow::Result<()> {
    if let KeyOrder::Withdraw { sure } = order {
        sure.ask("making every reply address void that anybody got so far")?;
    }
    let now = clock::now();
    let at_once = matches!(order, KeyOrder::Withdraw { .. });
    let mut engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
    let Withdrawn { alerts, returned } = engine.renew_key(at_once, now)?;
    match order {
        KeyOrder::Renew => say("done; what was given out stays valid until the key is renewed again"),
        KeyOrder::Withdraw { .. } => {
            say(&format!("done; alerts sent again: {alerts}; answers that went back: {returned}"))
        }
    }
}
