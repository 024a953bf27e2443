//! The limits of docs/adr/how-much-the-machine-says.md, told as stories too long to be typed: what is over a limit
//! waits, or is kept and told once a day; everybody else is served as before.

#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod drawn;
mod plain;
mod story;

use std::fmt::Write as _;

const PEOPLE: &str = "supporter あい ai@example.org\nclient はる haru@example.jp あい\n\
    supporter けい kei@example.net\nclient ゆき yuki@example.com けい\n";

fn told(text: &str) {
    if let Err(why) = story::run(text) {
        panic!("{why}\n{text}");
    }
}

/// An instant of December 2026, so many minutes after nine on the third.
fn at(minutes: u32) -> String {
    let (day, minute) = (3 + (9 * 60 + minutes) / 1440, (9 * 60 + minutes) % 1440);
    format!("at 2026-12-{day:02}T{:02}:{:02}:00+09:00\n", minute / 60, minute % 60)
}

#[test]
fn the_twenty_first_mail_of_a_thread_within_an_hour_waits_and_arrives() {
    let mut text = format!("{PEOPLE}{}", at(0));
    for n in 1..=25 {
        writeln!(text, "mail haru@example.jp\n| つらいです。{n}").expect("text");
        if n <= 20 {
            text += "expect alert to ai@example.org\n";
        } else if n == 21 {
            text += "expect office to office@example.com\n~ はるさんに関わるメールが、一時間の上限に達しました。\n";
        }
        writeln!(text, "because {}", if n == 1 { "report" } else { "addition" }).expect("text");
    }
    // Somebody else's letter does not wait for them.
    text += "mail yuki@example.com\n| 歩きました。\nexpect alert to kei@example.net\n";
    text += &format!("{}end\n{}", at(59), at(61));
    for n in 21..=25 {
        writeln!(text, "expect alert to ai@example.org\n~ つらいです。{n}").expect("text");
    }
    told(&text);
}

#[test]
fn a_flood_costs_its_writer_alone_and_is_kept_for_the_office() {
    let mut text = PEOPLE.to_owned();
    for n in 1..=202 {
        text += &at(5 * n);
        writeln!(text, "mail haru@example.jp\n| 歩きました。{n}").expect("text");
        match n {
            1..=200 => text += "expect alert to ai@example.org\n",
            201 => {
                text += "because flood\nexpect office to office@example.com\n~ 一日の上限を超えるメール\n~ はるさん\n";
            }
            _ => text += "because flood\n",
        }
    }
    text += "mail yuki@example.com\n| 歩きました。\nexpect alert to kei@example.net\n";
    text += "mend release quarantine\nexpect alert to ai@example.org\n~ 歩きました。202\n";
    // A day after the first ones there is room again.
    text +=
        &format!("{}mail haru@example.jp\n| 走りました。\nexpect alert to ai@example.org\n", at(1440 + 21));
    told(&text);
}

#[test]
fn what_the_server_vouches_for_is_not_used_up_by_forgers() {
    let pass = "+ Authentication-Results: mx.example.jp; dmarc=pass header.from=example.jp\n";
    let fail = pass.replace("pass", "fail");
    let mut text = format!("set auth ar\n{PEOPLE}");
    for n in 1..=201 {
        write!(text, "{}mail haru@example.jp\n{fail}| うそ{n}\n", at(5 * n)).expect("text");
        text += match n {
            1..=200 => "expect alert to ai@example.org\n",
            _ => "because flood\nexpect office to office@example.com\n",
        };
    }
    text += &format!("mail haru@example.jp\n{pass}| ほんとうです。\nbecause addition\n");
    told(&format!("{text}expect alert to ai@example.org\n~ ほんとうです。\n"));
}

#[test]
fn a_stranger_is_never_answered_and_who_tries_reply_addresses_is_told_once_a_day() {
    let mut text = format!("{PEOPLE}{}", at(0));
    for n in 1..=40 {
        let token = "abcdefghijklmnopqrstuvwxyz234567abcdefgh";
        write!(text, "mail thief@example.com\n+ To: care+{token}@example.jp\n| {n}\nbecause bad_token\n")
            .expect("text");
        if n == 5 {
            text += "expect office to office@example.com\n~ 使えない返信先\n! thief\n";
        }
    }
    for n in 1..=40 {
        write!(text, "mail stranger@example.com\n| 広告です。{n}\nbecause stranger\n").expect("text");
    }
    told(&text);
}

#[test]
fn who_holds_a_stolen_reply_address_makes_one_question_a_day_and_three_in_all() {
    let mut text =
        format!("set auth ar\nset unproven confirm\n{PEOPLE}{}mail haru@example.jp\n| 歩きました。\n", at(0));
    text += "expect alert to ai@example.org\n";
    for day in 0..5 {
        text += &at(1440 * day + 60);
        if day == 4 {
            // What she was asked about first comes back to her, as its time is over.
            text += "expect returned to ai@example.org\nexpect office to office@example.com\n";
        }
        for n in 1..=10 {
            write!(text, "reply ai@example.org to alert refuted\n| ひどい言葉{day} {n}\n").expect("text");
            text += match (day, n) {
                (0..3, 1) => "because answer_held\nexpect confirmation to ai@example.org\n",
                _ => "because asked_enough\n",
            };
            if (day < 3 && n == 2) || (day >= 3 && n == 1) {
                text += "expect office to office@example.com\n~ 確かめられないお返事\n";
            }
        }
    }
    told(&text);
}

#[test]
fn her_yes_to_a_refuted_answer_lets_the_next_one_ask_again() {
    let mut text =
        format!("set auth ar\nset unproven confirm\n{PEOPLE}{}mail haru@example.jp\n| 歩きました。\n", at(0));
    text += "expect alert to ai@example.org\n";
    for n in 1..=5 {
        write!(text, "reply ai@example.org to alert refuted\n| よかったですね。{n}\nbecause answer_held\n")
            .expect("text");
        text += "expect confirmation to ai@example.org\nreply ai@example.org to confirmation gmail\n| はい\n";
        write!(text, "expect pass_on to haru@example.jp\n~ よかったですね。{n}\n").expect("text");
    }
    told(&text);
}

#[test]
fn what_left_out_pictures_lead_to_is_said_three_times_a_day_and_the_words_go_on() {
    let mut text =
        format!("{PEOPLE}{}mail haru@example.jp\n| 歩きました。\nexpect alert to ai@example.org\n", at(0));
    for n in 1..=6 {
        write!(text, "reply ai@example.org to alert photo\n| よかったですね。{n}\nbecause answer_unproven\n")
            .expect("text");
        text += "expect pass_on to haru@example.jp\n";
        text += match n {
            1..=3 => "expect notice to ai@example.org\n",
            4 => {
                "expect office to office@example.com\n~ あいさんへの自動のお返事が、一日の上限に達しました。\n"
            }
            _ => "",
        };
    }
    told(&text);
}

#[test]
fn the_office_hears_ten_times_a_day_of_what_strangers_bring_about() {
    let mut text =
        format!("{PEOPLE}{}mail haru@example.jp\n| 歩きました。\nexpect alert to ai@example.org\n", at(0));
    for n in 1..=30 {
        write!(
            text,
            "mail x{n}@example.com\n+ From: a@example.com, b@example.com\n| {n}\nbecause no_single_author\n"
        )
        .expect("text");
        if n <= 10 {
            text += "expect office to office@example.com\n";
        }
    }
    told(&text);
}

#[test]
fn a_machine_that_answers_each_question_about_its_words_is_asked_twenty_times_a_day() {
    let mut text =
        format!("{PEOPLE}{}mail haru@example.jp\n| 歩きました。\nexpect alert to ai@example.org\n", at(0));
    for n in 1..=22 {
        text += &at(3 * n);
        let of = if n == 1 { "alert" } else { "confirmation" };
        writeln!(text, "reply ai@example.org to {of} bare\n| 不在です。電話は090-1234-56{n:02}です。")
            .expect("text");
        match n {
            1..=20 => text += "because answer_telling\nexpect confirmation to ai@example.org\n",
            21 => text += "because asked_enough\nexpect office to office@example.com\n",
            _ => text += "because asked_enough\n",
        }
    }
    told(&text);
}

#[test]
fn questions_about_what_tells_who_she_is_use_up_none_of_those_whether_she_wrote_it() {
    let mut text = format!("set unproven confirm\n{PEOPLE}");
    for n in 1..=4 {
        text += &at(30 * n);
        writeln!(text, "mail haru@example.jp\n| 歩きました。{n}\nexpect alert to ai@example.org")
            .expect("text");
        writeln!(text, "reply ai@example.org to alert bare\n| 電話は090-1234-560{n}です。").expect("text");
        text += "because answer_telling\nexpect confirmation to ai@example.org\n";
    }
    text += &at(200);
    text += "reply ai@example.org to alert bare\n| よく歩きましたね。\nbecause answer_held\n\
             expect confirmation to ai@example.org\n~ よく歩きましたね。\n";
    told(&text);
}
