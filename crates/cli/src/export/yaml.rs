//! Writes YAML that people would write: plain texts where they stay texts, blocks for several lines, `!Ref` for functions.

use serde_json::Value;

use super::cloudformation_value::{as_get_att, intrinsic};

/// Plain data.
pub fn write(value: &Value) -> String {
    let writer = Writer { tags: false };
    writer.document(value)
}

/// A template: CloudFormation's functions in their short forms. A member `#` is a comment above what follows.
pub fn write_template(value: &Value) -> String {
    let writer = Writer { tags: true };
    writer.document(value)
}

struct Writer {
    tags: bool,
}

/// Where a value goes: after `key:` or `-`, so that a scalar follows a blank and what is nested begins on a line of its own.
impl Writer {
    fn document(&self, value: &Value) -> String {
        let mut out = String::new();
        match value {
            Value::Object(members) if !members.is_empty() => self.members(members, 0, &mut out),
            Value::Array(items) if !items.is_empty() => self.items(items, 0, &mut out),
            scalar => {
                out.push_str(&scalar.to_string());
                out.push('\n');
            }
        }
        out
    }

    fn members(&self, members: &serde_json::Map<String, Value>, indent: usize, out: &mut String) {
        for (key, value) in members {
            if self.tags && key.starts_with('#') {
                let pad = " ".repeat(indent);
                for line in value.as_str().unwrap_or_default().lines() {
                    out.push_str(&format!("{pad}# {line}\n"));
                }
                continue;
            }
            out.push_str(&" ".repeat(indent));
            out.push_str(&scalar(key));
            out.push(':');
            self.nested(value, indent, false, out);
        }
    }

    fn items(&self, items: &[Value], indent: usize, out: &mut String) {
        for item in items {
            out.push_str(&" ".repeat(indent));
            out.push('-');
            self.nested(item, indent, true, out);
        }
    }

    fn nested(&self, value: &Value, indent: usize, in_list: bool, out: &mut String) {
        if self.tags
            && let Some((function, argument)) = intrinsic(value)
            && intrinsic(argument).is_none()
        {
            let name = function.strip_prefix("Fn::").unwrap_or(function);
            if let Some((id, attribute)) = as_get_att(value) {
                out.push_str(&format!(" !GetAtt {id}.{attribute}\n"));
                return;
            }
            out.push_str(&format!(" !{name}"));
            self.nested(argument, indent, false, out);
            return;
        }
        match value {
            Value::Object(members) if !members.is_empty() => {
                if !in_list {
                    out.push('\n');
                    return self.members(members, indent + 2, out);
                }
                // The first member stands beside the hyphen.
                let mut text = String::new();
                self.members(members, indent + 2, &mut text);
                match text.trim_start().starts_with('#') {
                    true => out.push('\n'),
                    false => {
                        out.push(' ');
                        text = text.split_off(indent + 2);
                    }
                }
                out.push_str(&text);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                self.items(items, indent + 2, out);
            }
            Value::String(text) if is_block(text) => {
                // `|-` ends without a line feed; a first line that begins with a blank needs its indentation told.
                let hint = if text.starts_with(' ') { "2" } else { "" };
                let chomp = if text.ends_with('\n') { "" } else { "-" };
                out.push_str(&format!(" |{hint}{chomp}\n"));
                let pad = " ".repeat(indent + 2);
                for line in text.lines() {
                    if !line.is_empty() {
                        out.push_str(&pad);
                        out.push_str(line);
                    }
                    out.push('\n');
                }
            }
            Value::String(text) => {
                out.push(' ');
                out.push_str(&scalar(text));
                out.push('\n');
            }
            other => {
                out.push(' ');
                out.push_str(&other.to_string());
                out.push('\n');
            }
        }
    }
}

/// Several lines that a literal block keeps as they are.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with('\n')
        && !text.chars().any(|c| c.is_control() && c != '\n')
        && !text.lines().any(|line| line.ends_with(' '))
}

/// Plain where YAML 1.1 and 1.2 read the same text, else in quotes.
fn scalar(text: &str) -> String {
    const OTHERWISE: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$');
    let is_plain = begins_well
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " _-./:*+=?()@$,;<>~^|&!%{}'\\".contains(c))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !OTHERWISE.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    match text.chars().any(char::is_control) {
        true => Value::from(text).to_string(),
        false if text.contains('\'') && !text.contains(['"', '\\']) => format!("\"{text}\""),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use states_language::source::{Format, Source};

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({
            "yes": "no", "1": "1", "a b": "x: y", "c": "it's", "d": "'\"", "e": "a\nb\n", "f": "  a\nb", "g": "",
            "h": [], "i": {}, "j": [[1, "2"], {"k": {"l": [null, true, 1.5]}, "m": ["n"]}], "o": "#p", "q": "r #s",
            "t": "a\n\nb\n\n", "u": "{% $a %}", "v": "-", "w": "é: ü", "x": "a\u{7}b", "y z": "2026-01-01", "%": "tab\tx\ny"
        });
        let text = write(&value);
        let source = Source::with_format("t.yaml", text.clone(), Format::Yaml);
        let read = states_language::syntax::parse(&source)
            .unwrap_or_else(|error| panic!("{error:?}\n{text}"))
            .to_value();
        assert_eq!(read, value, "{text}");
    }

    #[test]
    fn functions_have_their_short_forms() {
        let value = json!({
            "#1": "A comment", "A": {"Ref": "B"}, "C": {"Fn::GetAtt": ["D", "Arn"]},
            "E": {"Fn::Sub": "${F}-g"}, "H": {"Fn::If": ["I", {"Ref": "J"}, {"K": [{"Ref": "L"}]}]},
            "M": {"Fn::Base64": {"Ref": "Text"}}, "Condition": {"StringEquals": {"a": "b"}}
        });
        insta::assert_snapshot!(write_template(&value), @r"
        # A comment
        A: !Ref B
        C: !GetAtt D.Arn
        E: !Sub ${F}-g
        H: !If
          - I
          - !Ref J
          - K:
              - !Ref L
        M:
          Fn::Base64: !Ref Text
        Condition:
          StringEquals:
            a: b
        ");
    }
}
