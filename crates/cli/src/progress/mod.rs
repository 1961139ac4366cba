//! What a person sees while a workflow runs: a live tree on a terminal, lines elsewhere, nothing when quiet.

mod change;
mod duration;
mod line;
mod live;
mod model;
mod plain;
mod screen;

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use engine::TimerSet;
use interpreter::Event;
use states_language::machine::Machine;

pub use change::{Change, ChangeKind};
pub use duration::{stamp, words};
pub use line::{BOLD, DIM, FAILED, Line, PLAIN, RETRYING};
pub use model::{Items, Model, Raised};

use screen::Screen;

/// Between two pictures: fast enough for a countdown, slow enough for a connection across the world.
const FRAME: Duration = Duration::from_millis(100);

/// Of a terminal that does not tell its size.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A tree that is drawn over and over: for a terminal.
    Live,
    /// A line for each thing worth telling: for a log.
    Plain,
    /// Nothing.
    Quiet,
}

#[derive(Debug, Clone, Copy)]
pub struct ProgressOptions {
    pub style: Style,
    pub colour: bool,
    /// Columns; none: those of the terminal, asked for at each picture.
    pub width: Option<usize>,
    /// The run's clock jumps over waits: said in a log, whose times would be puzzling otherwise.
    pub virtual_time: bool,
}

/// Shows a run. Its methods may be called from any thread; none of them waits for the terminal in `Style::Live`.
pub struct Progress {
    shared: Arc<Shared>,
    ticker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    options: ProgressOptions,
    state: Mutex<State>,
    /// Locked after `state` is released: a terminal that stands still (Ctrl-S) holds up nobody but who writes to it.
    out: Mutex<Output>,
    finished: Condvar,
}

struct State {
    model: Model,
    /// Lines to be shown above the tree.
    above: Vec<String>,
    /// The run's clock at the latest commit, and when that was.
    now: Option<(i64, Instant)>,
    is_finished: bool,
}

struct Output {
    writer: Box<dyn Write + Send>,
    screen: Screen,
}

impl Progress {
    /// Shows a run on `out`. A live tree gets a thread of its own that draws it.
    pub fn new(options: ProgressOptions, out: Box<dyn Write + Send>) -> Progress {
        let shared = Arc::new(Shared {
            options,
            state: Mutex::new(State {
                model: Model::new(),
                above: Vec::new(),
                now: None,
                is_finished: false,
            }),
            out: Mutex::new(Output {
                writer: out,
                screen: Screen::default(),
            }),
            finished: Condvar::new(),
        });
        let ticker = match options.style {
            Style::Live => {
                let shared = shared.clone();
                let thread = thread::Builder::new().name("progress".into());
                // Without the thread there is one picture, at the end.
                thread.spawn(move || shared.tick()).ok()
            }
            Style::Plain | Style::Quiet => None,
        };
        Progress {
            shared,
            ticker: Mutex::new(ticker),
        }
    }

    /// Makes the definition known: with it attempts are counted as "2 of 4".
    pub fn define(&self, machine: &Machine) {
        lock(&self.shared.state).model.define(machine);
    }

    /// Takes a durable step: its events, the timers that it has set, and the run's clock.
    pub fn committed(&self, events: &[Event], timers: &[TimerSet], now_millis: i64) {
        let mut state = lock(&self.shared.state);
        let changes = state.model.apply(events, timers);
        state.now = Some((now_millis, Instant::now()));
        if self.shared.options.style != Style::Plain {
            return;
        }
        let started = state.model.started_millis().unwrap_or(now_millis);
        let mut lines: Vec<Line> = changes
            .iter()
            .filter_map(|change| plain::line(change, started))
            .collect();
        if self.shared.options.virtual_time && events.first().is_some_and(|event| event.id == 1) {
            let text = "  virtual time: waits and retries take none";
            lines.insert(0, Line::new().add(DIM, stamp(0)).add(PLAIN, text));
        }
        drop(state);
        self.shared.write_lines(&lines);
    }

    /// Shows one line that a local function has printed.
    pub fn function_log(&self, function: &str, stderr: bool, text: &str) {
        let style = if stderr { RETRYING } else { DIM };
        let text = strip_str(text).to_string().replace('\t', "    ");
        let line = Line::new()
            .add(style, format!("{function} │ "))
            .add(PLAIN, text);
        self.shared.tell(line);
    }

    /// Shows a warning or a hint.
    pub fn note(&self, text: &str) {
        let line = Line::new().add(RETRYING, "! ").add(PLAIN, text);
        self.shared.tell(line);
    }

    /// Shows a line that is no part of the picture.
    pub fn tell(&self, line: Line) {
        self.shared.tell(line);
    }

    /// Shows the last picture, which stays. What comes later is written line by line.
    pub fn finish(&self) {
        let was_finished = std::mem::replace(&mut lock(&self.shared.state).is_finished, true);
        self.shared.finished.notify_all();
        if let Some(ticker) = lock(&self.ticker).take()
            && ticker.join().is_err()
        {
            // A panic has told about itself already; the run goes on without its picture.
            return;
        }
        if !was_finished && self.shared.options.style == Style::Live {
            self.shared.draw();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Shared {
    fn tick(&self) {
        let mut state = lock(&self.state);
        while !state.is_finished {
            drop(state);
            self.draw();
            state = self
                .finished
                .wait_timeout_while(lock(&self.state), FRAME, |state| !state.is_finished)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn draw(&self) {
        let (columns, rows) = self.size();
        let mut state = lock(&self.state);
        let above = std::mem::take(&mut state.above);
        let now_millis = match (state.model.ended(), state.now) {
            (Some((_, ended_millis)), _) => ended_millis,
            (None, Some((millis, at))) => {
                let since = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
                millis.saturating_add(since)
            }
            (None, None) => 0,
        };
        // One row stays for the cursor.
        let picture = live::picture(&state.model, now_millis, rows.saturating_sub(1).max(1));
        drop(state);
        let mut out = lock(&self.out);
        let bytes = out
            .screen
            .draw(&above, &picture, columns, self.options.colour);
        out.write(&bytes);
    }

    /// Shows a line that is no part of the tree.
    fn tell(&self, line: Line) {
        let mut state = lock(&self.state);
        match self.options.style {
            Style::Quiet => {}
            Style::Live if !state.is_finished => {
                let text = line.render(None, self.options.colour);
                state.above.push(text);
            }
            Style::Live => {
                drop(state);
                self.write_lines(&[line]);
            }
            Style::Plain => {
                let at = match (state.model.started_millis(), state.now) {
                    (Some(started), Some((millis, at))) => {
                        let since = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
                        millis.saturating_sub(started).saturating_add(since)
                    }
                    _ => 0,
                };
                drop(state);
                let stamp = Line::new().add(DIM, stamp(at)).add(PLAIN, "  ");
                self.write_lines(&[stamp.join(line)]);
            }
        }
    }

    fn write_lines(&self, lines: &[Line]) {
        let text: String = lines
            .iter()
            .map(|line| line.render(None, self.options.colour) + "\n")
            .collect();
        lock(&self.out).write(&text);
    }

    fn size(&self) -> (usize, usize) {
        let (columns, rows) = terminal_size::terminal_size_of(std::io::stderr())
            .map_or(DEFAULT_SIZE, |(width, height)| {
                (usize::from(width.0), usize::from(height.0))
            });
        (self.options.width.unwrap_or(columns), rows)
    }
}

impl Output {
    fn write(&mut self, text: &str) {
        if !text.is_empty() {
            // Nobody reads any more: that is no reason to stop the run.
            drop(self.writer.write_all(text.as_bytes()));
            drop(self.writer.flush());
        }
    }
}

/// A panic of another thread leaves a picture behind, no broken promise.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub mod scripted;
#[cfg(test)]
mod tests;
