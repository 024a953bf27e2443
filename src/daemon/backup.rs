//! A backup a day, in a thread and over a connection of its own: mail goes on meanwhile.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::clock;
use crate::engine::daily_backup;
use crate::settings::Service;

/// How often the loop looks whether today's is there.
const GLANCE: Duration = Duration::from_secs(600);

/// Makes the day's backup whenever it is missing; what fails is tried again.
pub(super) async fn run(service: Service) {
    loop {
        let service = service.clone();
        match spawn_blocking(move || daily_backup(&service, clock::now())).await {
            Ok(Ok(Some(backup))) => tracing::info!(octets = backup.octets, "the backup of the day is made"),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the backup of the day could not be made"),
            Err(_) => tracing::error!("the backup of the day broke off"),
        }
        sleep(GLANCE).await;
    }
}
