//! Notices become text through the templates in `templates/<locale>/<notice>/{subject,body}.txt`.
//!
//! The templates are part of the program: they are compiled at start, and a missing value is an error, never an
//! empty place in a letter. Line breaks are the template's; what a person wrote is never re-wrapped.

mod absence;
mod days_off;
mod handover;
mod meaning;
mod pool;
mod reading;
mod set_aside;
mod words;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::domain::calendar::Calendar;
use crate::domain::locale::Locale;
use crate::domain::notice::Notice;

/// A rendered notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Lines ending in LF.
    pub body: String,
}

/// The template and the value that did not fit together. A fault of ours, never of a mail.
#[derive(Debug, thiserror::Error)]
#[error("template {template}: {kind:?}")]
pub struct RenderError {
    template: String,
    kind: minijinja::ErrorKind,
}

/// The compiled templates.
pub struct Renderer {
    templates: Environment<'static>,
}

macro_rules! templates {
    ($($notice:literal),*) => {
        [$(
            (concat!("ja/", $notice, "/subject.txt"), include_str!(concat!("../../templates/ja/", $notice, "/subject.txt"))),
            (concat!("ja/", $notice, "/body.txt"), include_str!(concat!("../../templates/ja/", $notice, "/body.txt"))),
            (concat!("en/", $notice, "/subject.txt"), include_str!(concat!("../../templates/en/", $notice, "/subject.txt"))),
            (concat!("en/", $notice, "/body.txt"), include_str!(concat!("../../templates/en/", $notice, "/body.txt"))),
        )*]
    };
}

const TEMPLATES: [(&str, &str); 216] = templates!(
    "alert",
    "follow_up",
    "pass_on",
    "receipt",
    "confirmation",
    "telling",
    "meaning",
    "to_office",
    "office_reads",
    "memo_kept",
    "hidden",
    "shown",
    "returned",
    "recall",
    "other_address",
    "left_out",
    "copied",
    "introduction",
    "wish",
    "changed",
    "truth",
    "writing",
    "unanswered",
    "absence",
    "absence_withdrawn",
    "absence_asked",
    "absence_unclear",
    "days_off",
    "days_off_asked",
    "set_aside",
    "set_aside_over",
    "handed_on",
    "answered",
    "handover",
    "stand_in",
    "line",
    "back",
    "given_back",
    "last_line",
    "successor",
    "farewell",
    "left",
    "pool_ask",
    "pool_unclear",
    "pool_over",
    "pool_lapsed",
    "reading_ask",
    "reading_company",
    "reading_back",
    "reading_over",
    "reading_late",
    "reading_office",
    "office",
    "stopped"
);

impl Renderer {
    /// Compiles every template for the service of this name.
    ///
    /// # Errors
    /// A template that does not compile.
    pub fn new(service: &str) -> Result<Self, RenderError> {
        let mut templates = Environment::new();
        templates.add_global("service", service);
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        let syntax = syntax.map_err(|e| RenderError { template: "syntax".to_owned(), kind: e.kind() })?;
        templates.set_syntax(syntax);
        templates.set_fuel(Some(1_000_000));
        for (name, source) in TEMPLATES {
            templates
                .add_template(name, source)
                .map_err(|e| RenderError { template: name.to_owned(), kind: e.kind() })?;
        }
        Ok(Self { templates })
    }

    /// Renders a notice for a reader of `locale`, whose days are those of `calendar`.
    ///
    /// # Errors
    /// A template that asks for a value that its notice does not have.
    pub fn render(
        &self,
        notice: &Notice,
        locale: Locale,
        calendar: &Calendar,
    ) -> Result<Rendered, RenderError> {
        let (name, values) = values(notice, locale, calendar);
        let one = |part: &str| {
            let template = format!("{}/{name}/{part}.txt", locale.word());
            let rendered = self.templates.get_template(&template).and_then(|t| t.render(&values));
            rendered.map_err(|e| RenderError { template, kind: e.kind() })
        };
        let subject = one("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Rendered { subject, body: tidy(&one("body")?) })
    }
}

/// No blank lines at the ends; exactly one LF at the end.
fn tidy(body: &str) -> String {
    format!("{}\n", body.trim_matches('\n'))
}

fn values(notice: &Notice, locale: Locale, calendar: &Calendar) -> (&'static str, Value) {
    match notice {
        Notice::Alert(n) => ("alert", words::alert(n, locale, calendar)),
        Notice::FollowUp(n) => {
            let (short, day) = (n.day.short(locale), n.day.long(locale));
            (
                "follow_up",
                context! { short, day, client => n.client.clone(), text => n.text.trim_matches('\n').to_owned() },
            )
        }
        Notice::PassOn(n) => ("pass_on", words::pass_on(n, locale)),
        Notice::Receipt(n) => ("receipt", words::receipt(n, locale, calendar)),
        Notice::Confirmation(n) => ("confirmation", words::confirmation(n, locale)),
        Notice::Telling(n) => ("telling", words::telling(n, locale)),
        Notice::Meaning(n) => ("meaning", meaning::asked(n, locale)),
        Notice::ToOffice(n) => ("to_office", meaning::to_office(n, locale)),
        Notice::OfficeReads(n) => ("office_reads", meaning::office_reads(n)),
        Notice::MemoKept(n) => ("memo_kept", meaning::memo_kept(n)),
        Notice::Hidden(n) => ("hidden", words::hidden(n, locale)),
        Notice::Shown(n) => ("shown", words::shown(n, locale)),
        Notice::Returned(n) => ("returned", words::returned(n)),
        Notice::Recall(n) => ("recall", words::recall(n, locale, calendar)),
        Notice::OtherAddress(n) => ("other_address", words::other_address(n)),
        Notice::LeftOut(n) => ("left_out", words::left_out(n, locale)),
        Notice::Introduction(n) => ("introduction", words::introduction(n)),
        Notice::Wish(n) => ("wish", words::wish(n)),
        Notice::Changed(n) => ("changed", words::changed(n)),
        Notice::Truth(n) => ("truth", words::truth(n, locale, calendar)),
        Notice::Writing(n) => ("writing", words::writing(n, locale, calendar)),
        Notice::Unanswered(n) => ("unanswered", words::unanswered(n, locale, calendar)),
        Notice::Copied(n) => ("copied", context! { others => n.others }),
        Notice::Absence(n) => ("absence", absence::written_down(n, locale)),
        Notice::AbsenceWithdrawn(n) => ("absence_withdrawn", absence::withdrawn(n, locale)),
        Notice::AbsenceAsked(n) => ("absence_asked", absence::asked(n, locale)),
        Notice::AbsenceUnclear(n) => ("absence_unclear", absence::unclear(n, locale)),
        Notice::DaysOff(n) => ("days_off", days_off::said(n, locale)),
        Notice::DaysOffAsked(n) => ("days_off_asked", days_off::asked(n, locale)),
        Notice::SetAside(n) => ("set_aside", set_aside::question(n, locale, calendar)),
        Notice::SetAsideOver(n) => ("set_aside_over", set_aside::over(n)),
        Notice::HandedOn(n) => ("handed_on", set_aside::handed_on(n, locale)),
        Notice::Answered(n) => ("answered", set_aside::answered(n, locale)),
        Notice::Handover(n) => ("handover", handover::letter(n, locale)),
        Notice::StandIn(n) => ("stand_in", handover::stand_in(n, locale)),
        Notice::Line(n) => ("line", handover::line(n, locale)),
        Notice::Back(n) => ("back", handover::back(n, locale, calendar)),
        Notice::LastLine(n) => ("last_line", handover::last_line(n, locale)),
        Notice::Successor(n) => ("successor", handover::successor(n)),
        Notice::Farewell(n) => ("farewell", handover::farewell(n)),
        Notice::Left(n) => ("left", handover::left(n)),
        Notice::GivenBack(n) => ("given_back", handover::given_back(n, locale)),
        Notice::Office(n) => ("office", words::office(n)),
        Notice::Pool(n) => pool::values(n, locale, calendar),
        Notice::Reading(n) => reading::values(n, locale, calendar),
        Notice::Stopped(n) => ("stopped", words::stopped(n, locale, calendar)),
    }
}
