//! Forged mails against a house in which honest people write: no words pass, nothing moves, and honest words still
//! arrive.
//!
//! A technique is a function that writes its forgeries by hand, after what a thief could have stolen. Each is also
//! made anew some hundred times. `YORISOI_LONG=1` plays ten times as many.
#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod authors;
mod defences;
mod house;
mod mutate;
#[path = "../plain/mod.rs"]
mod plain;
mod results;
mod roles;
#[cfg(feature = "dkim")]
#[path = "../dkim/sign.rs"]
#[allow(dead_code)] // its own tests sign in more ways
mod sign;
#[cfg(feature = "dkim")]
mod signatures;
mod tokens;

#[path = "../sim/chance.rs"]
#[allow(dead_code)] // the simulator draws in more ways
mod chance;
#[path = "../story/script.rs"]
#[allow(dead_code)] // stories know more words
mod script;

use chance::Chance;
use house::{House, Policy, stamped};
use mutate::{Forgery, mutated};

/// Made of each technique and policy.
const MUTATIONS: usize = 350;

fn times() -> usize {
    if std::env::var_os("YORISOI_LONG").is_some() { 10 * MUTATIONS } else { MUTATIONS }
}

/// Plays a technique. `reports`: no day of anybody may move either, as a client's own letter moves hers.
fn attack(name: &str, write: fn(&House) -> Vec<Forgery>, policies: &[Policy], reports: bool) {
    for &policy in policies {
        let mut house = House::new(policy);
        let forgeries = write(&house);
        assert!(forgeries.len() >= 5, "{name}: {} forgeries", forgeries.len());
        for forgery in &forgeries {
            house.receive(vec![above(forgery, &forgery.raw)]);
            let told = String::from_utf8_lossy(&forgery.raw);
            assert_eq!(house.harm(reports), [""; 0], "{name}, {policy:?}: {}\n{told}", forgery.results);
        }
        let mut chance = Chance::of(6, name);
        let whole = |forgery: &&Forgery| forgery.fixed < forgery.raw.len();
        for forgery in forgeries.iter().filter(whole) {
            let mails = mutated(forgery, times().div_ceil(forgeries.len()), &mut chance);
            house.take(mails.iter().map(|mail| above(forgery, mail)).collect());
        }
        assert_eq!(house.harm(reports), [""; 0], "{name}, {policy:?}, made anew");
        assert_eq!(house.honest_words_arrive(), [""; 0], "{name}, {policy:?}");
    }
}

fn above(forgery: &Forgery, mail: &[u8]) -> Vec<u8> {
    if forgery.results.is_empty() { mail.to_vec() } else { stamped(&forgery.results, mail) }
}

/// Built without the check of signatures, nothing is played twice but `Strict`.
const SIGNED: Policy = if cfg!(feature = "dkim") { Policy::Signed } else { Policy::Strict };
const ALL: &[Policy] = &[Policy::Strict, SIGNED, Policy::Trusting, Policy::Asking];
/// Where a domain says nothing, a yes of あい stands for thirty days: `Trusting` passes such words on.
const UNTRUSTING: &[Policy] = &[Policy::Strict, SIGNED, Policy::Asking];
const PROVING: &[Policy] = &[Policy::Strict, SIGNED];

macro_rules! techniques {
    ($(#[test] fn $name:ident($write:path, $policies:ident);)*) => {
        $(#[test] fn $name() { attack(stringify!($name), $write, $policies, true); })*
    };
}

techniques! {
    #[test] fn results_below_a_failure(results::below_a_failure, ALL);
    #[test] fn results_below_nothing(results::below_nothing, UNTRUSTING);
    #[test] fn results_in_comments_and_quotes(results::in_comments_and_quotes, UNTRUSTING);
    #[test] fn results_of_servers_that_look_alike(results::of_servers_that_look_alike, UNTRUSTING);
    #[test] fn results_of_other_domains(results::of_other_domains, ALL);
    #[test] fn signatures_of_others(results::signatures_of_others, UNTRUSTING);
    #[test] fn results_in_other_fields(results::in_other_fields, UNTRUSTING);
    #[test] fn two_from_fields(authors::two_from_fields, ALL);
    #[test] fn several_authors_in_one_field(authors::several_in_one_field, ALL);
    #[test] fn display_names(authors::display_names, ALL);
    #[test] fn group_syntax(authors::group_syntax, ALL);
    #[test] fn nested_comments(authors::nested_comments, ALL);
    #[test] fn homographs(authors::homographs, ALL);
    #[test] fn aliases(authors::aliases, ALL);
    #[test] fn other_fields_that_name_people(authors::other_fields_that_name_people, ALL);
    #[test] fn neighbours_at_the_same_provider(authors::neighbours, ALL);
    #[test] fn line_ends_that_are_none(authors::line_ends, ALL);
    #[test] fn plain_forgeries(authors::plainly, ALL);
    #[test] fn plain_forgeries_without_a_verdict(authors::plainly_without_a_verdict, UNTRUSTING);
    #[test] fn stolen_tokens_of_strangers(tokens::of_strangers, ALL);
    #[test] fn tokens_of_another_supporter(tokens::of_another_supporter, ALL);
    #[test] fn made_up_tokens(tokens::made_up, ALL);
    #[test] fn stolen_message_ids(tokens::message_ids, ALL);
    #[test] fn replayed_answers(tokens::replayed, PROVING);
    #[test] fn replayed_answers_with_other_words(tokens::replayed_with_other_words, ALL);
    #[test] fn yes_of_others(tokens::yes_of_others, UNTRUSTING);
    #[test] fn orders_by_mail(roles::orders, ALL);
    #[test] fn the_services_own_voice(roles::own_voice, ALL);
    #[test] fn forged_delivery_reports(roles::delivery_reports, ALL);
    #[test] fn mails_within_mails(roles::mails_within_mails, ALL);
    #[test] fn injected_fields(roles::injected_fields, ALL);
    #[test] fn meanings(roles::meanings, ALL);
    #[test] fn meanings_without_a_verdict(roles::meanings_without_a_verdict, UNTRUSTING);
    #[test] fn absences(roles::absences, ALL);
    #[test] fn absences_without_a_verdict(roles::absences_without_a_verdict, UNTRUSTING);
}

#[cfg(feature = "dkim")]
techniques! {
    #[test] fn stolen_signatures(signatures::stolen, PROVING);
    #[test] fn signatures_by_others_over_her_name(signatures::by_others, PROVING);
}

#[test]
fn forged_letters_of_clients_are_marked() {
    attack("letters_of_clients", roles::letters_of_clients, ALL, false);
    attack("of_the_client", tokens::of_the_client, ALL, false);
}

#[test]
fn a_refuted_mail_does_not_lift_what_was_written_off() {
    let mut house = House::new(Policy::Strict);
    house.suspend(house::AI);
    let forgeries = authors::plainly(&house);
    house.receive(forgeries.iter().map(|forgery| above(forgery, &forgery.raw)).collect());
    assert_eq!(house.harm(true), [""; 0]);
}
