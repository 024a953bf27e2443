use super::*;

const NAMES: Names<'_> =
    Names {
        own: &["けい", "Kei", "さかい けいこ", "よりそい"], writer: "あい", client: "はる"
    };

const YES: &[&str] = &[
    "はい",
    "はい。",
    "はい！",
    "「はい」",
    "はい\n\nけい",
    "はい、いいと思います。",
    "いいと思います",
    "いいと思います！\nお願いします。",
    "とても良いと思います😊",
    "事務局さま\n\nお世話になっております。\nこのままでお願いします。\n\nさかい けいこ",
    "お疲れさまです。読みました。問題ありません。",
    "そのまま",
    "そのままで大丈夫です。",
    "そのまま届けてください",
    "ＯＫ",
    "OKです！",
    "ありがとうございます。大丈夫です。",
    "👍",
    "けいです。はい",
    "yes",
    "Yes.",
    "Yes, please send it.",
    "OK",
    "ok!\n\nKei",
    "Looks good!",
    "Hello, looks good to me.\n\nBest wishes,\nKei",
    "I've read it. It's fine, thanks.",
    "あいさん、いいと思います",
    "あいさんへ\nいいと思います。けい",
    "はい、はるさんに届けてください",
    "はい、はるさんへ届けてください。よろしくお願いします。",
    "はいはるさんに届けてください",
    "あいさんありがとうございます。はい。",
    "はい。とてもあたたかいお返事ですね",
    "Yes, lovely answer!",
    "Yes, a good answer. Thank you!",
];
const WORDS: &[&str] = &[
    "はい、でも最後の一行は、なくてもいいかもしれません。",
    "いいと思います。ただ、「頑張って」は重いかも。",
    "もう少し短くしてはどうでしょう。",
    "「がんばれ」は使わないほうがいいです",
    "お名前を書きそえると、もっとあたたかくなりますよ。",
    "さん付けで書いてください",
    "いいと思いません",
    "いいえ、少し強い言い方に聞こえます。",
    "待ってください。日付がちがいます。",
    "はるさんは犬が苦手なので、そこだけ直してください。",
    "写真のことにもふれてあげてください",
    "大丈夫ですか、という聞き方はさけましょう",
    "Yes, but the last line sounds like an order.",
    "Looks good, except for the second sentence.",
    "Please use her name.",
    "Not good: she never said that.",
    "A little shorter, perhaps?",
    "No, she may read that as blame.",
    "あいさん、すてきなお返事ですね。ただ、最後の一行は少し強く聞こえます。",
    "いいお返事ですが、日付がちがいます。",
    "あたたかいお返事ですけど、二行目は長いです。",
    "Lovely answer, but the last line sounds like an order.",
    "It is well written. However, she never said that.",
];
const UNCLEAR: &[&str] = &[
    "いいえ",
    "はい？",
    "いいですか？",
    "待って",
    "だめです",
    "熱が出て…",
    "熱が出てしまって、寝ています。",
    "すみません、今日は仕事が長引いて読めません。",
    "すみません、今日は読めません。子どもが熱を出しました。",
    "はい、今日は読めません",
    "これはどう返事を書いたらいいでしょうか。",
    "振込先が変わりました。",
    "とてもあたたかいお返事ですね",
    "あいさん、すてきなお返事ですね。はるさんもきっと喜ぶと思います。",
    "はい。寒い日にこの言葉はうれしいですね",
    "いいと思います。はるさんに伝わるといいですね。",
    "読んでいて、あたたかい気持ちになりました。",
    "よく書けていますね",
    "はるさんに届けないでください",
    "Lovely answer!",
    "What a beautiful answer, Ai.",
    "Yes, she will be glad of it.",
    "I'm ill, sorry.",
    "Sorry, I can't read this today, we are moving house.",
    "Could you check whether my address has changed?",
    "はい、待ってください",
    "ありがとうございます",
    "お世話になっております。",
    "けい",
    "。",
    "😊",
    "no",
    "Wait!",
    "yes, no",
    "Thanks!",
    "Looks good?",
];

const DECLINES: &[&str] = &[
    "すみません、今日は読めません",
    "すみません、今日は読めません。\n\nけい",
    "お世話になっております。\n申し訳ありませんが、今日は難しいです。",
    "今日は無理です",
    "いまは時間がありません。ほかの方にお願いします。",
    "熱が出て、今日は読めません。すみません。",
    "読めません。体調不良で。",
    "Sorry, I can't today",
    "Sorry, I can't today.\n\nBest wishes,\nKei",
    "I can't read it tonight.",
    "Not today, sorry!",
    "I have no time today. Please ask somebody else.",
    "I'm ill, I can't.",
];
/// They say for whom they are.
const NAMED: &[&str] = &[
    "あいさんへ\n熱が出て寝ているところでも、やさしく書けていました。",
    "あいさんへ\nすてきなお返事ですね。はるさんも喜びますよ。",
    "To Ai\n\nI can't read this as a kind word.",
];

#[test]
fn a_yes_says_nothing_else_and_words_are_for_the_writer() {
    let check = |text: &str, expected| assert_eq!(said(text, &NAMES), expected, "{text}");
    for yes in YES {
        check(yes, Said::Approves);
    }
    for words in WORDS {
        check(words, Said::Returns);
    }
    for unclear in UNCLEAR {
        check(unclear, Said::Unclear);
    }
    for declines in DECLINES {
        check(declines, Said::Declines);
    }
    for named in NAMED {
        let writer = if named.is_ascii() { "Ai" } else { "あい" };
        assert_eq!(said(named, &Names { writer, ..NAMES }), Said::Returns, "{named}");
    }
    check("", Said::Nothing);
    check(" \n\u{3000}\n", Said::Nothing);
}

#[test]
fn thanks_for_company_are_no_answer() {
    let check =
        |text: &str, expected| assert_eq!(is_courtesy(text, &["あい", "けい", "Kay"]), expected, "{text}");
    check("ありがとうございます。よろしくお願いします。", true);
    check("けいさん、ありがとうございます！\n\nあい", true);
    check("わかりました。", true);
    check("Thank you, Kay!", true);
    check("Thanks Kay.", true);
    check("待って", false);
    check("はるさん、ありがとうございます。", false);
    check("ありがとうございます。はるさん、また明日。", false);
    check("Thank you for walking, Rose.", false);
    check("", false);
}

#[test]
fn another_reader_has_time_before_the_office_and_the_office_before_the_deadline() {
    let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
    let check = |came: i64, due: i64, tell: Option<Part>, next: i64, office: i64| {
        let Steps { next_at, office_at } = steps((at(came), at(came)), at(0), at(due), tell);
        assert_eq!((next_at, office_at), (at(next), at(office)), "{came} {due}");
        assert!(at(came) < next_at && next_at < office_at && office_at < at(due), "{came} {due}");
    };
    let tell = Some(Part { of: 6, parts: 5 });
    check(0, 36, tell, 24, 30);
    check(6, 36, tell, 26, 30);
    check(6, 36, None, 26, 30);
    // A third of the time that is left lies behind the truth.
    check(20, 36, tell, 25, 30);
    // The client has heard the truth.
    check(30, 36, tell, 34, 35);
}

#[test]
fn the_time_of_a_reader_who_sleeps_begins_when_she_is_up() {
    let at = |hours: i64| Timestamp::from_millis(hours * 3_600_000);
    let check = |came: i64, up: i64, next: i64| {
        let Steps { next_at, office_at } = steps((at(came), at(up)), at(0), at(36), None);
        assert_eq!((next_at, office_at), (at(next), at(30)), "{came} {up}");
    };
    check(6, 6, 26);
    check(6, 12, 28);
    check(6, 20, 25);
    // The office hears before she is up.
    check(6, 30, 26);
    check(6, 35, 26);
}
