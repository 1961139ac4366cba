//! The tree of states as it stands: a line a state, with the running branches and items below it.

use interpreter::event::StateType;

use super::duration::{clock, countdown};
use super::line::{BOLD, DIM, FAILED, Line, PLAIN, RETRYING, RUNNING, SUCCEEDED, WAITING};
use super::model::{Frame, Items, Model, Visit, VisitStatus};
use super::plain::{counted, of};

/// Columns of a Map's bar.
const BAR: u64 = 16;

/// The most lines below one state, and the least there are when the terminal is low.
const CHILDREN: std::ops::RangeInclusive<usize> = 3..=12;

/// What to show now, in at most `rows` lines.
pub fn picture(model: &Model, now_millis: i64, rows: usize) -> Vec<Line> {
    let Some(root) = model.root() else {
        return Vec::new();
    };
    let painter = Painter { model, now_millis };
    let shown: Vec<&Visit> = root.visited.iter().filter(|v| is_shown(v)).collect();
    let mut room = rows
        .saturating_sub(shown.len())
        .clamp(*CHILDREN.start(), *CHILDREN.end());
    let mut lines = Vec::new();
    for visit in shown {
        lines.push(painter.visit(visit));
        let is_current = root
            .visit()
            .is_some_and(|current| current.name == visit.name);
        if is_current {
            painter.children(root, 1, &mut room, &mut lines);
        }
    }
    // The oldest states give way.
    if lines.len() > rows {
        let hidden = lines.len() - rows.saturating_sub(1);
        lines.drain(..hidden);
        let earlier = format!("… {hidden} earlier lines");
        lines.insert(0, Line::new().add(DIM, earlier));
    }
    lines
}

/// A state that only moves data is shown while something is the matter with it.
fn is_shown(visit: &Visit) -> bool {
    match visit.state_type {
        StateType::Pass | StateType::Choice | StateType::Succeed => {
            !matches!(visit.status, VisitStatus::Succeeded)
        }
        _ => true,
    }
}

struct Painter<'a> {
    model: &'a Model,
    now_millis: i64,
}

impl Painter<'_> {
    fn visit(&self, visit: &Visit) -> Line {
        let (mark, style) = match visit.status {
            VisitStatus::Running => ("●", RUNNING),
            VisitStatus::Waiting { .. } => ("◌", WAITING),
            VisitStatus::BackingOff { .. } => ("↻", RETRYING),
            VisitStatus::Succeeded => ("✓", SUCCEEDED),
            VisitStatus::Caught => ("!", RETRYING),
            VisitStatus::Failed => ("✗", FAILED),
            VisitStatus::Aborted => ("-", DIM),
        };
        let name = if visit.is_active() { BOLD } else { PLAIN };
        let mut line = Line::new()
            .add(style, mark)
            .add(PLAIN, " ")
            .add(name, &visit.name);
        if visit.visits > 1 {
            line = line.add(DIM, format!(" ×{}", visit.visits));
        }
        if let Some(items) = visit.items {
            if visit.is_active() {
                line = line.add(PLAIN, "  ").join(bar(&items));
            }
            line = line.add(PLAIN, format!("  {}", counted(&items)));
        }
        line.join(self.detail(visit)).add(DIM, self.elapsed(visit))
    }

    fn detail(&self, visit: &Visit) -> Line {
        let line = Line::new().add(PLAIN, "  ");
        let raised = visit.raised.as_ref();
        let error = raised.and_then(|raised| raised.error.as_deref());
        match visit.status {
            VisitStatus::Running if visit.attempt > 1 => {
                line.add(RETRYING, of(visit.attempt, visit.attempts_allowed))
            }
            VisitStatus::Running => match &visit.call {
                Some(call) => line.add(DIM, call),
                None => Line::new(),
            },
            VisitStatus::Waiting { until_millis } => match until_millis {
                Some(until) => {
                    let left = countdown(until.saturating_sub(self.now_millis));
                    line.add(WAITING, format!("waits, {left} left"))
                }
                None => line.add(WAITING, "waits"),
            },
            VisitStatus::BackingOff { until_millis } => {
                let next = of(visit.attempt.saturating_add(1), visit.attempts_allowed);
                let left = countdown(until_millis.saturating_sub(self.now_millis));
                let line = line.add(RETRYING, format!("{next}, next try in {left}"));
                match error {
                    Some(error) => line.add(PLAIN, format!(" after {error}")),
                    None => line,
                }
            }
            VisitStatus::Succeeded if visit.attempt > 1 => {
                line.add(DIM, format!("on attempt {}", visit.attempt))
            }
            VisitStatus::Succeeded => Line::new(),
            VisitStatus::Caught => {
                line.add(RETRYING, format!("caught {}", error.unwrap_or("an error")))
            }
            VisitStatus::Failed => line.add(FAILED, error.unwrap_or("failed")),
            VisitStatus::Aborted => line.add(DIM, "aborted"),
        }
    }

    /// How long a visit has taken, when that is a second or more. A wait has its countdown, and of a loop the last visit
    /// alone would tell too little.
    fn elapsed(&self, visit: &Visit) -> String {
        let until = visit.ended_millis.unwrap_or(self.now_millis);
        let elapsed = until.saturating_sub(visit.entered_millis);
        let counts_down = matches!(
            visit.status,
            VisitStatus::Waiting { .. } | VisitStatus::BackingOff { .. }
        );
        let is_loop = visit.visits > 1 && !visit.is_active();
        if elapsed < 1000 || counts_down || is_loop {
            String::new()
        } else {
            format!("  {}", clock(elapsed))
        }
    }

    /// The branches or running items of a frame's state. `room` is how many lines are left for all of them.
    fn children(&self, frame: &Frame, depth: usize, room: &mut usize, lines: &mut Vec<Line>) {
        let mut children: Vec<(u64, &Frame)> = self.model.children(frame).collect();
        // What is in trouble is shown first, and so is never what is hidden.
        children.sort_by_key(|(_, child)| {
            let status = child.visit().map(|visit| visit.status);
            !matches!(
                status,
                Some(VisitStatus::BackingOff { .. } | VisitStatus::Failed)
            )
        });
        let indent = "  ".repeat(depth);
        for (place, (index, child)) in children.iter().enumerate() {
            let hidden = children.len() - place;
            if *room == 0 || (*room == 1 && hidden > 1) {
                lines.push(Line::new().add(DIM, format!("{indent}… and {hidden} more")));
                *room = 0;
                return;
            }
            *room -= 1;
            let line = Line::new().add(DIM, format!("{indent}[{index}] "));
            match child.visit().or(child.visited.last()) {
                Some(visit) => lines.push(line.join(self.visit(visit))),
                None => lines.push(line.add(DIM, "…")),
            }
            self.children(child, depth + 1, room, lines);
        }
    }
}

/// `██████░░░░`: succeeded, running, not yet begun; failed ones in red.
fn bar(items: &Items) -> Line {
    let columns = |count: u64| {
        let whole = items.total.max(1);
        usize::try_from(count * BAR / whole).unwrap_or(0)
    };
    let failed = items.failed + items.aborted;
    let done = columns(items.succeeded);
    let bad = columns(items.succeeded + failed) - done;
    let running = columns(items.succeeded + failed + items.running) - done - bad;
    let rest = columns(items.total).saturating_sub(done + bad + running);
    Line::new()
        .add(SUCCEEDED, "█".repeat(done))
        .add(FAILED, "█".repeat(bad))
        .add(RUNNING, "▒".repeat(running))
        .add(DIM, "░".repeat(rest))
}
