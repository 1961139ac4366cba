//! The regular expressions of the models: Java's, for the whole text.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// Looking around is not for our engine: what the text has to be, and what it must not be.
const LOOKING_AROUND: &[(&str, &str, &str)] = &[
    (
        r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
        r"[a-zA-Z0-9_\-\.]+",
        r"[0-9]+",
    ),
    // An alias of a function.
    (
        r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        r"[a-zA-Z0-9-_]+",
        r"[0-9]+",
    ),
    (r"((?!^\d+$)^[0-9a-zA-Z-_]+$)", r"[0-9a-zA-Z-_]+", r"[0-9]+"),
    (r"[0-9A-Za-z\.\-_]*(?<!\.)", r"[0-9A-Za-z\.\-_]*", r".*\."),
    (
        r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)",
        r"[_a-zA-Z0-9][^$]*",
        r"system\..*",
    ),
    // A path parameter of an API destination.
    (r"^(?!\s*$).+", r".+", r"\s*"),
    // A source of events that the Scheduler puts.
    (
        r"^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$",
        r"[/\.\-_A-Za-z0-9].*|\$(\.[\w_-]+(\[(\d+|\*)\])*)*",
        r"aws\..*",
    ),
];

#[derive(Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Compiled>>,
}

struct Compiled {
    is: Regex,
    is_not: Option<Regex>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Pattern {
        Pattern {
            text,
            compiled: OnceLock::new(),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Pattern {
    /// A pattern that our engine cannot read refuses everything, and a test.
    pub fn matches(&self, text: &str) -> bool {
        // Those of Step Functions' names and payloads.
        match self.text.as_str() {
            "[!-~]+" => return !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()),
            r"\p{ASCII}*" => return text.is_ascii(),
            _ => {}
        }
        self.compiled().is_some_and(|compiled| {
            compiled.is.is_match(text)
                && !(compiled.is_not.as_ref()).is_some_and(|is_not| is_not.is_match(text))
        })
    }

    fn compiled(&self) -> Option<&Compiled> {
        let compile = || {
            let known = LOOKING_AROUND.iter().find(|(java, ..)| *java == self.text);
            let (is, is_not) = match known {
                Some((_, is, is_not)) => (*is, Some(*is_not)),
                None => (self.text.as_str(), None),
            };
            Some(Compiled {
                is: whole(is)?,
                is_not: match is_not {
                    Some(is_not) => Some(whole(is_not)?),
                    None => None,
                },
            })
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// Java's classes are those of ASCII.
fn whole(pattern: &str) -> Option<Regex> {
    let ascii = pattern
        .replace(r"\w", "[0-9A-Za-z_]")
        .replace(r"\d", "[0-9]")
        .replace(r"\s", r"[\t\n\x0B\f\r ]")
        .replace(r"\S", r"[^\t\n\x0B\f\r ]");
    Regex::new(&format!(r"\A(?:{ascii})\z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::Model;

    fn matches(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::from(pattern.to_owned());
        assert!(pattern.compiled().is_some(), "{pattern} cannot be read");
        pattern.matches(text)
    }

    #[test]
    fn all_patterns_of_the_models_can_be_read() {
        for service in [
            "stepfunctions",
            "events",
            "scheduler",
            "lambda",
            "logs",
            "iam",
        ] {
            for (name, shape) in &Model::of(service).unwrap().shapes {
                let Some(pattern) = &shape.pattern else {
                    continue;
                };
                let is_by_hand = pattern.text == r"\p{ASCII}*";
                assert!(
                    is_by_hand || pattern.compiled().is_some(),
                    "{service} {name}: {pattern}"
                );
            }
        }
    }

    #[test]
    fn looking_around_is_done_without() {
        for (pattern, text, fits) in [
            (LOOKING_AROUND[0].0, "PROD", true),
            (LOOKING_AROUND[0].0, "1-2", true),
            (LOOKING_AROUND[0].0, "12", false),
            (LOOKING_AROUND[0].0, "a b", false),
            (LOOKING_AROUND[1].0, "live", true),
            (LOOKING_AROUND[1].0, "12", false),
            (LOOKING_AROUND[3].0, "bucket", true),
            (LOOKING_AROUND[3].0, "bucket.", false),
            (LOOKING_AROUND[4].0, "system.users", false),
            (LOOKING_AROUND[4].0, "users", true),
            (LOOKING_AROUND[5].0, "  ", false),
            (LOOKING_AROUND[5].0, " a", true),
            (LOOKING_AROUND[6].0, "aws.states", false),
            (LOOKING_AROUND[6].0, "my.app", true),
            (LOOKING_AROUND[6].0, "$.detail[0]", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern}: {text}");
        }
    }

    #[test]
    fn patterns_are_for_the_whole_text_and_in_ascii() {
        for (pattern, text, fits) in [
            (r"[\w+=,.@-]+", "a_1@x", true),
            (r"[\w+=,.@-]+", "ä", false),
            (r"[\w+=,.@-]+", "a/b", false),
            (r"[\s\S]*", "a\nb", true),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Änderung 1", true),
            (r"\d{12}|\*", "123456789012", true),
            (r"\d{12}|\*", "1234567890123", false),
            (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/b/", true),
            (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "a/", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern}: {text}");
        }
    }
}
