//! A picture at the bottom of the terminal that is drawn over and over, below lines that scroll away. Knows escape sequences,
//! writes nothing.

use super::line::Line;

#[derive(Debug, Default)]
pub struct Screen {
    /// What stands there, as it was written.
    drawn: Vec<String>,
    /// Its lines' columns: a narrower window breaks them into more rows.
    columns: Vec<usize>,
}

impl Screen {
    /// What to write to bring `above` to the end of what scrolls and to show `picture` below; empty when nothing has changed.
    /// The cursor stands in the first column below the picture, before and after.
    pub fn draw(
        &mut self,
        above: &[String],
        picture: &[Line],
        terminal_columns: usize,
        colour: bool,
    ) -> String {
        // The last column stays free: some terminals go to the next row when it is written.
        let columns = terminal_columns.saturating_sub(1).max(1);
        let lines: Vec<String> = picture
            .iter()
            .map(|line| line.render(Some(columns), colour))
            .collect();
        if above.is_empty() && lines == self.drawn {
            return String::new();
        }
        // One update without a flicker, where the terminal knows that; others ignore it.
        let mut out = String::from("\x1b[?2026h\r");
        let rows: usize = self
            .columns
            .iter()
            .map(|width| width.div_ceil(terminal_columns.max(1)).max(1))
            .sum();
        if rows > 0 {
            out.push_str(&format!("\x1b[{rows}A"));
        }
        if !above.is_empty() {
            out.push_str("\x1b[J");
            for line in above {
                out.push_str(line);
                out.push('\n');
            }
        }
        for line in &lines {
            out.push_str(line);
            out.push_str("\x1b[K\n");
        }
        out.push_str("\x1b[J\x1b[?2026l");
        self.columns = picture
            .iter()
            .map(|line| line.width().min(columns))
            .collect();
        self.drawn = lines;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::PLAIN;
    use super::*;

    fn picture(lines: &[&str]) -> Vec<Line> {
        lines
            .iter()
            .map(|line| Line::new().add(PLAIN, line))
            .collect()
    }

    fn terminal(rows: u16, columns: u16) -> vt100::Parser {
        let size = |size| std::num::NonZero::new(size).expect("a size");
        vt100::Parser::new(size(rows), size(columns), 0)
    }

    /// A terminal as a shell leaves it: line feeds come with a carriage return.
    fn feed(terminal: &mut vt100::Parser, bytes: &str) {
        terminal.process(bytes.replace('\n', "\r\n").as_bytes());
    }

    fn rows(terminal: &vt100::Parser) -> Vec<String> {
        let contents = terminal.screen().contents();
        contents.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_picture_is_drawn_over_and_lines_scroll_above_it() {
        let mut terminal = terminal(8, 20);
        let mut screen = Screen::default();
        feed(&mut terminal, "$ stepwright run\n");
        feed(
            &mut terminal,
            &screen.draw(&[], &picture(&["one long line", "two", "three"]), 20, false),
        );
        feed(
            &mut terminal,
            &screen.draw(&[], &picture(&["one", "2"]), 20, false),
        );
        assert_eq!(rows(&terminal), ["$ stepwright run", "one", "2"]);
        feed(
            &mut terminal,
            &screen.draw(
                &["a log line longer than a row".into()],
                &picture(&["one", "2"]),
                20,
                false,
            ),
        );
        assert_eq!(
            rows(&terminal),
            [
                "$ stepwright run",
                "a log line longer than a row",
                "one",
                "2"
            ]
        );
    }

    #[test]
    fn nothing_is_written_when_nothing_has_changed() {
        let mut screen = Screen::default();
        assert_ne!(screen.draw(&[], &picture(&["one"]), 20, false), "");
        assert_eq!(screen.draw(&[], &picture(&["one"]), 20, false), "");
    }

    #[test]
    fn a_picture_that_a_narrower_window_broke_into_more_rows_is_cleared_whole() {
        let mut screen = Screen::default();
        screen.draw(&[], &picture(&["0123456789012345", "two"]), 20, false);
        // 16 columns take two rows of ten.
        let out = screen.draw(&[], &picture(&["0123456789012345", "two"]), 10, false);
        assert!(out.contains("\x1b[3A"), "{out:?}");
    }

    #[test]
    fn lines_are_cut_to_the_terminal() {
        let mut terminal = terminal(4, 10);
        let mut screen = Screen::default();
        let lines = picture(&["a line too long", "two"]);
        feed(&mut terminal, &screen.draw(&[], &lines, 10, false));
        assert_eq!(rows(&terminal), ["a line t…", "two"]);
    }
}
