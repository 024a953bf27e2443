//! SIGTERM every few hundred milliseconds, while people write: an end by order loses nothing either, and unlike a death
//! it leaves no end unknown.

use std::os::unix::process::ExitStatusExt as _;
use std::time::Duration;

use yorisoi::rng::Rng;

use super::house::{self, House};
use super::judge;
use super::kinds::{Expected, Place, Who, courtesy, mail};
use super::ledger::Ledger;
use crate::lab::{Lab, Options, WORLD, within};
use crate::reading::Received;

const SIGTERM: i32 = 15;

/// Stops one house so many times, a report more each time, and an answer to every fourth alert.
pub fn blow(times: usize, seed: u64) {
    let lab = Lab::with(Options { people: house::addresses(0).to_vec(), ..Options::default() });
    let ledger = Ledger::of(lab.dir());
    let house = House::new(&lab, 0, "pass");
    house.furnish();
    let mut rng = Rng::from_seed(seed);
    let (mut expected, mut answered) = (vec![courtesy(Who::Haru, "お便りが届きました")], 0);
    let mut low = 0;
    for n in 0..times {
        let words = house::lasting(format!("報告その{n:04}。"));
        house.deliver(&house.haru.writes("日報", words));
        expected.push(mail(Who::Ai, Place::News, words));
        answered += answers(&house, answered, n / 4, &mut expected);
        let daemon = lab.run_daemon(&house.config);
        let moment = Duration::from_millis(50 + rng.below(451));
        let _ = within(moment, || None::<()>);
        let runs = daemon.log().contains(" running");
        let ended = daemon.sigterm(); // panics after ten seconds
        // in its first moments it has no ear for the signal yet, and nothing in hand
        let is_early = !runs && ended.status.signal() == Some(SIGTERM);
        assert!(ended.status.code() == Some(0) || is_early, "{} after {moment:?}", ended.status);
        let now_low = judge::low_water(&house);
        assert!(now_low >= low, "the low-water mark fell from {low} to {now_low}");
        low = now_low;
        house.was_earlier(10);
    }
    assert!(low > 0, "nothing was done between two storms");
    house.comes_to_rest();
    judge::database(&house);
    judge::mailboxes(&house, &ledger, &expected, 0);
    assert_eq!(lab.mails(WORLD).len(), 0);
}

/// The supporter answers one more of her alerts, if there are that many and more than `already` are answered.
fn answers(house: &House<'_>, already: usize, wanted: usize, expected: &mut Vec<Expected>) -> usize {
    if already >= wanted {
        return 0;
    }
    let alerts = house.lab.mails(&house.ai.address);
    let Some(alert) = alerts.get(already).map(|raw| Received::read(raw)) else { return 0 };
    let words = house::lasting(format!("返事その{already:04}。"));
    house.deliver(&house.ai.replies(&alert, words));
    expected.push(mail(Who::Haru, Place::First, words));
    1
}
