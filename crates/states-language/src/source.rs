//! A definition's text with its format, and where its lines begin.

/// Bytes `start..end` of a source text. An empty span points between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
}

impl Format {
    /// By the file's extension (`.json`, `.asl`, `.yaml`, `.yml`); without a known one by the text: what begins with `{` or `[` is JSON.
    /// Text that is neither (blank, or a single word) counts as JSON, as AWS reads it.
    pub fn detect(file_name: Option<&str>, text: &str) -> Format {
        let extension = file_name
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("json" | "asl") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            _ => {
                let text = text.trim_start_matches('\u{feff}').trim_start();
                let looks_like_yaml = !text.starts_with(['{', '[', '"'])
                    && text.lines().any(|line| {
                        !line.trim_start().starts_with('#')
                            && (line.contains(": ") || line.trim_end().ends_with(':'))
                    });
                if looks_like_yaml {
                    Format::Yaml
                } else {
                    Format::Json
                }
            }
        }
    }
}

/// A line and a column, both counted from 1; the column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The text of a definition or template.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
    format: Format,
    line_starts: Vec<usize>,
    /// How many characters begin before byte `i * CHECKPOINT_BYTES`: lines may be as long as the text.
    checkpoints: Vec<usize>,
}

const CHECKPOINT_BYTES: usize = 4096;

impl Source {
    /// `name` is the file's name as it should be shown; its extension decides on the format.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let (name, text) = (name.into(), text.into());
        let format = Format::detect(Some(&name), &text);
        Source::with_format(name, text, format)
    }

    pub fn with_format(name: impl Into<String>, text: impl Into<String>, format: Format) -> Source {
        let text = text.into();
        let line_feeds = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(line_feeds.map(|(at, _)| at + 1))
            .collect();
        let counts = text.as_bytes().chunks(CHECKPOINT_BYTES).map(characters);
        let checkpoints = std::iter::once(0)
            .chain(counts.scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            }))
            .collect();
        Source {
            name: name.into(),
            text,
            format,
            line_starts,
            checkpoints,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn format(&self) -> Format {
        self.format
    }

    /// Of a byte offset; one that lies past the end is taken as the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_boundary(&self.text, offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let line_start = self
            .line_starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        Position {
            line,
            column: self.characters_before(offset) - self.characters_before(line_start) + 1,
        }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let checkpoint = offset / CHECKPOINT_BYTES;
        let rest = &self.text.as_bytes()[checkpoint * CHECKPOINT_BYTES..offset];
        self.checkpoints[checkpoint] + characters(rest)
    }

    /// The text of a line (from 1) without its end, and the offset where it begins. `None` past the last line.
    pub fn line(&self, line: usize) -> Option<(usize, &str)> {
        let start = *self.line_starts.get(line.checked_sub(1)?)?;
        let end = self
            .line_starts
            .get(line)
            .copied()
            .unwrap_or(self.text.len());
        Some((start, self.text[start..end].trim_end_matches(['\n', '\r'])))
    }
}

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The nearest character boundary at or before `offset`.
fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Source::new("a.json", "é{\n\"ü\": 1}");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(
            source.position(1),
            Position { line: 1, column: 1 },
            "inside a character"
        );
        assert_eq!(source.position(4), Position { line: 2, column: 1 });
        assert_eq!(source.position(9), Position { line: 2, column: 5 });
        assert_eq!(source.position(99), source.position(source.text().len()));
        assert_eq!(source.line(2), Some((4, "\"ü\": 1}")));
        assert_eq!(source.line(3), None);
        let long = Source::new("a.json", format!("\n{}", "é".repeat(10_000)));
        assert_eq!(long.position(1 + 2 * 7_000).column, 7_001);
        assert_eq!(long.position(usize::MAX).column, 10_001);
    }

    #[test]
    fn format_by_extension_or_text() {
        for (name, text, format) in [
            ("a.asl.json", "x: 1", Format::Json),
            ("a.asl", "", Format::Json),
            ("a.asl.yaml", "{}", Format::Yaml),
            ("A.YML", "{}", Format::Yaml),
            ("definition", " {\"a\": 1}", Format::Json),
            ("definition", "# b: c\nStartAt: A", Format::Yaml),
            ("definition", "not a definition", Format::Json),
            ("-", "", Format::Json),
        ] {
            assert_eq!(Format::detect(Some(name), text), format, "{name} {text}");
        }
    }
}
