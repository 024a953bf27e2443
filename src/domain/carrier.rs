//! Which mails may be under way together: all those to one recipient's domain share a lane, and a carrier has one lane
//! for all of its domains, with one connection at a time and a second between two mails. Carriers drop or refuse what
//! comes faster, whoever hands it on to them.

use std::time::Duration;

/// Between the beginnings of two submissions to the same carrier.
pub const SPACING: Duration = Duration::from_secs(1);

/// Carriers' domains, each with its lane. A domain below one of them belongs to it too.
const CARRIERS: [(&str, &str); 15] = [
    ("docomo.ne.jp", "docomo"),
    ("ezweb.ne.jp", "au"),
    ("au.com", "au"),
    ("uqmobile.jp", "au"),
    ("softbank.ne.jp", "softbank"),
    ("i.softbank.jp", "softbank"),
    ("vodafone.ne.jp", "softbank"),
    ("disney.ne.jp", "softbank"),
    ("ymobile.ne.jp", "ymobile"),
    ("yahoo.ne.jp", "ymobile"),
    ("ymobile1.ne.jp", "ymobile"),
    ("willcom.com", "ymobile"),
    ("wcm.ne.jp", "ymobile"),
    ("pdx.ne.jp", "ymobile"),
    ("rakumail.jp", "rakuten"),
];

/// The lane of mails to a domain.
pub fn lane(domain: &str) -> &str {
    let below =
        |whole: &str| domain.strip_suffix(whole).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    CARRIERS.iter().find(|(whole, _)| below(whole)).map_or(domain, |(_, lane)| lane)
}

/// Whether a lane is a carrier's.
pub fn is_carrier(lane: &str) -> bool {
    // a recipient's domain has a dot
    !lane.contains('.') && CARRIERS.iter().any(|(_, carrier)| *carrier == lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_has_one_lane_for_all_of_its_domains() {
        let check = |domain: &str, expected: &str, carrier: bool| {
            assert_eq!((lane(domain), is_carrier(lane(domain))), (expected, carrier), "{domain}");
        };
        check("docomo.ne.jp", "docomo", true);
        check("ezweb.ne.jp", "au", true);
        check("au.com", "au", true);
        check("t.vodafone.ne.jp", "softbank", true);
        check("di.pdx.ne.jp", "ymobile", true);
        check("notdocomo.ne.jp", "notdocomo.ne.jp", false);
        check("docomo.ne.jp.example.jp", "docomo.ne.jp.example.jp", false);
        check("example.org", "example.org", false);
    }
}
