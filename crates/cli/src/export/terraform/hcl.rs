//! Terraform's language, written as `terraform fmt` leaves it.

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// As it is written.
    Raw(String),
    List(Vec<Expr>),
    Object(Vec<(String, Expr)>),
    Call(&'static str, Vec<Expr>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Attribute(String, Expr),
    /// `resource "aws_iam_role" "x"`, and its body.
    Block(String, Body),
    Comment(String),
    Blank,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body(pub Vec<Item>);

impl Body {
    pub fn set(&mut self, name: &str, value: impl Into<Expr>) -> &mut Body {
        self.0.push(Item::Attribute(name.to_owned(), value.into()));
        self
    }

    /// An attribute, if there is a value.
    pub fn set_some(&mut self, name: &str, value: Option<Expr>) -> &mut Body {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    /// A block after a blank line, unless it is the first thing.
    pub fn block(&mut self, header: impl Into<String>, body: Body) -> &mut Body {
        if !self.0.is_empty() && !matches!(self.0.last(), Some(Item::Comment(_))) {
            self.0.push(Item::Blank);
        }
        self.0.push(Item::Block(header.into(), body));
        self
    }

    pub fn comment(&mut self, text: impl Into<String>) -> &mut Body {
        self.0.push(Item::Comment(text.into()));
        self
    }

    pub fn blank(&mut self) -> &mut Body {
        self.0.push(Item::Blank);
        self
    }
}

impl From<&str> for Expr {
    fn from(raw: &str) -> Expr {
        Expr::Raw(raw.to_owned())
    }
}

impl From<String> for Expr {
    fn from(raw: String) -> Expr {
        Expr::Raw(raw)
    }
}

/// A text in quotes, nothing in it evaluated.
pub fn text(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The inside of a quoted text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.replace("${", "$${").replace("%{", "%%{")
}

/// A key of an object: plain where it is a name.
fn key(name: &str) -> String {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !["null", "true", "false", "for", "if", "in"].contains(&name);
    if is_name { name.to_owned() } else { text(name) }
}

/// A file's text.
pub fn render(body: &Body) -> String {
    let mut out = String::new();
    write_body(body, 0, &mut out);
    out
}

fn write_body(body: &Body, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    let attributes: Vec<Option<(String, String)>> = body
        .0
        .iter()
        .map(|item| match item {
            Item::Attribute(name, value) => Some((name.clone(), rendered(value, indent))),
            _ => None,
        })
        .collect();
    let widths = widths(&attributes);
    for ((item, attribute), width) in body.0.iter().zip(&attributes).zip(widths) {
        match item {
            Item::Attribute(..) => {
                if let Some((name, value)) = attribute {
                    out.push_str(&format!("{pad}{name:width$} = {value}\n"));
                }
            }
            Item::Block(header, body) if body.0.is_empty() => {
                out.push_str(&format!("{pad}{header} {{}}\n"));
            }
            Item::Block(header, body) => {
                out.push_str(&format!("{pad}{header} {{\n"));
                write_body(body, indent + 1, out);
                out.push_str(&format!("{pad}}}\n"));
            }
            Item::Comment(text) => {
                for line in text.lines() {
                    out.push_str(format!("{pad}# {line}").trim_end());
                    out.push('\n');
                }
            }
            Item::Blank => out.push('\n'),
        }
    }
}

/// How wide names are written: those of neighbours that fit on a line have their signs beneath each other.
fn widths(attributes: &[Option<(String, String)>]) -> Vec<usize> {
    let mut widths = vec![0; attributes.len()];
    let mut at = 0;
    while at < attributes.len() {
        let one_line = |attribute: &Option<(String, String)>| {
            attribute
                .as_ref()
                .filter(|(_, value)| !value.contains('\n'))
                .map(|(name, _)| name.chars().count())
        };
        let mut run: Vec<usize> = attributes[at..].iter().map_while(one_line).collect();
        // The line on which a text of several lines begins is still one of them.
        if let Some(Some((name, value))) = attributes.get(at + run.len())
            && value.starts_with("<<")
        {
            run.push(name.chars().count());
        }
        let width = run.iter().copied().max().unwrap_or(0);
        widths[at..at + run.len()].fill(width);
        at += run.len().max(1);
    }
    widths
}

fn rendered(value: &Expr, indent: usize) -> String {
    let pad = "  ".repeat(indent + 1);
    let end = "  ".repeat(indent);
    match value {
        Expr::Raw(text) => text.clone(),
        Expr::Call(function, arguments) => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|argument| rendered(argument, indent))
                .collect();
            format!("{function}({})", arguments.join(", "))
        }
        Expr::List(items) => {
            const WIDTH: usize = 80;
            let texts: Vec<String> = items
                .iter()
                .map(|item| rendered(item, indent + 1))
                .collect();
            let line = format!("[{}]", texts.join(", "));
            if items.len() < 2 && !matches!(items.first(), Some(Expr::Raw(_))) && !items.is_empty()
                || line.contains('\n')
                || line.len() > WIDTH && items.len() > 1
            {
                let lines: String = texts.iter().map(|text| format!("{pad}{text},\n")).collect();
                return format!("[\n{lines}{end}]");
            }
            line
        }
        Expr::Object(members) if members.is_empty() => "{}".to_owned(),
        Expr::Object(members) => {
            let mut body = String::new();
            let attributes: Vec<_> = members
                .iter()
                .map(|(name, value)| Some((key(name), rendered(value, indent + 1))))
                .collect();
            for (attribute, width) in attributes.iter().zip(widths(&attributes)) {
                if let Some((name, value)) = attribute {
                    body.push_str(&format!("{pad}{name:width$} = {value}\n"));
                }
            }
            format!("{{\n{body}{end}}}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stand_beneath_each_other() {
        let mut inner = Body::default();
        inner.set("a", text("x${y}")).set("long_name", "1");
        inner.set(
            "object",
            Expr::Call(
                "jsonencode",
                vec![Expr::Object(vec![
                    ("Version".to_owned(), "1".into()),
                    ("a b".to_owned(), Expr::List(vec!["1".into(), "2".into()])),
                    (
                        "Statement".to_owned(),
                        Expr::List(vec![Expr::Object(vec![("A".to_owned(), "1".into())])]),
                    ),
                ])],
            ),
        );
        inner.set("b", "2");
        inner.block("nested", Body::default());
        let mut body = Body::default();
        body.comment("Said.").block("resource \"a\" \"b\"", inner);
        insta::assert_snapshot!(render(&body), @r#"
        # Said.
        resource "a" "b" {
          a         = "x$${y}"
          long_name = 1
          object = jsonencode({
            Version = 1
            "a b"   = [1, 2]
            Statement = [
              {
                A = 1
              },
            ]
          })
          b = 2

          nested {}
        }
        "#);
    }
}
