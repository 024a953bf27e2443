//! How sure we are of a mail's writer, by what the operator wants believed.

use crate::domain::decision::Proof;
use crate::mail::authentication::{Verdict, verdict};
use crate::mail::dkim::proves_author;
use crate::mail::message::{Defect, Message};
use crate::settings::Auth;
use crate::store::KeptMail;

/// With one of these a verdict may be about another author than the one that we read: it proves nothing, and the words
/// count as refuted, so that no yes to other words lets them pass.
const DOUBTED: [Defect; 3] = [Defect::SeveralAuthors, Defect::AuthorRepaired, Defect::AuthorAmbiguous];

/// Judges. A signature that holds is proof whatever the server says: both looked at the same mail, and only the holder
/// of the key can have made it. One that does not hold says nothing.
pub(super) fn judge(auth: &Auth, message: &Message, mail: &KeptMail) -> Proof {
    let ([author], true) = (message.from.as_slice(), auth.mode.proves()) else { return Proof::Unproven };
    let has = |doubts: &[Defect]| message.defects.iter().any(|d| doubts.contains(d));
    let doubted = has(&DOUBTED);
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    if auth.mode.checks_signatures() && !doubted && proves_author(&mail.raw, message, &mail.keys, arrived) {
        return Proof::Proven;
    }
    let results = if auth.mode.reads_results() {
        let fields: Vec<&str> = message.fields("authentication-results").collect();
        verdict(&fields, &auth.trusted_authserv_ids, &author.address)
    } else {
        Verdict::None
    };
    match results {
        Verdict::Fail => Proof::Refuted,
        _ if doubted => Proof::Refuted,
        // A header that is broken may have ended elsewhere for the server that judged it.
        Verdict::Pass if !has(&[Defect::Structure]) => Proof::Proven,
        Verdict::Pass | Verdict::None => Proof::Unproven,
    }
}
