//! Diagnostics for people: the message, the place, and the line with what is wrong underlined.

use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Severity, code};
use crate::source::Source;

/// Of a line, at most this many characters from the place on are shown: definitions are often one long line.
const SHOWN_CHARACTERS: usize = 80;
/// Characters before the place in such a line.
const SHOWN_BEFORE: usize = 40;

struct Colours {
    error: &'static str,
    warning: &'static str,
    frame: &'static str,
    bold: &'static str,
    reset: &'static str,
}

const ANSI: Colours = Colours {
    error: "\x1b[1;31m",
    warning: "\x1b[1;33m",
    frame: "\x1b[1;34m",
    bold: "\x1b[1m",
    reset: "\x1b[0m",
};

const PLAIN: Colours = Colours {
    error: "",
    warning: "",
    frame: "",
    bold: "",
    reset: "",
};

/// Several lines that end with a line feed. `source` is the one that was parsed.
pub fn render(diagnostic: &Diagnostic, source: &Source, colour: bool) -> String {
    let Colours {
        error,
        warning,
        frame,
        bold,
        reset,
    } = if colour { ANSI } else { PLAIN };
    let (paint, word) = match diagnostic.severity {
        Severity::Error => (error, "error"),
        Severity::Warning => (warning, "warning"),
    };
    let (line, column) = (diagnostic.line, diagnostic.column);
    let place = match &diagnostic.location {
        Some(location) if diagnostic.code != code::INVALID_JSON => format!(" {location}"),
        _ => String::new(),
    };
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mut out = String::new();
    let message = visible(&diagnostic.message);
    let _ = writeln!(
        out,
        "{paint}{word}[{}]{reset}{bold}: {message}{reset}",
        diagnostic.code
    );
    let _ = writeln!(
        out,
        "{margin}{frame}-->{reset} {}:{line}:{column}{place}",
        source.name()
    );
    if let Some((start, text)) = source.line(line) {
        let (before, after) =
            text.split_at(diagnostic.span.start.saturating_sub(start).min(text.len()));
        let cut = text.len() > SHOWN_BEFORE + SHOWN_CHARACTERS;
        let from = match before.char_indices().rev().nth(SHOWN_BEFORE) {
            Some((from, _)) if cut => from,
            _ => 0,
        };
        let left = format!(
            "{}{}",
            if from > 0 { "…" } else { "" },
            visible(&before[from..])
        );
        let right: String = after.chars().take(SHOWN_CHARACTERS).collect();
        let marked = diagnostic
            .span
            .end
            .saturating_sub(diagnostic.span.start)
            .min(after.len());
        let marked = after
            .get(..marked)
            .unwrap_or(after)
            .chars()
            .take(SHOWN_CHARACTERS)
            .count();
        let blanks = " ".repeat(left.chars().count());
        let marks = "^".repeat(marked.max(1));
        let _ = writeln!(out, "{margin} {frame}|{reset}");
        let _ = writeln!(
            out,
            "{frame}{number} |{reset} {}",
            format!("{left}{}", visible(&right)).trim_end()
        );
        let _ = writeln!(
            out,
            "{margin} {frame}|{reset} {blanks}{paint}{marks}{reset}"
        );
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = writeln!(out, "{margin} {frame}={reset} hint: {}", visible(hint));
    }
    out
}

/// Control characters of a definition must not reach a terminal; tabs are one column wide here.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                if c == '\t' { ' ' } else { '\u{fffd}' }
            } else {
                c
            }
        })
        .collect()
}
