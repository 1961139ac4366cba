//! An action as a page, for people.

use service_models::{AcceptorState, Expected, Matcher, Operation, Waiter};
use states_language::integration::Parameters;
use states_language::resource::Pattern;

use super::{Pages, argument, expected, failures, removed};
use crate::actions::{Action, Cut, Field, Page, Span, Style, inputs, protocol_name, results};
use crate::terminal;

/// Values of an enumeration that are shown.
const SHOWN_VALUES: usize = 20;

pub fn shown(action: &Action, snippet: Option<&str>, depth: usize) -> String {
    let mut page = terminal::page();
    head(&mut page, action);
    let mut types = Vec::new();
    match (
        action.operation(),
        action.optimized().map(|o| &o.parameters),
    ) {
        (Some(operation), _) => {
            let mut parameters = inputs(operation, depth);
            // An optimized integration answers and fails in an older SDK's names.
            let of_sdk = match action.is_optimized() {
                true => " of the AWS SDK integration",
                false => "",
            };
            if action.is_optimized() {
                parameters.retain(|field| !removed(action).contains(&field.name));
            }
            page.heading("Parameters");
            tree(&mut page, &parameters, &mut types);
            page.heading(&format!("Result{of_sdk}"));
            tree(&mut page, &results(operation, depth), &mut types);
            page.heading(&format!("Errors{of_sdk}"));
            errors(&mut page, operation);
            if let Some(paginator) = operation.paginator() {
                page.heading("Pages");
                pages_section(&mut page, action, &Pages::of(operation, paginator));
            }
            if operation.waiters().next().is_some() {
                page.heading("Waiters");
                operation
                    .waiters()
                    .for_each(|w| waiter_section(&mut page, operation, w));
            }
        }
        (None, Some(Parameters::Listed(names))) => {
            page.heading("Parameters");
            page.row(2, Span::plain(""), 2, &[Span::plain(names.join(", "))]);
        }
        _ => {}
    }
    optimized_section(&mut page, action);
    if let Some(snippet) = snippet {
        page.heading("Snippet");
        page.verbatim(2, snippet);
    }
    legend(&mut page, &types);
    page.finish()
}

fn head(page: &mut Page, action: &Action) {
    const COLUMN: usize = 11;
    let mut row = |name: &str, spans: &[Span]| page.row(0, Span::faint(name), COLUMN, spans);
    row("Action", &[Span::new(action.name(), Style::Heading)]);
    if let Some(operation) = action.operation() {
        let service = operation.service();
        row(
            "API",
            &[Span::plain(format!(
                "{}, {}",
                service.full_name(),
                operation.name()
            ))],
        );
    }
    row("Resource", &[Span::new(action.arn(), Style::Name)]);
    match action.refusal() {
        Some(reason) => row("", &[Span::new(reason, Style::Attention)]),
        None => {
            let access = match action.access() {
                "read" => Span::new("reads", Style::Calm),
                _ => Span::new("writes", Style::Attention),
            };
            row("Access", &[access]);
        }
    }
    if let Some(operation) = action.operation() {
        row(
            "Protocol",
            &[Span::plain(protocol_name(operation.service().protocol()))],
        );
        let iam = operation.iam_actions();
        if !iam.is_empty() {
            row("IAM", &[Span::plain(iam.join(", "))]);
        }
        if operation.is_deprecated() {
            row("", &[Span::new("deprecated", Style::Attention)]);
        }
        row("Reference", &[Span::plain(operation.reference_url())]);
    }
}

/// The members of a structure as a tree; kinds of values that need a word are noted in `types`.
fn tree(page: &mut Page, fields: &[Field], types: &mut Vec<String>) {
    if fields.is_empty() {
        page.row(2, Span::faint("none: {}"), 0, &[]);
        return;
    }
    let column = column(fields, 2).min(44);
    branch(page, fields, 2, column, types);
}

/// Where types start: two columns after the longest name.
fn column(fields: &[Field], indent: usize) -> usize {
    let ends = fields
        .iter()
        .map(|field| (indent + field.name.len() + 2).max(column(&field.fields, indent + 2)));
    ends.max().unwrap_or(0)
}

fn branch(
    page: &mut Page,
    fields: &[Field],
    indent: usize,
    column: usize,
    types: &mut Vec<String>,
) {
    for field in fields {
        types.push(field.type_words.clone());
        let spans = type_spans(field);
        page.row(indent, Span::new(field.name, Style::Name), column, &spans);
        branch(page, &field.fields, indent + 2, column, types);
    }
}

/// `string, required, one of a | b`.
fn type_spans(field: &Field) -> Vec<Span> {
    let mut parts = vec![vec![Span::plain(&*field.type_words)]];
    if field.is_filled_in {
        let note = "filled in when absent, the same for a call that is repeated";
        parts.push(vec![Span::faint(note)]);
    } else if field.is_required {
        parts.push(vec![Span::new("required", Style::Attention)]);
    }
    if field.is_deprecated {
        parts.push(vec![Span::faint("deprecated")]);
    }
    if let [_, ..] = field.values {
        let shown: Vec<&str> = field.values.iter().take(SHOWN_VALUES).copied().collect();
        let mut part = vec![Span::faint("one of"), Span::plain(shown.join(" | "))];
        let more = field.values.len() - shown.len();
        if more > 0 {
            part.push(Span::faint(format!("… and {more} more (--output json)")));
        }
        parts.push(part);
    }
    match field.cut {
        Some(Cut::Recursive) => parts.push(vec![Span::faint("as the one around it")]),
        Some(Cut::Depth(members)) => parts.push(vec![Span::faint(format!(
            "… {members} member{} (--depth)",
            if members == 1 { "" } else { "s" }
        ))]),
        None => {}
    }
    let last = parts.len() - 1;
    for part in parts.iter_mut().take(last) {
        if let Some(span) = part.last_mut() {
            span.append(",");
        }
    }
    parts.concat()
}

fn errors(page: &mut Page, operation: Operation) {
    let failures = failures(operation);
    let longest = failures.iter().map(|failure| failure.name.len()).max();
    let column = longest.unwrap_or(0).min(60) + 4;
    for failure in failures {
        let status = failure.status.map(|status| format!("HTTP {status}"));
        let notes = [status.as_deref().unwrap_or_default(), failure.note];
        let notes: Vec<Span> = notes
            .into_iter()
            .filter(|note| !note.is_empty())
            .map(Span::faint)
            .collect();
        page.row(2, Span::new(failure.name, Style::Error), column, &notes);
    }
}

fn pages_section(page: &mut Page, action: &Action, pages: &Pages) {
    const COLUMN: usize = 13;
    let mut row = |name: &str, spans: &[Span]| page.row(2, Span::faint(name), COLUMN, spans);
    for (to, from) in pages.input_tokens.iter().zip(&pages.output_tokens) {
        row(
            "next page",
            &[
                Span::new(to, Style::Name),
                Span::plain("of the next call is"),
                Span::new(from, Style::Name),
                Span::plain("of the result"),
            ],
        );
    }
    let end = match &pages.more_results {
        Some(more) => format!("when {more} is false"),
        None => "when the result has none".to_owned(),
    };
    row("last page", &[Span::plain(end)]);
    row("items", &[Span::plain(pages.results.join(", "))]);
    if let Some(limit) = &pages.limit {
        row("page size", &[Span::plain(limit.as_str())]);
    }
    let command = format!("stepwright action {} --pages --snippet", action.name());
    row("loop", &[Span::plain(command)]);
}

fn waiter_section(page: &mut Page, operation: Operation, waiter: &Waiter) {
    page.row(
        2,
        Span::new(waiter.name, Style::Name),
        waiter.name.len() + 4,
        &[Span::faint(format!(
            "every {} seconds, at most {} times",
            waiter.delay_seconds, waiter.max_attempts
        ))],
    );
    for acceptor in &waiter.acceptors {
        let (name, style) = match acceptor.state {
            AcceptorState::Success => ("done", Style::Calm),
            AcceptorState::Failure => ("fails", Style::Error),
            AcceptorState::Retry => ("goes on", Style::Plain),
        };
        let expected = expected(operation, acceptor);
        let path = argument(operation, acceptor);
        let when = match acceptor.matcher {
            Matcher::Path => format!("{path} is {expected}"),
            Matcher::PathAll => format!("all of {path} are {expected}"),
            Matcher::PathAny => format!("any of {path} is {expected}"),
            Matcher::Error if matches!(acceptor.expected, Expected::Boolean(false)) => {
                "no error".to_owned()
            }
            Matcher::Error if matches!(acceptor.expected, Expected::Boolean(true)) => {
                "any error".to_owned()
            }
            Matcher::Error => expected,
            Matcher::Status => format!("HTTP {expected}"),
        };
        page.row(
            4,
            Span::new(name, style),
            13,
            &[Span::plain(format!("when {when}"))],
        );
    }
}

fn optimized_section(page: &mut Page, action: &Action) {
    let Some(optimized) = action.optimized() else {
        return;
    };
    page.heading("Optimized integration");
    let longest = optimized.patterns().iter().map(|p| optimized.arn(*p).len());
    let column = longest.max().unwrap_or(0) + 4;
    for pattern in optimized.patterns() {
        let does = match pattern {
            Pattern::RequestResponse => "goes on with the answer",
            Pattern::Sync => "waits for the end of the job",
            Pattern::Sync2 => "the same, its output as JSON",
            Pattern::WaitForTaskToken => "waits for SendTaskSuccess with the token",
        };
        let arn = optimized.arn(*pattern);
        page.row(2, Span::new(arn, Style::Name), column, &[Span::faint(does)]);
    }
    let removed = removed(action);
    if !removed.is_empty() {
        let names = Span::plain(removed.join(", "));
        page.row(2, Span::faint("without"), 11, &[names]);
    }
    if action.operation().is_some() {
        let note = "Its result and its errors have names of their own, those of an older SDK.";
        page.row(2, Span::plain(""), 2, &[Span::faint(note)]);
    }
}

/// What kinds of values that are no JSON look like in a workflow.
fn legend(page: &mut Page, types: &[String]) {
    const KINDS: &[(&str, &str)] = &[
        (
            "timestamp",
            "text in ISO 8601, such as 2026-01-31T12:00:00Z; results have it too",
        ),
        (
            "blob",
            "text, sent as its UTF-8 bytes; objects, lists and numbers are sent as JSON. In results text, or base64 of bytes \
             that are no UTF-8",
        ),
        (
            "streaming",
            "a body of any length, read and sent as one text; the limit on the size of a state's data counts",
        ),
        ("document", "any JSON value"),
        (
            "JSON as text",
            "an object or a list; it travels as JSON text",
        ),
        ("union", "a structure of which exactly one member is given"),
    ];
    let used: Vec<_> = KINDS
        .iter()
        .filter(|(kind, _)| types.iter().any(|words| words.contains(kind)))
        .collect();
    if used.is_empty() {
        return;
    }
    page.heading("Kinds of values");
    for (kind, meaning) in used {
        page.row(2, Span::plain(*kind), 16, &[Span::faint(*meaning)]);
    }
}
