use super::*;

const NOW: &str = "2026-12-03T12:30:00Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn loop_(which: Loop, success: Option<&str>, failure: Option<(&str, &str, &str)>) -> HealthView {
    HealthView {
        which,
        last_success_at: success.map(at),
        last_failure_at: failure.map(|(time, _, _)| at(time)),
        failure: failure.map_or_else(String::new, |(_, why, _)| why.to_owned()),
        remedy: failure.map_or_else(String::new, |(_, _, remedy)| remedy.to_owned()),
    }
}

fn report(client: &str, day: &str, since: &str, due_at: &str, holder: Option<&str>) -> WaitingView {
    WaitingView {
        client: client.to_owned(),
        day: day.to_owned(),
        follow_up: false,
        since: at(since),
        due_at: at(due_at),
        holder: holder.map(str::to_owned),
        stage: "alerted".to_owned(),
        told_at: None,
    }
}

fn folder(
    role: FolderRole,
    name: &str,
    swept: Option<&str>,
    healed: Option<&str>,
    failure: &str,
) -> FolderView {
    FolderView {
        role,
        folder: name.to_owned(),
        swept_at: swept.map(at),
        healed: healed.map_or(0, |_| 2),
        healed_at: healed.map(at),
        failure: failure.to_owned(),
    }
}

fn oldest(state: &str, count: i64, id: i64, since: &str, what: &str, person: &str) -> OldestView {
    let word = str::to_owned;
    OldestView { state: word(state), count, id, since: at(since), what: word(what), person: word(person) }
}

/// What a person in Japan reads at half past nine in the evening; and whether the exit status says that all is well.
fn check(view: StatusView, expected: &str, well: bool) {
    let look = look(view, None, at(NOW));
    let mut page = Page::whole();
    lay_out(&mut page, &look, &Zone::named("Asia/Tokyo").unwrap());
    assert_eq!(page.text(), expected);
    assert_eq!(look.troubles.is_empty(), well);
}

#[test]
fn before_anything_has_run_it_says_how_to_begin() {
    check(StatusView::default(), include_str!("../../../fixtures/status/before-anything-has-run.txt"), true);
}

#[test]
fn on_a_good_day_it_says_so_and_who_waits() {
    let (day, since, due) = ("2026-12-03", "2026-12-03T12:10:00Z", "2026-12-04T12:10:00Z");
    let view = StatusView {
        waiting: vec![
            report("はる", day, since, due, Some("あい")),
            report("佐々木 健太郎", day, since, due, Some("みどり")),
        ],
        health: vec![
            loop_(Loop::Fetch, Some("2026-12-03T12:28:00Z"), None),
            loop_(
                Loop::Submit,
                Some("2026-12-03T12:11:00Z"),
                Some(("2026-12-01T00:00:00Z", "connect 0", "look at host")),
            ),
        ],
        folders: vec![
            folder(FolderRole::Main, "INBOX", Some("2026-12-03T12:00:00Z"), Some("2026-12-01T00:00:00Z"), ""),
            folder(FolderRole::Junk, "", None, None, "the server has no folder for junk\nwrite its name"),
        ],
        open: vec![oldest("held", 1, 7, since, "pass_on", "はる")],
        mails: vec![CountView { state: "applied".to_owned(), what: "report".to_owned(), count: 12 }],
        ..StatusView::default()
    };
    check(view, include_str!("../../../fixtures/status/a-good-day.txt"), true);
}

#[test]
fn who_has_no_second_one_is_named_in_a_line() {
    let check = |many: usize, expected: &str| {
        let without_second = (1..=many).map(|n| format!("c{n}")).collect();
        let look = look(StatusView { without_second, ..StatusView::default() }, None, at(NOW));
        let mut page = Page::whole();
        lay_out(&mut page, &look, &Zone::UTC);
        let text = page.text();
        let line = text.lines().find(|line| line.starts_with("without")).unwrap_or_default();
        assert_eq!(line, expected);
        assert!(look.troubles.is_empty());
    };
    check(0, "");
    check(1, "without a second one: c1; yorisoi assign CLIENT --propose");
    check(5, "without a second one: c1, c2, c3, c4, c5; yorisoi assign CLIENT --propose");
    check(12, "without a second one: c1, c2, c3, c4, c5 and 7 more; yorisoi assign CLIENT --propose");
}

#[test]
fn what_came_after_an_answer_is_told_apart() {
    let again = WaitingView {
        follow_up: true,
        ..report("はる", "2026-12-03", "2026-12-03T12:10:00Z", "2026-12-04T12:10:00Z", Some("あい"))
    };
    let look = look(StatusView { waiting: vec![again], ..StatusView::default() }, None, at(NOW));
    let mut page = Page::whole();
    lay_out(&mut page, &look, &Zone::named("Asia/Tokyo").unwrap());
    let text = page.text();
    assert!(text.contains("23 h left, again"), "{text}");
}

#[test]
fn on_a_bad_day_every_trouble_comes_first_with_its_cure() {
    let since = "2026-12-02T03:00:00Z";
    let view = StatusView {
        waiting: vec![
            report("はる", "2026-12-01", "2026-12-01T12:10:00Z", "2026-12-02T12:10:00Z", Some("あい")),
            report("なつ", "2026-12-03", "2026-12-03T12:10:00Z", "2026-12-04T12:10:00Z", None),
        ],
        health: vec![
            loop_(
                Loop::Fetch,
                Some("2026-12-03T11:00:00Z"),
                Some(("2026-12-03T12:29:00Z", "the connection was lost", "it is tried again by itself")),
            ),
            loop_(Loop::Submit, None, Some(("2026-12-03T12:00:00Z", "auth 535", "set the password right"))),
        ],
        folders: vec![
            folder(FolderRole::Main, "INBOX", Some("2026-12-03T11:00:00Z"), None, ""),
            folder(
                FolderRole::Junk,
                "迷惑メール",
                Some("2026-12-01T11:00:00Z"),
                None,
                "EXAMINE was refused (Folder)\nset it right",
            ),
        ],
        open: vec![
            oldest("expired", 1, 3, since, "alert", "あい"),
            oldest("failed", 2, 4, since, "pass_on", "はる"),
            oldest("queued", 5, 9, since, "alert", "あい"),
            oldest("unresolved", 1, 6, since, "receipt", "はる"),
        ],
        quarantined: Some(oldest("quarantined", 3, 8, since, "panicked", "")),
        suspended: vec![SuspendedView {
            person: "はる".to_owned(),
            address: "haru@docomo.ne.jp".to_owned(),
            status: "5.1.1".to_owned(),
            since: since.to_owned(),
        }],
        ..StatusView::default()
    };
    check(view, include_str!("../../../fixtures/status/a-bad-day.txt"), false);
}

#[test]
fn a_daemon_that_is_not_heard_of_is_a_trouble_and_one_with_nothing_to_send_is_none() {
    let old = Some("2026-12-02T12:00:00Z");
    let view = StatusView {
        health: vec![loop_(Loop::Fetch, old, None), loop_(Loop::Submit, old, None)],
        ..StatusView::default()
    };
    check(view, include_str!("../../../fixtures/status/a-daemon-that-is-silent.txt"), false);
}

#[test]
fn of_success_and_failure_the_later_one_counts() {
    let check = |success: Option<&str>, failure: Option<&str>, expected: Condition| {
        let failure = failure.map(|time| (time, "the connection was lost", "wait"));
        let seen = health(Loop::Fetch, Some(&loop_(Loop::Fetch, success, failure)), at(NOW));
        assert!(seen.condition == expected, "{success:?} {failure:?}");
        assert_eq!(seen.failure.is_empty(), expected != Condition::Fails);
    };
    let (early, late) = (Some("2026-12-03T12:20:00Z"), Some("2026-12-03T12:29:00Z"));
    check(late, early, Condition::Works);
    check(late, late, Condition::Works);
    check(early, late, Condition::Fails);
    check(None, late, Condition::Fails);
    check(late, None, Condition::Works);
}

#[test]
fn a_disk_without_room_or_that_cannot_be_written_needs_a_look() {
    let check = |free, read_only, expected: &[&str]| {
        let disk = Disk { free, read_only };
        assert_eq!(look(StatusView::default(), Some(disk), at(NOW)).troubles, expected);
    };
    check(200 << 20, false, &[]);
    check(
        (200 << 20) - 1,
        false,
        &["the disk that holds data_dir has 199 MiB free: nothing is fetched until there is more room"],
    );
    check(1 << 40, true, &["the disk that holds data_dir is mounted read-only: nothing can be kept or sent"]);
}
