//! Schedules as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::actions::{Page, Span, Style};
use crate::client::events;
use crate::client::server::text;
use crate::terminal;

/// Of the names in the page of one schedule.
const COLUMN: usize = 12;

/// One line a schedule: name, expression, zone, state, when it is due next, what came of it last.
pub fn table(schedules: &[Value]) -> String {
    const HEADINGS: [&str; 6] = ["NAME", "EXPRESSION", "ZONE", "STATE", "NEXT", "LAST"];
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(schedules.iter().map(row));
    let widths = [0, 1, 2, 3, 4].map(|column| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let colour = terminal::stdout_has_colour();
    let mut lines = String::new();
    for (i, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(widths.iter().chain([&0]));
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let line = cells.join("  ");
        let line = line.trim_end();
        match colour && i == 0 {
            true => lines.push_str(&format!("\x1b[1m{line}\x1b[0m\n")),
            false => lines.push_str(&format!("{line}\n")),
        }
    }
    lines
}

fn row(schedule: &Value) -> [String; 6] {
    let first = |member: &str| list(schedule, member).first();
    let of_rule = match text(schedule, "Kind") {
        "RULE" => " (rule)",
        _ => "",
    };
    [
        format!("{}{of_rule}", text(schedule, "Name")),
        text(schedule, "ScheduleExpression").to_owned(),
        text(schedule, "ScheduleExpressionTimezone").to_owned(),
        text(schedule, "State").to_owned(),
        first("Next").map_or_else(|| "-".to_owned(), local),
        first("Results").map_or_else(|| "-".to_owned(), in_short),
    ]
}

/// What came of an occurrence, and when.
fn in_short(result: &Value) -> String {
    format!("{} {}", local(&result["At"]), outcome(result))
}

/// How the execution goes that it started; else what became of it.
fn outcome(result: &Value) -> &str {
    match result.get("ExecutionStatus").and_then(Value::as_str) {
        Some(status) => status,
        None => text(result, "Status"),
    }
}

/// All about one schedule.
pub fn page(schedule: &Value) -> String {
    let mut page: Page = terminal::page();
    let mut member = |name: &str, value: String| {
        let name = Span::new(name, Style::Name);
        page.row(0, name, COLUMN, &[Span::plain(value)]);
    };
    member("Name", text(schedule, "Name").to_owned());
    member("ARN", text(schedule, "Arn").to_owned());
    let zone = text(schedule, "ScheduleExpressionTimezone");
    let expression = text(schedule, "ScheduleExpression");
    member("Timetable", format!("{expression}, {zone}"));
    for (name, of) in [("From", "StartDate"), ("Until", "EndDate")] {
        if let Some(date) = schedule.get(of) {
            member(name, both(date));
        }
    }
    if let Some(minutes) = schedule.get("MaximumWindowInMinutes") {
        member("Window", format!("within {minutes} minutes"));
    }
    member("State", text(schedule, "State").to_owned());
    member("Missed", text(schedule, "Missed").to_owned());
    member("Overlap", text(schedule, "Overlap").to_owned());
    for execution in list(schedule, "Running") {
        member("Running", execution.as_str().unwrap_or("-").to_owned());
    }
    if schedule["Queued"].as_u64().is_some_and(|queued| queued > 0) {
        member("Queued", schedule["Queued"].to_string());
    }
    let mut shown = page.finish();
    shown.push_str("\nNext\n");
    for date in list(schedule, "Next") {
        shown.push_str(&format!("  {}\n", both(date)));
    }
    if list(schedule, "Next").is_empty() {
        shown.push_str("  never, as it is now\n");
    }
    shown.push_str("\nLast results\n");
    for result in list(schedule, "Results") {
        shown.push_str(&format!("  {}\n", line(result)));
    }
    if list(schedule, "Results").is_empty() {
        shown.push_str("  none yet\n");
    }
    shown
}

/// What came of an occurrence that was asked for.
pub fn ran(ran: &Value) -> String {
    let results = list(ran, "Results");
    if ran["IsQueued"] == true {
        return "it waits for the end of the execution before it\n".to_owned();
    }
    let lines = results.iter().map(|result| format!("{}\n", line(result)));
    lines.collect()
}

fn line(result: &Value) -> String {
    let mut line = format!("{}  {:<10}", local(&result["Occurrence"]), outcome(result));
    if result["IsManual"] == true {
        line.push_str("  by hand");
    }
    if let Some(target) = result.get("TargetId").and_then(Value::as_str) {
        line.push_str(&format!("  {target}"));
    }
    if let Some(attempts) = result["Attempts"].as_u64().filter(|attempts| *attempts > 1) {
        line.push_str(&format!("  {attempts} attempts"));
    }
    for member in ["ExecutionArn", "Reason"] {
        if let Some(value) = result.get(member).and_then(Value::as_str) {
            line.push_str(&format!("  {value}"));
        }
    }
    line
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    let list = value.get(member).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Here, and in UTC.
fn both(date: &Value) -> String {
    format!(
        "{}  {}",
        local(date),
        at(date, TimeZone::UTC, "%Y-%m-%dT%H:%M:%SZ")
    )
}

fn local(date: &Value) -> String {
    at(date, TimeZone::system(), "%a %Y-%m-%d %H:%M:%S %Z")
}

fn at(date: &Value, zone: TimeZone, format: &str) -> String {
    let instant = events::millis(date).map(Timestamp::from_millisecond);
    match instant {
        Some(Ok(instant)) => instant.to_zoned(zone).strftime(format).to_string(),
        _ => "-".to_owned(),
    }
}
