//! Whatever a mail holds beside its words does not reach the other side. Each vector plants a word that stands nowhere
//! else, in both directions; it is searched for in everything that can be read in every mail to the other side.
#![allow(clippy::expect_used)] // whatever breaks here fails the test

#[path = "../drawn/mod.rs"]
mod drawn;
mod fields;
mod handover;
mod house;
mod machines;
mod parts;
mod pictures;
#[path = "../plain/mod.rs"]
mod plain;
mod reading;
mod texts;

#[path = "../story/script.rs"]
#[allow(dead_code)] // stories know more words
mod script;

use house::{Direction, House};

/// A mail before it is put together.
pub struct Draft {
    /// Fields above all others.
    pub fields: Vec<String>,
    /// The author's field.
    pub from: String,
    /// The content's field.
    pub content_type: String,
    /// What stands below the header.
    pub body: String,
    /// The writer's address, to build with.
    pub address: &'static str,
    /// Her words, to build with.
    pub words: &'static str,
}

/// What is planted.
pub struct Vector {
    /// What, in words.
    pub name: &'static str,
    /// Plants a word.
    pub plant: fn(&mut Draft, &str),
    /// Whether her words arrive; else a machine wrote, and nothing does.
    pub arrives: bool,
    /// Whether it can only be asked about: then an answer waits, and a letter arrives with it hidden.
    pub asked: bool,
}

/// A vector through which her words arrive.
pub const fn vector(name: &'static str, plant: fn(&mut Draft, &str)) -> Vector {
    Vector { name, plant, arrives: true, asked: false }
}

/// A base64 text in lines, as in mail.
pub fn base64(octets: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(octets);
    let lines: Vec<&str> =
        text.as_bytes().chunks(76).map(|l| std::str::from_utf8(l).expect("ASCII")).collect();
    lines.join("\r\n")
}

/// A canary that stands nowhere else; its letters survive every folding.
fn canary(vector: usize) -> String {
    format!("kanari{vector:03}zq")
}

fn mail(plant: impl Fn(&mut Draft), direction: Direction, house: &House) -> Vec<u8> {
    let mut draft = Draft {
        fields: vec![
            "Message-ID: <1@phone.example>".to_owned(),
            "Date: Thu, 3 Dec 2026 20:59:00 +0900".to_owned(),
        ],
        from: direction.writer().to_owned(),
        content_type: "text/plain; charset=utf-8".to_owned(),
        body: direction.words().to_owned(),
        address: direction.writer(),
        words: direction.words(),
    };
    if !house.answers.is_empty() {
        draft.fields.push(format!("In-Reply-To: <{}>", house.answers));
    }
    plant(&mut draft);
    let Draft { fields, from, content_type, body, .. } = draft;
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("{fields}From: {from}\r\nTo: {}\r\nMIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n{body}\r\n", house.to)
        .into_bytes()
}

/// Sends one vector one way, to a house in which pictures pass or do not; says what is wrong.
fn wrong(vector: &Vector, canary: &str, direction: Direction, pictures: bool) -> Option<String> {
    let mut house = House::new(direction, pictures);
    let raw = mail(|draft| (vector.plant)(draft, canary), direction, &house);
    assert!(String::from_utf8_lossy(&raw).len() > 80, "there is a mail");
    house.receive(&raw);
    let readings = house.readings();
    let all = || readings.iter().flatten();
    let leaks = all().any(|said| said.to_lowercase().contains(canary));
    let arrived = all().any(|said| said.contains(direction.words()));
    let told = || format!("{} ({direction:?}, {})", vector.name, house.reason());
    let expected = if vector.asked && direction == Direction::Answer {
        house.holds() && !arrived
    } else {
        arrived == vector.arrives
    };
    match (leaks, expected) {
        (true, _) => Some(format!("{} leaks:\n{}", told(), readings.last().map_or("", |r| &r[2]))),
        (false, false) => Some(format!("{}: arrived: {arrived}", told())),
        _ => None,
    }
}

fn play(vectors: &[Vector]) {
    let ways = Direction::BOTH.iter().flat_map(|way| vectors.iter().enumerate().map(move |it| (*way, it)));
    let both = |(way, (n, v))| [false, true].map(|pictures| wrong(v, &canary(n), way, pictures));
    let wrong: Vec<String> = ways.flat_map(both).flatten().collect();
    assert!(
        wrong.is_empty(),
        "{} of {} leak or get lost:\n{}",
        wrong.len(),
        4 * vectors.len(),
        wrong.join("\n")
    );
}

#[test]
fn header_fields_stay_behind() {
    play(fields::VECTORS);
}

#[test]
fn other_parts_stay_behind() {
    play(parts::VECTORS);
}

#[test]
fn what_is_quoted_signed_or_hidden_in_the_text_stays_behind() {
    play(texts::VECTORS);
}

#[test]
fn what_machines_write_stays_behind() {
    play(machines::VECTORS);
}

#[test]
fn there_are_enough_vectors() {
    let all = fields::VECTORS.len() + parts::VECTORS.len() + texts::VECTORS.len() + machines::VECTORS.len();
    println!("{all} vectors, each both ways");
    assert!(all >= 30);
}

#[test]
fn a_planted_word_that_passes_is_seen() {
    let open =
        vector("in her own words", |draft, canary| draft.body = format!("{}\r\n{canary}", draft.words));
    for direction in Direction::BOTH {
        assert!(
            wrong(&open, "kanari999zq", direction, false).is_some_and(|it| it.contains("leaks")),
            "{direction:?}"
        );
    }
}
