//! Japanese as it is really written: ISO-2022-JP with what is not in it, and addresses that no standard allows.

use encoding_rs::ISO_2022_JP;

use super::lab::SERVICE;
use super::reading::Received;
use super::world::World;
use super::writing::{Form, Mail, date, jis};

const DOCOMO: &str = "foo..bar@docomo.ne.jp";

/// A mail by hand: its Subject in base64, its body as it stands.
fn by_hand(from: &str, field: &str, to: &str, body: &[u8]) -> Mail {
    let subject = data_encoding::BASE64.encode(&ISO_2022_JP.encode("髙橋①").0);
    let head = format!(
        "From: {field}\nTo: {to}\nDate: {}\nMessage-ID: <{}@docomo.ne.jp>\nSubject: =?ISO-2022-JP?B?{subject}?=\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: 7bit\n\n",
        date(),
        body.len()
    );
    Mail { from: from.to_owned(), to: to.to_owned(), raw: [head.as_bytes(), body].concat() }
}

#[test]
fn iso_2022_jp_through_a_real_server_keeps_every_character() {
    let world = World::start();
    let (haru, ai) = world.pair();
    // half-width kana (JIS X 0201, ESC ( I) is not in RFC 1468, and phones send it all the same
    let half_width = b"\x1b(I6^]J^C^<@\x1b(B\n".to_vec();
    let body = [jis("今日は①、髙橋さんと㈱まで歩いた。"), half_width, jis("～おわり－")].concat();
    let mail = by_hand(&haru.address, &haru.address, SERVICE, &body);
    assert!(mail.raw.iter().all(u8::is_ascii));
    world.send_mail(&mail);
    world.once();
    let alert = world.last(&ai, 1);
    alert.must_say("今日は①、髙橋さんと㈱まで歩いた。\nｶﾞﾝﾊﾞﾃﾞｼﾀ\n～おわり－\n");
    alert.must_say("「髙橋①」");
    // and back
    world.passes(&ai.answers(&alert, "①、髙橋さんによろしく。").form(Form::Jis));
    let passed = world.last(&haru, 2);
    assert!(passed.text.starts_with("①、髙橋さんによろしく。\n"), "{}", passed.text);
    passed.must_say("ｶﾞﾝﾊﾞﾃﾞｼﾀ");
    assert_eq!(passed.subject, "Re: 髙橋①");
}

#[test]
fn a_docomo_address_with_two_dots_is_a_client_like_any_other() {
    let world = World::start();
    let ai = world.supporter("あい", "ai@example.org");
    let client = world.client("ふう", DOCOMO, &ai);
    // From as docomo writes it: bare, or quoted
    for (n, field) in [DOCOMO.to_owned(), "\"foo..bar\"@docomo.ne.jp".to_owned()].iter().enumerate() {
        world.send_mail(&by_hand(DOCOMO, field, SERVICE, &jis(&format!("{n}回目、歩きました。"))));
        world.once();
        world.last(&ai, n + 1).must_say(&format!("{n}回目、歩きました。"));
    }
    let alert = world.last(&ai, 2);
    // the token alone carries the answer: no In-Reply-To, no References, no quote
    world.passes(&ai.writes("", "よかったですね。").to(&alert.reply_to).without_threading().form(Form::Jis));
    let passed = world.last(&client, 2);
    assert!(passed.text.starts_with("よかったですね。\n"), "{}", passed.text);
    let delivered = passed.field("Delivered-To").unwrap().replace('"', "");
    assert_eq!(delivered, DOCOMO);
    assert!(world.lab.times_asked(DOCOMO) >= 2, "the envelope had another recipient");
    // her own reply, by token alone too: thanks, and then a report
    let reply = |words: &str| by_hand(DOCOMO, DOCOMO, &passed.reply_to, &jis(words));
    world.send_mail(&reply("ありがとう"));
    world.once();
    let thanks = world.last(&ai, 3);
    thanks.must_say("お礼のひとこと");
    world.send_mail(&reply("もう一度歩きました。"));
    world.once();
    world.last(&ai, 4).must_say("もう一度歩きました。");
    assert_eq!(world.json(&["thread", DOCOMO, "--json"])["client"], "ふう");
}

#[test]
fn a_docomo_address_with_two_dots_is_a_supporter_like_any_other() {
    let world = World::start();
    let foo = world.supporter("ふう", DOCOMO);
    let haru = world.client("はる", "haru@example.jp", &foo);
    world.passes(&haru.writes("日報", "歩きました。"));
    let alert: Received = world.last(&foo, 1);
    world.send_mail(&by_hand(DOCOMO, "\"foo..bar\"@docomo.ne.jp", &alert.reply_to, &jis("すてきです。")));
    world.once();
    assert!(world.last(&haru, 2).text.starts_with("すてきです。\n"));
}
