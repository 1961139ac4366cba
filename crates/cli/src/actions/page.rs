//! Text for people: coloured words, wrapped at the terminal's width under the column that they start in.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// What a word means; its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Heading,
    Name,
    /// To be heeded: required, writes, not offered.
    Attention,
    /// Harmless: reads.
    Calm,
    Error,
    /// Beside the point.
    Faint,
}

impl Style {
    fn escape(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Heading => "\x1b[1m",
            Style::Name => "\x1b[36m",
            Style::Attention => "\x1b[33m",
            Style::Calm => "\x1b[32m",
            Style::Error => "\x1b[31m",
            Style::Faint => "\x1b[2m",
        }
    }
}

/// Text of one style.
#[derive(Debug, Clone)]
pub struct Span {
    text: String,
    style: Style,
}

impl Span {
    pub fn new(text: impl Into<String>, style: Style) -> Span {
        Span {
            text: text.into(),
            style,
        }
    }

    pub fn plain(text: impl Into<String>) -> Span {
        Span::new(text, Style::Plain)
    }

    pub fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn faint(text: impl Into<String>) -> Span {
        Span::new(text, Style::Faint)
    }
}

/// Lines as they grow.
#[derive(Debug)]
pub struct Page {
    text: String,
    columns: usize,
    colour: bool,
}

impl Page {
    /// A page that many columns wide.
    pub fn new(columns: usize, colour: bool) -> Page {
        Page {
            text: String::new(),
            columns,
            colour,
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    pub fn heading(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.row(0, Span::new(text, Style::Heading), 0, &[]);
    }

    /// `first` after `indent` blanks, then the words of `rest` from `column` on, wrapped there.
    pub fn row(&mut self, indent: usize, first: Span, column: usize, rest: &[Span]) {
        let mut at = indent + first.text.width();
        let _ = write!(self.text, "{:indent$}", "");
        self.push(&first.text, first.style);
        // A name that is too long for its column has a line of its own.
        let mut is_line_start = at + 2 > column && !rest.is_empty() && !first.text.is_empty();
        if is_line_start {
            at = self.new_line(column);
        } else if !rest.is_empty() {
            let _ = write!(self.text, "{:1$}", "", column.saturating_sub(at));
            at = at.max(column);
            is_line_start = true;
        }
        for span in rest {
            for word in span.text.split_whitespace() {
                let width = word.width();
                if !is_line_start && at + 1 + width > self.columns {
                    at = self.new_line(column);
                } else if !is_line_start {
                    self.text.push(' ');
                    at += 1;
                }
                self.push(word, span.style);
                at += width;
                is_line_start = false;
            }
        }
        self.text.push('\n');
    }

    /// Lines as they are, after `indent` blanks.
    pub fn verbatim(&mut self, indent: usize, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }

    fn new_line(&mut self, column: usize) -> usize {
        let _ = write!(self.text, "\n{:column$}", "");
        column
    }

    fn push(&mut self, text: &str, style: Style) {
        match (self.colour, style.escape()) {
            (false, _) | (_, "") => self.text.push_str(text),
            (true, escape) => {
                let _ = write!(self.text, "{escape}{text}\x1b[0m");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_under_their_column() {
        let mut page = Page::new(20, false);
        page.row(
            2,
            Span::plain("Name"),
            8,
            &[Span::plain("one two three four"), Span::faint("five")],
        );
        page.row(
            2,
            Span::plain("ANameThatIsTooLong"),
            8,
            &[Span::plain("one")],
        );
        page.row(0, Span::plain("alone"), 8, &[]);
        assert_eq!(
            page.finish(),
            "  Name  one two\n        three four\n        five\n  ANameThatIsTooLong\n        one\nalone\n"
        );
    }

    #[test]
    fn a_word_wider_than_the_page_stands_alone() {
        let mut page = Page::new(10, false);
        page.row(0, Span::plain("a"), 4, &[Span::plain("1234567890 2")]);
        assert_eq!(page.finish(), "a   1234567890\n    2\n");
    }

    #[test]
    fn colour_is_left_out_where_it_is_not_wanted() {
        let row = |colour| {
            let mut page = Page::new(80, colour);
            page.row(0, Span::new("x", Style::Name), 4, &[Span::plain("y")]);
            page.finish()
        };
        assert_eq!(row(false), "x   y\n");
        assert_eq!(row(true), "\x1b[36mx\x1b[0m   y\n");
    }
}
