//! Mails of people that went to others as well, in To or Cc. Nobody there gets anything from us or is remembered; their
//! author is told once a month what they have seen.

use super::Context;
use crate::domain::decision::Post;
use crate::domain::people::Recipient;
use crate::domain::returned;
use crate::domain::understand::Understood;
use crate::mail::address::Address;
use crate::mail::message::Message;

/// The word to the author; `None` where nobody else is named, or not beside us: an alias of ours is a name that we do
/// not know.
pub(super) fn warning(context: &Context, message: &Message, understood: &Understood) -> Option<Post> {
    let (author, own): (Recipient, &[Address]) = match understood {
        Understood::ClientLetter { client, .. } | Understood::HiddenReply { client, .. } => {
            (Recipient::Client((**client).clone()), &client.addresses)
        }
        Understood::Answer { supporter, .. } => {
            (Recipient::Supporter((**supporter).clone()), &supporter.addresses)
        }
        _ => return None,
    };
    let service = &context.settings.service;
    let (ours, mut others): (Vec<&Address>, Vec<&Address>) =
        message.to_and_cc.iter().partition(|address| service.receives_at(address));
    others.retain(|address| !own.contains(address));
    others.sort_unstable_by_key(|address| address.key());
    others.dedup_by_key(|address| address.key());
    (!ours.is_empty() && !others.is_empty()).then(|| returned::copied(author, others.len()))
}
