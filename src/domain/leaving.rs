//! A supporter leaves for good: she is asked for a last line to her clients. Nothing goes out in her name without her words,
//! and these wait a little, so that she may take them back.

use std::time::Duration;

use super::absence::{self, uncommon};
use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::notice::{self, LastLineStage, Notice};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter};
use super::recall;
use super::returned;
use super::token::Purpose;
use super::words::{bare, listed};

/// For so many days her last line is awaited.
pub const DAYS: i32 = 7;

/// For so long her words go to nobody, so that she may take them back.
pub const HELD: Duration = Duration::from_secs(2 * 3600);

/// She has nothing to say to them.
const NOTHING: [&str; 45] = [
    "なし",
    "なしです",
    "なしで",
    "なしでいいです",
    "なしで大丈夫です",
    "なしでお願いします",
    "ないです",
    "ありません",
    "特になし",
    "特になしです",
    "とくになし",
    "特にないです",
    "とくにないです",
    "特にありません",
    "とくにありません",
    "特にございません",
    "何もありません",
    "なにもありません",
    "いいえ",
    "いいえ結構です",
    "いえ結構です",
    "いいえ特にありません",
    "いえ特にありません",
    "いいえありません",
    "いりません",
    "不要です",
    "結構です",
    "けっこうです",
    "大丈夫です",
    "遠慮します",
    "遠慮しておきます",
    "やめておきます",
    "書きません",
    "no",
    "no thanks",
    "no thank you",
    "none",
    "nothing",
    "nothing to say",
    "nothing to add",
    "nothing from me",
    "i have nothing to say",
    "i'd rather not",
    "i would rather not",
    "not needed",
];

/// Whether she says that there is nothing to say. `names`: those that she goes by.
pub fn says_nothing(text: &str, names: &[&str]) -> bool {
    let rest = uncommon(text, names);
    !rest.is_empty() && rest.iter().all(|sentence| listed(&NOTHING, &bare(sentence)))
}

/// Whether she takes her words back, or what was said about her leaving.
pub fn takes_back(text: &str, names: &[&str]) -> bool {
    absence::takes_back(text, names) || recall::takes_back(text, names)
}

/// Her words go to nobody; she may write others until then.
pub fn taken_back(supporter: &Supporter, number: u64, words: String, until: Day) -> Decision {
    let said = notice::LastLine { stage: LastLineStage::TakenBack, clients: Vec::new(), words, until };
    Decision {
        reason: Reason::LastLineBack,
        end: End::Applied,
        changes: vec![Change::LastLineBack { number }],
        posts: vec![about_last_line(supporter, number, Kind::Notice, said)],
    }
}

/// What the decision about her reply needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// She.
    pub supporter: Supporter,
    /// The number that mails about it carry.
    pub number: u64,
    /// The names of her clients.
    pub clients: Vec<String>,
    /// What she wrote, without anybody's address.
    pub words: String,
    /// What tells in it who somebody is.
    pub found: Vec<String>,
    /// Until when she may write.
    pub until: Day,
}

/// Decides about words that are her own.
pub fn reply(facts: &Facts) -> Decision {
    let telling = !facts.found.is_empty();
    let stage = if telling { LastLineStage::Telling(facts.found.clone()) } else { LastLineStage::Kept };
    let kind = if telling { Kind::Returned } else { Kind::Notice };
    let (clients, words, until) = (facts.clients.clone(), facts.words.clone(), facts.until);
    let said = notice::LastLine { stage, clients, words: words.clone(), until };
    let kept = Change::AbsenceLine { number: facts.number, shown: words };
    Decision {
        reason: if telling { Reason::AnswerTelling } else { Reason::LastLine },
        end: End::Applied,
        changes: if telling { Vec::new() } else { vec![kept] },
        posts: vec![about_last_line(&facts.supporter, facts.number, kind, said)],
    }
}

/// To her who leaves; what she replies are her last words.
pub fn about_last_line(supporter: &Supporter, number: u64, kind: Kind, said: notice::LastLine) -> Post {
    let reply = Some(Reply { purpose: Purpose::ToAbsence, thread: number });
    Post { reply, ..returned::plain(supporter, kind, Notice::LastLine(said)) }
}

/// To a client of hers; what she replies is a letter.
pub fn to_client(client: &Client, kind: Kind, notice: Notice) -> Post {
    Post {
        kind,
        to: Recipient::Client(client.clone()),
        notice,
        client: Some(client.id),
        day: None,
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: client.thread_ref }),
        conversation: Conversation::None,
        held_for: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locale::Locale;
    use crate::domain::people::SupporterId;

    #[test]
    fn whoever_has_nothing_to_say_says_nothing_to_her_clients() {
        let check = |words: &str, nothing: bool, back: bool| {
            let found = (says_nothing(words, &["あい"]), takes_back(words, &["あい"]));
            assert_eq!(found, (nothing, back), "{words}");
        };
        check("特にありません。", true, false);
        check("なし", true, false);
        check("お世話になっております。\nいいえ、結構です。\nあい", true, false);
        check("No, thank you.", true, false);
        check("I'd rather not, thanks.", false, false); // in doubt they are words, and wait
        check("待ってください", false, true);
        check("取り消し", false, true);
        check("undo", false, true);
        check("", false, false);
        check("何も言うことはありません。お元気で。", false, false);
        check("待っています。", false, false);
    }

    #[test]
    fn her_words_are_kept_for_her_clients_unless_they_tell_who_she_is() {
        let check = |found: &[&str], reason: Reason, changes: usize, kind: Kind| {
            let supporter = Supporter {
                id: SupporterId(1),
                name: "あい".to_owned(),
                locale: Locale::Ja,
                principal_ref: 7,
                epoch: 0,
                hours: crate::domain::hours::OwnHours::default(),
                pool: false,
                addresses: Vec::new(),
            };
            let decision = reply(&Facts {
                supporter,
                number: 5,
                clients: vec!["はる".to_owned()],
                words: "お元気で。".to_owned(),
                found: found.iter().map(|it| (*it).to_owned()).collect(),
                until: Day::parse("2026-12-08").expect("a day"),
            });
            assert_eq!((decision.reason, decision.changes.len()), (reason, changes));
            assert_eq!(decision.posts.iter().map(|post| post.kind).collect::<Vec<_>>(), [kind]);
        };
        check(&[], Reason::LastLine, 1, Kind::Notice);
        check(&["090-1234-5678"], Reason::AnswerTelling, 0, Kind::Returned);
    }
}
