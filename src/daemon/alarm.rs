//! The alarm: a program of the operator's that is told when sending or fetching has stopped, and when it works again.
//!
//! It gets one sentence on its standard input, no shell in between, and ten seconds. A sentence counts as said when the
//! program ends with success; until then it is said again every minute, for what broke mail may have broken the
//! program's way out too. Nothing of the daemon waits for it.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::DaemonError;
use super::handle::EngineHandle;

const LIMIT: Duration = Duration::from_secs(10);
/// How often the store is asked whether there is something to say.
const LOOK: Duration = Duration::from_secs(2);
/// After the program failed.
const AGAIN: Duration = Duration::from_secs(60);

/// Says what there is to say, for ever; `command` is the program and its arguments.
pub(super) async fn run(engine: EngineHandle, command: Vec<String>) {
    let mut complained = false;
    loop {
        sleep(LOOK).await;
        let (alarm, sentence) = match engine.alarm().await {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(DaemonError::Gone) => return,
            // The store is sick; the loops say so.
            Err(_) => continue,
        };
        if say(&command, &sentence).await {
            complained = false;
            // An alarm that could not be noted is given twice rather than never.
            let _ = engine.alarmed(alarm).await;
        } else {
            if !std::mem::replace(&mut complained, true) {
                tracing::error!("alarm_command failed; it is tried again every minute");
            }
            sleep(AGAIN).await;
        }
    }
}

/// Whether the program took the sentence.
async fn say(command: &[String], sentence: &str) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // What stands in our environment, passwords among it, is none of the program's business.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("YORISOI")) {
        command.env_remove(name);
    }
    let Ok(mut child) = command.kill_on_drop(true).spawn() else { return false };
    let stdin = child.stdin.take();
    let said = timeout(LIMIT, async {
        if let Some(mut stdin) = stdin {
            // A program that does not read is no failure; how it ends counts.
            let _ = stdin.write_all(format!("{sentence}\n").as_bytes()).await;
        }
        child.wait().await
    });
    matches!(said.await, Ok(Ok(status)) if status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_alarm_is_one_sentence_to_a_program_that_must_end_well_and_soon() {
        let dir = tempfile::tempdir().unwrap();
        let heard = dir.path().join("heard");
        let shell = |script: &str| ["sh", "-c", script, "alarm", heard.to_str().unwrap()].map(str::to_owned);
        assert!(say(&shell("cat > \"$1\""), "送れていません").await);
        assert_eq!(std::fs::read_to_string(&heard).unwrap(), "送れていません\n");
        assert!(!say(&shell("cat > /dev/null; exit 3"), "x").await);
        assert!(say(&shell("exit 0"), "nobody reads this").await);
        assert!(!say(&["/no/such/program".to_owned()], "x").await);
        assert!(!say(&[], "x").await);
    }

    #[tokio::test(start_paused = true)]
    async fn an_alarm_that_never_ends_is_ended() {
        assert!(!say(&["sleep", "60"].map(str::to_owned), "x").await);
    }
}
