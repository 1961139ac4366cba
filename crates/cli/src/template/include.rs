//! `Fn::Transform` with `AWS::Include`: members that stand in another file.

use states_language::source::Source;
use states_language::syntax::{self, Node};

use super::{Problem, Template, node};
use crate::input::read_text;

pub(super) const KEY: &str = "Fn::Transform";

/// What the transform names, at the place where it names it.
pub(super) fn read(template: &Template, transform: &Node) -> Result<Node, Problem> {
    let problem = |message: String| Problem::new(&template.source, transform.span, message);
    let name = transform.get("Name").and_then(Node::as_str);
    if name != Some("AWS::Include") {
        return Err(problem(format!(
            "The transform '{}' runs only on AWS",
            name.unwrap_or_default()
        )));
    }
    let location = transform
        .get("Parameters")
        .and_then(|node| node.get("Location"));
    let Some(location) = location.and_then(Node::as_str) else {
        return Err(problem(
            "AWS::Include has to name a file as its Location".to_owned(),
        ));
    };
    if location.starts_with("s3://") {
        let hint = "a file beside the template can be included: `sam package` uploads it";
        return Err(problem(format!("{location} is not on this machine")).with_hint(hint));
    }
    let path = template.beside(location);
    let wrong = |message: String| problem(format!("{}: {message}", path.display()));
    let text = read_text(&path).map_err(|error| wrong(error.to_string()))?;
    let source = Source::new(path.display().to_string(), text);
    let mut included = syntax::parse(&source).map_err(|error| {
        let position = source.position(error.span.start);
        wrong(format!(
            "{}:{}: {}",
            position.line, position.column, error.message
        ))
    })?;
    node::moved(&mut included, transform.span);
    Ok(included)
}
