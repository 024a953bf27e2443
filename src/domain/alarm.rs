//! What the alarm says when mail itself is broken: one sentence, without an address, a mail's words or a secret.

use super::locale::Locale;
use super::notice::Work;
use crate::clock::{Timestamp, Zone};

/// Something for the alarm to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about.
    pub work: Work,
    /// Since when it has been stopped; `None` means that it works again.
    pub since: Option<Timestamp>,
}

/// The sentence, in the language of the office.
pub fn sentence(alarm: Alarm, locale: Locale, zone: &Zone) -> String {
    let since = alarm.since.map(|at| at.minute_in(zone));
    match (locale, alarm.work, since) {
        (Locale::Ja, Work::Sending, Some(at)) => {
            format!("yorisoi：{at}から、メールを送れていません。yorisoi status で理由を確かめてください。")
        }
        (Locale::Ja, Work::Fetching, Some(at)) => {
            format!("yorisoi：{at}から、受信箱を読めていません。yorisoi status で理由を確かめてください。")
        }
        (Locale::Ja, Work::Sending, None) => "yorisoi：メールの送信が、また動いています。".to_owned(),
        (Locale::Ja, Work::Fetching, None) => "yorisoi：受信箱を、また読めています。".to_owned(),
        (Locale::En, Work::Sending, Some(at)) => {
            format!("yorisoi: no mail has been sent since {at}; `yorisoi status` says why.")
        }
        (Locale::En, Work::Fetching, Some(at)) => {
            format!("yorisoi: the mailbox has not been read since {at}; `yorisoi status` says why.")
        }
        (Locale::En, Work::Sending, None) => "yorisoi: sending mail works again.".to_owned(),
        (Locale::En, Work::Fetching, None) => "yorisoi: the mailbox is read again.".to_owned(),
    }
}
