//! One line for a terminal: words with styles, cut to a width.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub const PLAIN: Style = Style::new();
pub const DIM: Style = Style::new().dimmed();
pub const BOLD: Style = Style::new().bold();
pub const RUNNING: Style = AnsiColor::Cyan.on_default();
pub const WAITING: Style = AnsiColor::Blue.on_default();
pub const RETRYING: Style = AnsiColor::Yellow.on_default();
pub const SUCCEEDED: Style = AnsiColor::Green.on_default();
pub const FAILED: Style = AnsiColor::Red.on_default();

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    spans: Vec<(Style, String)>,
}

impl Line {
    pub fn new() -> Line {
        Line::default()
    }

    /// Adds words. Characters that would move the cursor (names and causes may hold any) become spaces.
    pub fn add(mut self, style: Style, text: impl AsRef<str>) -> Line {
        let text = text.as_ref();
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        self.spans.push((style, text.collect()));
        self
    }

    pub fn join(mut self, other: Line) -> Line {
        self.spans.extend(other.spans);
        self
    }

    /// Columns that the line takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.width()).sum()
    }

    /// The text, with escape sequences when `colour`; what does not fit into `columns` gives way to an ellipsis.
    pub fn render(&self, columns: Option<usize>, colour: bool) -> String {
        let cut = columns.filter(|&columns| self.width() > columns);
        let mut room = cut.map_or(usize::MAX, |columns| columns.saturating_sub(1));
        let mut out = String::new();
        for (style, text) in &self.spans {
            let mut shown = String::new();
            for c in text.chars() {
                let width = c.width().unwrap_or(0);
                if width > room {
                    room = 0;
                    break;
                }
                room -= width;
                shown.push(c);
            }
            if colour && *style != PLAIN && !shown.is_empty() {
                out.push_str(&format!("{style}{shown}{style:#}"));
            } else {
                out.push_str(&shown);
            }
            if room == 0 {
                break;
            }
        }
        if cut.is_some_and(|columns| columns > 0) {
            out.push('…');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_by_columns_not_by_characters() {
        let line = Line::new().add(PLAIN, "再起動").add(FAILED, " failed");
        assert_eq!(line.width(), 13);
        assert_eq!(line.render(Some(13), false), "再起動 failed");
        assert_eq!(line.render(Some(12), false), "再起動 fail…");
        assert_eq!(line.render(Some(4), false), "再…");
        assert_eq!(line.render(Some(1), false), "…");
        assert_eq!(line.render(Some(0), false), "");
    }

    #[test]
    fn colour_is_reset_behind_every_word() {
        let line = Line::new().add(FAILED, "no").add(PLAIN, " yes");
        assert_eq!(line.render(None, true), "\u{1b}[31mno\u{1b}[0m yes");
        assert_eq!(line.render(None, false), "no yes");
    }

    #[test]
    fn nothing_in_a_text_moves_the_cursor() {
        let line = Line::new().add(PLAIN, "a\u{1b}[2Jb\nc\r");
        assert_eq!(line.render(None, false), "a [2Jb c ");
    }
}
