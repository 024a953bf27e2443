//! What a mail *is*: the RFCs, and the field's habits. No product words, no network, no database.

pub mod address;
pub mod authentication;
pub mod automatic;
pub mod compose;
pub mod delivery_report;
pub mod digest;
pub mod dkim;
pub mod fetched;
pub mod fold;
pub mod masked;
pub mod message;
pub mod message_id;
pub mod parse;
pub mod particulars;
pub mod picture;
pub mod quote;
pub mod submission;
pub mod telling;
