//! `GET /_ui/executions`: newest first, filtered. The work of one request is bounded: where few match, an answer may hold fewer than
//! asked for, or none, and a cursor to go on with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Cursor, Error, ExecutionId, Kind, ListQuery, ListedStatus, Listing, Scope, Store};

use super::query::Query;
use super::summary::ExecutionSummary;
use super::{Console, Page, invalid, ok, unavailable};
use crate::serve::http::answers::{Answer, Refusal};

/// A request ends soon behind this, wherever it is.
const PATIENCE: Duration = Duration::from_millis(30);
/// Rows of one read while most of them do not match.
const ROWS: usize = 500;
const MAX_ITEMS: usize = 1_000;

const STATUSES: [ListedStatus; 6] = [
    ListedStatus::Running,
    ListedStatus::Succeeded,
    ListedStatus::Failed,
    ListedStatus::TimedOut,
    ListedStatus::Aborted,
    ListedStatus::PendingRedrive,
];
/// Those that have an error.
const UNSUCCESSFUL: [ListedStatus; 3] = [
    ListedStatus::Failed,
    ListedStatus::TimedOut,
    ListedStatus::Aborted,
];

/// Which executions.
pub struct Filter {
    pub scope: Scope,
    /// Empty: all.
    pub statuses: Vec<ListedStatus>,
    /// A part of the name, in lower case; likewise `error`.
    pub name: Option<String>,
    pub error: Option<String>,
    pub from_millis: Option<i64>,
}

pub fn list(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let limit = query.limit(50, 1..=MAX_ITEMS)?;
    let after = query.text("cursor").map(cursor).transpose()?;
    let filter = Filter {
        scope: scope(console, query),
        statuses: statuses(query)?,
        name: query.folded("name"),
        error: query.folded("error"),
        from_millis: query.number("from")?,
    };
    let to = query.number("to")?.map(|to| Cursor {
        start_millis: to,
        // Behind all that start later.
        execution: "".into(),
    });
    if let Scope::StateMachine(arn) = &filter.scope
        && console
            .control
            .find(arn)
            .is_ok_and(|found| found.kind == Kind::Express)
    {
        return ok(&express(console, &filter, arn, to.as_ref(), limit));
    }
    // The one that is farther down.
    let after = match (after, to) {
        (Some(after), Some(to)) if to.start_millis < after.start_millis => Some(to),
        (Some(after), _) => Some(after),
        (None, to) => to,
    };
    let page = filter.page(&*console.store, after, limit);
    ok(&page.map_err(|error| unavailable(&error))?)
}

/// Of a state machine (or a version or alias of it, or one that was deleted), of a Map Run, or all.
fn scope(console: &Console, query: &Query) -> Scope {
    use api::FoundQualifier;
    if let Some(arn) = query.text("mapRunArn") {
        return Scope::MapRun(arn.into());
    }
    let Some(arn) = query.text("stateMachineArn") else {
        return Scope::All;
    };
    match console.control.find(arn).map(|found| found.qualifier) {
        Ok(FoundQualifier::Version(_)) => Scope::Version(arn.into()),
        Ok(FoundQualifier::Alias(_)) => Scope::Alias(arn.into()),
        _ => Scope::StateMachine(arn.into()),
    }
}

fn statuses(query: &Query) -> Result<Vec<ListedStatus>, Refusal> {
    let given = query.text("status").unwrap_or_default();
    let names = given.split(',').filter(|name| !name.is_empty());
    let statuses = names.map(|name| {
        let found = STATUSES.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| {
            let known = STATUSES.map(ListedStatus::name).join(", ");
            invalid(format!(
                "There is no status '{name}': it is one of {known}."
            ))
        })
    });
    let statuses = statuses.collect::<Result<Vec<_>, _>>()?;
    Ok(match statuses.is_empty() && query.text("error").is_some() {
        true => UNSUCCESSFUL.to_vec(),
        false => statuses,
    })
}

fn cursor(text: &str) -> Result<Cursor, Refusal> {
    let parsed = text.split_once(' ').and_then(|(start_millis, execution)| {
        Some(Cursor {
            start_millis: start_millis.parse().ok()?,
            execution: execution.into(),
        })
    });
    parsed.ok_or_else(|| invalid(format!("'{text}' is no cursor of this list.")))
}

impl Filter {
    pub fn page(
        &self,
        store: &dyn Store,
        mut after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ExecutionSummary>, Error> {
        let until = Instant::now() + PATIENCE;
        let is_sparse = self.name.is_some() || self.error.is_some();
        let rows = match is_sparse {
            true => ROWS,
            // One more shows whether there are more.
            false => limit + 1,
        };
        let mut items = Vec::new();
        loop {
            let found = self.rows(store, after.as_ref(), rows)?;
            let count = found.len();
            for (at, (id, listing)) in found.into_iter().enumerate() {
                if self
                    .from_millis
                    .is_some_and(|from| listing.start_millis < from)
                {
                    return Ok(Page { items, next: None });
                }
                let place = Cursor {
                    start_millis: listing.start_millis,
                    execution: id.clone(),
                };
                items.extend(self.matching(store, &id, &listing)?);
                let is_last = at + 1 == count && count < rows;
                if items.len() == limit || is_last || (is_sparse && Instant::now() > until) {
                    let next =
                        (!is_last).then(|| format!("{} {}", place.start_millis, place.execution));
                    return Ok(Page { items, next });
                }
                after = Some(place);
            }
            if count < rows {
                return Ok(Page { items, next: None });
            }
        }
    }

    /// The newest behind a place, of all statuses that are asked for.
    fn rows(
        &self,
        store: &dyn Store,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        let list = |status| {
            store.list(&ListQuery {
                scope: self.scope.clone(),
                status,
                redriven: None,
                after: after.cloned(),
                limit,
            })
        };
        if self.statuses.is_empty() {
            return list(None);
        }
        let mut rows = Vec::new();
        for status in &self.statuses {
            rows.extend(list(Some(*status))?);
        }
        rows.sort_by(|(a, one), (b, other)| {
            other.start_millis.cmp(&one.start_millis).then(a.cmp(b))
        });
        rows.truncate(limit);
        Ok(rows)
    }

    fn matching(
        &self,
        store: &dyn Store,
        id: &ExecutionId,
        listing: &Listing,
    ) -> Result<Option<ExecutionSummary>, Error> {
        if !holds(self.name.as_ref(), &listing.name) {
            return Ok(None);
        }
        let summary = ExecutionSummary::of(id, listing).complete(store, listing)?;
        let error = summary.error.as_deref().unwrap_or_default();
        Ok(holds(self.error.as_ref(), error).then_some(summary))
    }
}

/// Whether a text holds what is looked for, if anything is.
fn holds(part: Option<&String>, text: &str) -> bool {
    part.is_none_or(|part| text.to_lowercase().contains(part))
}

/// The last ones of an Express state machine, which are in memory only.
fn express(
    console: &Console,
    filter: &Filter,
    arn: &Arc<str>,
    to: Option<&Cursor>,
    limit: usize,
) -> Page<ExecutionSummary> {
    let last = console.service.express_ring().into_iter();
    let matching = last.filter(|express| {
        let statuses = &filter.statuses;
        express.state_machine_arn == *arn
            && (statuses.is_empty() || statuses.iter().any(|s| s.name() == express.status))
            && holds(filter.name.as_ref(), &express.name)
            && holds(
                filter.error.as_ref(),
                express.error.as_deref().unwrap_or_default(),
            )
            && filter
                .from_millis
                .is_none_or(|from| express.start_millis >= from)
            && to.is_none_or(|to| express.start_millis <= to.start_millis)
    });
    Page {
        items: matching.take(limit).map(ExecutionSummary::from).collect(),
        next: None,
    }
}
