//! Random letters through random mail programs: new lines survive word for word, lines of ours never do.

use proptest::prelude::*;
use yorisoi::mail::quote::{HeaderEvidence, Known, authored, newly_written};

const HEAD: &str = "はるさんからお便りが届きました。\nこのメールに返信すると、お返事がはるさんに届きます。";
const FOOT: &str = "・・・・・・・・・・\n目標: 毎日30分歩く\nReply to this mail until 20:00 on 23 November.\nよりそい便り 事務局";
const ATTRIBUTIONS: [&str; 9] = [
    "2026年11月22日(日) 12:00 よりそい便り <care@example.jp>:\n",
    "2026年11月22日(日) 12:00 よりそい便り\n<care@example.jp>:\n\n",
    "On Sun, Nov 22, 2026 at 12:00 PM よりそい便り <care@example.jp> wrote:\n",
    "On Sun, 22 Nov 2026 12:00:00 +0900\nよりそい便り <care@example.jp> wrote:\n\n",
    "2026/11/22 12:00、よりそい便り <care@example.jp>のメール:\n\n",
    "-----Original Message-----\nFrom: よりそい便り <care@example.jp>\nSent: Sunday\nTo: a\nSubject: b\n\n",
    "差出人: よりそい便り\n送信日時: 2026年11月22日\n宛先: 佐藤\n件名: お便り\n\n",
    "---- 元のメッセージ ----\n",
    "よりそい便り さんは書きました:\n",
];

/// What a mail program does to a quoted text.
#[derive(Clone, Debug)]
struct Program {
    mark: &'static str,
    width: usize,
    full_width: bool,
    trailing: &'static str,
    attribution: &'static str,
    above: bool,
    cuts: Vec<usize>,
}

fn program() -> impl Strategy<Value = Program> {
    (
        prop::sample::select(vec!["> ", ">", "＞", "| ", "> > ", ""]),
        prop_oneof![Just(1000_usize), 10_usize..76],
        any::<bool>(),
        prop::sample::select(vec!["", " ", "  "]),
        prop::sample::select(ATTRIBUTIONS.to_vec()),
        any::<bool>(),
        prop::collection::vec(0_usize..30, 0..4),
    )
        .prop_map(|(mark, width, full_width, trailing, attribution, above, cuts)| Program {
            mark,
            width,
            full_width,
            trailing,
            attribution,
            above,
            cuts,
        })
}

impl Program {
    fn quote(&self, line: &str) -> String {
        let chars: Vec<char> = line.chars().map(|c| if self.full_width { widen(c) } else { c }).collect();
        let parts: Vec<String> = chars.chunks(self.width).map(|c| c.iter().collect()).collect();
        let parts = if parts.is_empty() { vec![String::new()] } else { parts };
        parts.iter().map(|p| format!("{}{p}{}\n", self.mark, self.trailing)).collect()
    }

    /// The answer: the new lines above, or below, or between the quoted lines.
    fn reply(&self, sent: &str, new: &[Vec<String>]) -> String {
        let mut blocks = new.iter().map(|b| b.join("\n") + "\n");
        let mut out = String::new();
        if self.above {
            out += &blocks.next().unwrap_or_default();
            out += "\n";
        }
        out += self.attribution;
        for (n, line) in sent.lines().enumerate() {
            out += &self.quote(line);
            if self.cuts.contains(&n) {
                out += &blocks.next().unwrap_or_default();
            }
        }
        out + "\n" + &blocks.collect::<String>()
    }
}

fn widen(c: char) -> char {
    match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
        c => c,
    }
}

fn letter_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ぁ-ん一-三。、]{0,60}",
        "[a-z]{1,9}( [a-z]{1,9}){0,20}",
        "はい",
        "・",
        "ありがとう",
        "> [ぁ-ん]{1,9}",
        ""
    ]
}

fn new_line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ァ-ン。、ー]{1,40}",
        "[ぁ-ん。、]{1,40}",
        "[A-Za-z][a-z]{0,9}( [a-z]{1,9}){0,9}[.:]?",
        "はい",
        "[ぁ-ん]{1,9}さんは書きました:",
        "(差出人|From): [a-zぁ-ん]{1,9}",
        "> [ァ-ン]{2,9}",
        "-{2,9}",
        "[0-9]{1,2}:[0-9]{2} [ぁ-ん]{1,9}",
    ]
}

fn row(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !">＞|".contains(*c)).collect()
}

/// Lines that people type and that look like what programs write.
const LOOKALIKES: [&str; 46] = [
    "",
    "",
    "はい",
    "きょうは駅まで歩いて、図書館で本を借りました。",
    "I walked to the library, and then I walked back.",
    "-----",
    "--",
    "----------",
    "━━━━━━━━",
    "* * *",
    "**********",
    "> 散歩",
    "> walk",
    "・読書",
    "1) 起きる",
    "- 掃除",
    "| 10時 | 散歩 |",
    "|------|------|",
    "5 > 3",
    "a> b",
    "Aさんは書きました:",
    "On Monday she wrote:",
    "My mother wrote:",
    "母からのメール:",
    "転送メール:",
    "差出人: 母",
    "From: the heart",
    "To: you",
    "件名: ごめんね",
    "Subject: us",
    "日時: 11月25日 14:00",
    "Date: Wednesday 14:00",
    "11/25 14:00 病院:",
    "2026年11月25日(水) 14:00 病院:",
    "On November 25, 2026 at 14:00 the doctor:",
    "元のメッセージ",
    "Original message:",
    "みどり病院 03-0000-0000",
    "https://example.org/walk",
    "はるより",
    "Best wishes,",
    "iPhoneから送信されると言われた",
    "--------------------",
    "2026/11/25 14:00 みどり病院",
    "はる",
    "母は言いました「帰っておいで」",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn what_a_person_types_alone_is_never_cut(
        lines in prop::collection::vec(prop::sample::select(LOOKALIKES.to_vec()), 1..14),
        answers in any::<bool>(),
    ) {
        let text = lines.join("\n");
        let header = HeaderEvidence { answers, ..HeaderEvidence::default() };
        let reply = authored(&text, None, &header);
        prop_assert!(reply.cut.is_empty(), "{text}\n--- lost {:?}", reply.cut);
    }

    #[test]
    fn by_reading_no_line_above_a_quote_is_lost(
        program in program(),
        letter in prop::collection::vec(letter_line(), 1..7),
        new in prop::collection::vec(new_line(), 1..6),
        answers in any::<bool>(),
    ) {
        let program = Program { above: true, cuts: Vec::new(), ..program };
        let text = program.reply(&letter.join("\n"), std::slice::from_ref(&new));
        let header = HeaderEvidence { answers, ..HeaderEvidence::default() };
        let reply = authored(&text, None, &header);
        let mut out = reply.text.lines();
        for line in &new {
            prop_assert!(out.any(|l| l == line.trim_end()), "lost {line:?}\n{text}\n--- became\n{}", reply.text);
        }
        // What was cut and what is left make up the text.
        let lines: Vec<&str> = text.lines().collect();
        let cut = |n: &usize| reply.cut.iter().any(|c| (c.lines.0..=c.lines.1).contains(n));
        prop_assert!(reply.cut.iter().all(|c| c.lines.0 <= c.lines.1 && c.lines.1 <= lines.len()));
        prop_assert!(reply.cut.windows(2).all(|c| c[0].lines.1 < c[1].lines.0));
        let left: String = (1..=lines.len()).filter(|n| !cut(n)).map(|n| lines[n - 1]).collect();
        let signs = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(signs(&left), signs(&reply.text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn new_lines_survive_and_ours_do_not(
        program in program(),
        letter in prop::collection::vec(letter_line(), 1..7),
        new in prop::collection::vec(prop::collection::vec(new_line(), 1..4), 1..5),
    ) {
        let letter = letter.join("\n");
        let sent = format!("{HEAD}\n\n{letter}\n\n{FOOT}\n");
        let whole = row(&sent);
        // A new line that by chance stands in our mail is a question of its own, asked below.
        let new: Vec<Vec<String>> = new
            .into_iter()
            .map(|b| b.into_iter().filter(|l| !whole.contains(&row(l))).collect::<Vec<_>>())
            .filter(|b: &Vec<String>| !b.is_empty())
            .collect();
        let text = program.reply(&sent, &new);
        let known = Known { text: &sent, letter: &letter, own_address: "care@example.jp", own_name: "よりそい便り" };
        let reply = newly_written(&text, Some(&known));
        let mut out = reply.text.lines();
        for line in new.iter().flatten() {
            prop_assert!(out.any(|l| l == line), "lost {line:?}\n{text}\n--- became\n{}", reply.text);
        }
        for ours in HEAD.lines().chain(FOOT.lines()) {
            prop_assert!(!row(&reply.text).contains(&row(ours)), "{ours}\n{text}\n--- became\n{}", reply.text);
        }
    }

    #[test]
    fn a_line_of_ours_that_a_person_writes_anew_stays(
        program in program(),
        letter in prop::collection::vec("[ぁ-ん一-三。、]{1,60}", 2..7),
        which in 0_usize..7,
        quoted in any::<bool>(),
    ) {
        let again = letter[which % letter.len()].clone();
        let letter = letter.join("\n");
        let sent = format!("{HEAD}\n\n{letter}\n\n{FOOT}\n");
        let new = vec!["アタラシイ".to_owned(), again, "モノデス".to_owned()];
        let program = Program { above: true, cuts: Vec::new(), ..program };
        let text = if quoted { program.reply(&sent, std::slice::from_ref(&new)) } else { new.join("\n") };
        let known = Known { text: &sent, letter: &letter, own_address: "care@example.jp", own_name: "よりそい便り" };
        prop_assert_eq!(newly_written(&text, Some(&known)).text, new.join("\n"));
    }

    #[test]
    fn any_text_is_read_to_its_end(text in any::<String>(), sent in any::<String>(), soup in "[>|\n ぁ-お:a@0-9年-]{0,300}") {
        for (text, sent) in [(&text, &sent), (&soup, &sent), (&soup, &soup), (&text, &soup)] {
            let known = Known { text: sent, letter: sent, own_address: "care@example.jp", own_name: "" };
            newly_written(text, Some(&known));
            newly_written(text, None);
        }
    }
}

/// Texts that ask every rule at every line. A rule that looked at all lines from each line would take hours.
#[test]
#[allow(clippy::disallowed_methods)] // a promise about time is measured with a clock
fn hostile_texts_cost_no_more_than_their_length() {
    let header = HeaderEvidence { answers: true, ..HeaderEvidence::default() };
    let pieces = [
        "> a\n",
        "On \n",
        "--\n",
        ":\n",
        "1:\n",
        "From: a\n",
        "X wrote:\n> a\n>\n> b\n> c\nx\n",
        "On 2026/11/22 12:00, X <a@example.jp> wrote:\n> a\n",
        "> On 2026/11/22 12:00, X <a@example.jp> wrote:\n",
        "> Begin forwarded message:\n> From: a\n",
        "\n\n\n",
        "-----\na@example.jp\n",
    ];
    let begun = std::time::Instant::now();
    for piece in pieces {
        let text = format!("はい\n{}", piece.repeat(100_000 / piece.len()));
        let reply = authored(&text, None, &header);
        assert!(reply.text.starts_with("はい"), "{piece:?}");
    }
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}
