//! `stepwright actions`: the services, or the actions that a search finds.

use serde_json::{Value, json};
use service_models::search::{Query, ServiceNames};
use service_models::{Service, catalog};
use states_language::integration;
use states_language::resource::Pattern;

use crate::actions::{
    Action, Integration, Page, Span, Style, decode_all, pattern_name, protocol_name,
};
use crate::args::{ActionsArgs, Output};
use crate::error::CliError;
use crate::terminal;

/// Lines of a terminal that belong to the prompt and to what is said about the list.
const ROWS_BESIDE: usize = 3;

/// 0, or 1 when nothing is found.
pub fn actions(args: &ActionsArgs) -> Result<u8, CliError> {
    let text = args.search.join(" ");
    let query = Query::new(&text);
    decode_all();
    if query.is_empty() {
        return services(args).map(|()| 0);
    }
    let mut found = search(&query);
    if found.is_empty()
        && let Some(corrected) = catalog().correction(&query)
    {
        found = search(&Query::new(&corrected));
        if !found.is_empty() {
            terminal::tell(&format!(
                "nothing matches '{text}'; did you mean '{corrected}'?\n"
            ));
        }
    }
    match args.output {
        Output::Json => {
            let list = found.iter().map(Action::summary).collect();
            terminal::print_json(&Value::Array(list))?;
        }
        Output::Text => print_actions(&found, args.all)?,
    }
    if found.is_empty() {
        terminal::tell(&format!(
            "nothing matches '{text}'; `stepwright actions` lists all services\n"
        ));
    }
    Ok(found.is_empty().into())
}

/// The best first; an optimized integration follows the API's own action.
fn search(query: &Query) -> Vec<Action> {
    let mut ranked: Vec<(u32, Action)> = Vec::new();
    for (rank, operation) in catalog().search(query) {
        let action = Action::of(operation);
        ranked.push((rank, action));
        ranked.extend(action.optimized().map(|o| (rank, Action::of_optimized(o))));
    }
    for optimized in integration::all() {
        if optimized.operation().is_none() {
            let service = catalog().service_by_any_name(optimized.service);
            let names = [Some(optimized.service), service.map(Service::full_name)];
            let names = ServiceNames::new(names.into_iter().flatten());
            let rank = query.rank(&names, optimized.action);
            ranked.extend(rank.map(|rank| (rank, Action::of_optimized(optimized))));
        }
    }
    ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    ranked.into_iter().map(|(_, action)| action).collect()
}

fn print_actions(found: &[Action], all: bool) -> Result<(), CliError> {
    let shown = shown(found.len(), all);
    let label = |action: &Action| match action.is_optimized() {
        true => format!("{} (optimized)", action.name()),
        false => action.name(),
    };
    let widest = found.iter().take(shown).map(|a| label(a).len()).max();
    let column = widest.unwrap_or(0) + 2;
    let mut page = terminal::page();
    for action in found.iter().take(shown) {
        page.row(
            0,
            Span::new(label(action), Style::Name),
            column,
            &notes(action),
        );
    }
    say_what_is_left(
        &mut page,
        found.len() - shown,
        "narrow the search, or --all",
    );
    terminal::print(&page.finish())
}

fn notes(action: &Action) -> Vec<Span> {
    if let Some(reason) = action.refusal() {
        return vec![Span::new(reason, Style::Attention)];
    }
    let mut notes = vec![match action.access() {
        "read" => Span::new("reads", Style::Calm),
        _ => Span::new("writes", Style::Attention),
    }];
    if let Integration::Optimized(optimized) = action.integration {
        let patterns = optimized.patterns().iter();
        notes.extend(
            patterns
                .filter(|pattern| **pattern != Pattern::RequestResponse)
                .map(|pattern| Span::faint(pattern_name(*pattern))),
        );
    }
    if action.operation().is_some_and(|o| o.is_deprecated()) {
        notes.push(Span::faint("deprecated"));
    }
    notes
}

fn services(args: &ActionsArgs) -> Result<(), CliError> {
    let mut services: Vec<&'static Service> = catalog().services().collect();
    services.sort_by_key(|service| service.segment());
    if args.output == Output::Json {
        let list = services.iter().map(|service| {
            json!({
                "service": service.segment(),
                "name": service.full_name(),
                "serviceId": service.service_id(),
                "botoName": service.boto_name(),
                "errorPrefix": service.exception_prefix(),
                "protocol": protocol_name(service.protocol()),
                "actions": service.operations().len(),
            })
        });
        return terminal::print_json(&list.collect());
    }
    let shown = shown(services.len(), args.all);
    let longest = services.iter().map(|service| service.segment().len()).max();
    let width = longest.unwrap_or(0);
    let actions: usize = services.iter().map(|s| s.operations().len()).sum();
    let mut page = terminal::page();
    for service in services.iter().take(shown) {
        let (segment, count) = (service.segment(), service.operations().len());
        page.row(
            0,
            Span::new(format!("{segment:width$} {count:>5}"), Style::Name),
            width + 8,
            &[Span::faint(service.full_name())],
        );
    }
    let left = services.len() - shown;
    say_what_is_left(&mut page, left, "name one, search for an action, or --all");
    if left == 0 {
        let total = format!("{} services, {actions} actions", services.len());
        page.row(0, Span::faint(total), 0, &[]);
    }
    terminal::print(&page.finish())
}

/// How many of that many lines are shown: what a terminal holds, everything elsewhere.
fn shown(lines: usize, all: bool) -> usize {
    match terminal::stdout_size() {
        Some((_, rows)) if !all && lines + ROWS_BESIDE > rows => {
            lines.min(rows.saturating_sub(ROWS_BESIDE).max(10))
        }
        _ => lines,
    }
}

fn say_what_is_left(page: &mut Page, left: usize, advice: &str) {
    if left > 0 {
        page.row(
            0,
            Span::faint(format!("… and {left} more; {advice}")),
            0,
            &[],
        );
    }
}
