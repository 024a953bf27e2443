//! What yorisoi *means*: people, decisions, words. No SQL, no bytes, no async.
//!
//! A decision is a function of facts and time that returns a [`decision::Decision`]; it performs nothing.

pub mod absence;
pub mod alarm;
pub mod answer;
pub mod balance;
pub mod calendar;
pub mod carrier;
pub mod choosing;
pub mod clock_jump;
pub mod command;
pub mod confirmation;
pub mod days_off;
pub mod decision;
pub mod delivery;
pub mod exclusion;
pub mod handover;
pub mod hours;
pub mod keys;
pub mod leaving;
pub mod ledger;
pub mod letter;
pub mod limits;
pub mod locale;
pub mod meaning;
pub mod notice;
pub mod outgoing;
pub mod people;
pub mod pool;
pub mod reading;
pub mod recall;
pub mod refusal;
pub mod returned;
pub mod set_aside;
pub mod settled;
pub mod telling;
pub mod token;
pub mod understand;
pub mod walk;
pub mod words;
pub mod writing;
