//! How often what tells who somebody is gets found, and how often it is seen where there is nothing: counted over
//! `fixtures/particulars/`.
#![allow(clippy::expect_used)] // whatever breaks here fails the test

use std::path::Path;

use yorisoi::mail::address::Address;
use yorisoi::mail::telling::{Known, hidden, telling};

/// The texts of a list; `\n` in them is a line break.
fn texts(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/particulars").join(name);
    let list = std::fs::read_to_string(path).expect("a list");
    list.lines().filter(|line| !line.starts_with('#')).map(|line| line.replace("\\n", "\n")).collect()
}

/// Those of a list in which something is found, and those in which nothing is.
fn told_apart(name: &str) -> (Vec<String>, Vec<String>) {
    let addresses = ["hanako.sato@sato-shop.example", "harutanaka@example.net"];
    let addresses = addresses.map(|text| Address::parse(text).expect("an address"));
    let known =
        Known {
            addresses: &addresses, names: &["佐藤 花子", "Hanako Sato"], chosen: &["あい", "はる"]
        };
    let marked = |text: &String| hidden(text, &telling(text, &known), |_| "▇");
    texts(name).into_iter().map(|text| marked(&text)).partition(|text| text.contains('▇'))
}

#[test]
fn of_leaking_texts_at_least_ninety_eight_in_a_hundred_are_found() {
    let (found, missed) = told_apart("leaking.txt");
    let all = found.len() + missed.len();
    println!("{} of {all} leaking texts are found; missed: {missed:#?}", found.len());
    assert!(all >= 100 && found.len() * 100 >= all * 98);
}

#[test]
fn of_clean_texts_at_most_two_in_a_hundred_are_held() {
    let (held, passed) = told_apart("clean.txt");
    let all = held.len() + passed.len();
    println!("{} of {all} clean texts are held: {held:#?}", held.len());
    assert!(all >= 500 && held.len() * 100 <= all * 2);
}
