//! One pass over the mailbox and the outbox.

use std::process::ExitCode;

use super::{FAILED, progress, say};
use crate::daemon;
use crate::settings::Settings;

pub(super) fn once(settings: &Settings) -> anyhow::Result<ExitCode> {
    let line = progress::Line::new();
    let report = daemon::once(settings, |progress| line.show(progress))?;
    line.end();
    let daemon::OnceReport { applied, quarantined, accepted, not_accepted, fetch_failed, left_due } = report;
    say(&format!(
        "taken in: {applied} (quarantined: {quarantined}); sent: {accepted} (not accepted: {not_accepted})"
    ))?;
    if fetch_failed {
        eprintln!("yorisoi: fetching failed; `yorisoi status` says why");
    }
    if not_accepted > 0 {
        eprintln!("yorisoi: mails were not accepted; `yorisoi outbox list` and `yorisoi status` say why");
    }
    if left_due {
        eprintln!("yorisoi: mails are left that are due; `yorisoi outbox list` shows them");
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
