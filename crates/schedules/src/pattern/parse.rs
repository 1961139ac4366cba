//! Reads patterns, and refuses what Event Ruler refuses.

use std::net::IpAddr;

use super::json::{self, Failure, Json, Node, Place};
use super::matcher::{Cidr, ExactNumber, Matcher, NumericRange, Wildcard, text_micros};
use super::{Field, Fields, Test};

const OR: &str = "$or";

/// Names that are no fields inside of `$or`.
const RESERVED_IN_OR: &[&str] = &[
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

pub(super) fn pattern(text: &str) -> Result<Fields, Failure> {
    let node = json::read(text)?;
    match node.json {
        Json::Object(members, end) => fields(members, end, &mut Paths::default(), false),
        _ => Err(("Filter is not an object".into(), node.place)),
    }
}

/// The fields that conditions stand for already, by the path from the outermost.
#[derive(Default)]
struct Paths {
    here: Vec<String>,
    /// Those that hold whatever alternative is taken, and those of the alternatives on the way here.
    taken: Vec<String>,
}

impl Paths {
    fn of(&self, name: &str) -> String {
        self.here
            .iter()
            .map(String::as_str)
            .chain([name])
            .collect::<Vec<_>>()
            .join(".")
    }
}

fn fields(
    members: Vec<(String, Node)>,
    end: Place,
    paths: &mut Paths,
    in_or: bool,
) -> Result<Fields, Failure> {
    if members.is_empty() {
        return Err(("Empty objects are not allowed".into(), end));
    }
    let mut fields = Fields::default();
    for (name, node) in members {
        if name == OR {
            fields.any.push(alternatives(node, paths)?);
            continue;
        }
        if in_or && RESERVED_IN_OR.contains(&name.as_str()) {
            return Err((
                format!("{name} is Ruler reserved fieldName which cannot be used inside {OR}."),
                node.place,
            ));
        }
        let test = match node.json {
            Json::Object(members, end) => {
                paths.here.push(name.clone());
                let inner = self::fields(members, end, paths, in_or)?;
                paths.here.pop();
                Test::Object(inner)
            }
            Json::Array(items, end) => {
                let leaf = leaf(items, end)?;
                let path = paths.of(&name);
                if paths.taken.contains(&path) {
                    return Err((
                        format!("Path `{path}` cannot be allowed multiple times"),
                        end,
                    ));
                }
                paths.taken.push(path);
                Test::Leaf(leaf)
            }
            _ => {
                return Err((
                    format!("\"{name}\" must be an object or an array"),
                    node.place,
                ));
            }
        };
        fields.all.push(Field { name, test });
    }
    Ok(fields)
}

fn alternatives(node: Node, paths: &mut Paths) -> Result<Vec<Fields>, Failure> {
    let Json::Array(items, end) = node.json else {
        return Err((
            format!("It must be an Array followed with {OR}."),
            node.place,
        ));
    };
    let before = paths.taken.len();
    let mut alternatives = Vec::new();
    // What one alternative names another may name too, but nothing behind them.
    let mut taken_by_any = Vec::new();
    for item in items {
        let Json::Object(members, end) = item.json else {
            return Err((
                format!("Only JSON object is allowed in array of {OR} relationship."),
                item.place,
            ));
        };
        alternatives.push(fields(members, end, paths, true)?);
        taken_by_any.extend(paths.taken.drain(before..));
    }
    if alternatives.len() < 2 {
        return Err((
            format!("There must have at least 2 Objects in {OR} relationship."),
            end,
        ));
    }
    paths.taken.append(&mut taken_by_any);
    Ok(alternatives)
}

fn leaf(items: Vec<Node>, end: Place) -> Result<Vec<Matcher>, Failure> {
    if items.is_empty() {
        return Err(("Empty arrays are not allowed".into(), end));
    }
    let matcher = |node: Node| match node.json {
        Json::Object(members, _) => expression(members, node.place),
        Json::Text(text) => Ok(exact_text(text)),
        Json::Number(text) => Ok(Matcher::Number(ExactNumber::new(&text))),
        Json::Bool(value) => Ok(Matcher::Bool(value)),
        Json::Null => Ok(Matcher::Null),
        Json::Array(..) => Err((
            "Match value must be String, number, true, false, or null".into(),
            node.place,
        )),
    };
    items.into_iter().map(matcher).collect()
}

fn exact_text(text: String) -> Matcher {
    match text.parse::<IpAddr>() {
        Ok(address) => Matcher::Address(address),
        Err(_) => Matcher::Text(text),
    }
}

/// The only member of an object; AWS's parser finds the second one only when it is done with the first.
fn only(
    members: Vec<(String, Node)>,
    missing: &str,
    begin: Place,
) -> Result<(String, Node, Option<Place>), Failure> {
    let mut members = members.into_iter();
    let Some((name, node)) = members.next() else {
        return Err((missing.into(), begin));
    };
    Ok((name, node, members.next().map(|(_, node)| node.place)))
}

fn no_second(second: Option<Place>, message: &str) -> Result<(), Failure> {
    match second {
        Some(place) => Err((message.into(), place)),
        None => Ok(()),
    }
}

const ONLY_ONE_KEY: &str = "Only one key allowed in match expression";
const TOO_MANY: &str = "Too many elements in numeric expression";

fn expression(members: Vec<(String, Node)>, begin: Place) -> Result<Matcher, Failure> {
    let (name, node, second) = only(members, "Match expression name not found", begin)?;
    let place = node.place;
    let must_be_text = |what: &str| (format!("{what} match pattern must be a string"), place);
    let (matcher, if_second) = match (name.as_str(), node.json) {
        ("exactly", Json::Text(text)) => (Matcher::Text(text), ONLY_ONE_KEY),
        ("exactly", _) => return Err(must_be_text("exact")),
        ("prefix", Json::Text(text)) => (Matcher::Prefix(text), ONLY_ONE_KEY),
        ("prefix", Json::Object(members, _)) => (
            Matcher::PrefixIgnoreCase(ignoring_case(members, "Prefix", place)?),
            ONLY_ONE_KEY,
        ),
        ("suffix", Json::Text(text)) => (Matcher::Suffix(text), ONLY_ONE_KEY),
        ("suffix", Json::Object(members, _)) => (
            Matcher::SuffixIgnoreCase(ignoring_case(members, "Suffix", place)?),
            ONLY_ONE_KEY,
        ),
        ("equals-ignore-case", Json::Text(text)) => (Matcher::EqualsIgnoreCase(text), ONLY_ONE_KEY),
        ("wildcard", Json::Text(text)) => (wildcard(&text, place)?, ONLY_ONE_KEY),
        ("prefix" | "suffix" | "equals-ignore-case" | "wildcard", _) => {
            return Err(must_be_text(&name));
        }
        ("cidr", Json::Text(text)) => {
            let cidr = Cidr::parse(&text).map_err(|message| (message, place))?;
            (Matcher::Cidr(cidr), ONLY_ONE_KEY)
        }
        ("cidr", _) => return Err(must_be_text("prefix")),
        ("exists", Json::Bool(exists)) => (Matcher::Exists(exists), ONLY_ONE_KEY),
        ("exists", _) => {
            return Err((
                "exists match pattern must be either true or false.".into(),
                place,
            ));
        }
        ("numeric", Json::Array(terms, end)) => (Matcher::Numeric(numeric(&terms, end)?), TOO_MANY),
        ("numeric", _) => return Err(("Value of numeric must be an array.".into(), place)),
        ("anything-but", json) => (Matcher::AnythingBut(anything_but(json, place)?), TOO_MANY),
        _ => return Err((format!("Unrecognized match type {name}"), place)),
    };
    no_second(second, if_second)?;
    Ok(matcher)
}

fn ignoring_case(
    members: Vec<(String, Node)>,
    what: &str,
    begin: Place,
) -> Result<String, Failure> {
    let (name, node, second) = only(members, &format!("{what} expression name not found"), begin)?;
    if name != "equals-ignore-case" {
        return Err((
            format!("Unsupported {} pattern: {name}", what.to_lowercase()),
            node.place,
        ));
    }
    let Json::Text(text) = node.json else {
        return Err((
            "equals-ignore-case match pattern must be a string".into(),
            node.place,
        ));
    };
    no_second(second, ONLY_ONE_KEY)?;
    Ok(text)
}

fn wildcard(text: &str, place: Place) -> Result<Matcher, Failure> {
    Wildcard::parse(text)
        .map(Matcher::Wildcard)
        .map_err(|message| (message, place))
}

fn anything_but(json: Json, place: Place) -> Result<Vec<Matcher>, Failure> {
    match json {
        Json::Object(members, _) => {
            let (name, node, second) =
                only(members, "Anything-But expression name not found", place)?;
            let of_text: fn(String, Place) -> Result<Matcher, Failure> = match name.as_str() {
                "equals-ignore-case" => |text, _| Ok(Matcher::EqualsIgnoreCase(text)),
                "prefix" => |text, place| not_empty(text, place).map(Matcher::Prefix),
                "suffix" => |text, place| not_empty(text, place).map(Matcher::Suffix),
                "wildcard" => |text, place| wildcard(&text, place),
                _ => {
                    return Err((
                        format!("Unsupported anything-but pattern: {name}"),
                        node.place,
                    ));
                }
            };
            let matchers = match node.json {
                Json::Text(text) => vec![of_text(text, node.place)?],
                Json::Array(items, _) => items
                    .into_iter()
                    .map(|item| match item.json {
                        Json::Text(text) => of_text(text, item.place),
                        _ => Err((texts_only(&name).into(), item.place)),
                    })
                    .collect::<Result<_, _>>()?,
                Json::Number(_) => return Err((texts_only(&name).into(), node.place)),
                _ => return Err((neither_list_nor_value(), node.place)),
            };
            no_second(second, TOO_MANY)?;
            Ok(matchers)
        }
        Json::Array(items, end) => {
            let matchers = items
                .into_iter()
                .map(|item| excluded_value(item.json, item.place))
                .collect::<Result<Vec<_>, _>>()?;
            let numbers = matchers
                .iter()
                .filter(|matcher| matches!(matcher, Matcher::Number(_)))
                .count();
            if matchers.is_empty() || (numbers != 0 && numbers != matchers.len()) {
                let message = "Inside anything but list, either all values are number or string, mixed type is not supported";
                return Err((message.into(), end));
            }
            Ok(matchers)
        }
        json @ (Json::Text(_) | Json::Number(_)) => Ok(vec![excluded_value(json, place)?]),
        _ => Err((neither_list_nor_value(), place)),
    }
}

fn neither_list_nor_value() -> String {
    "Value of anything-but must be an array or single string/number value.".into()
}

fn texts_only(name: &str) -> &'static str {
    match name {
        "equals-ignore-case" => {
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
        }
        "wildcard" => "wildcard match pattern must be a string",
        _ => "prefix/suffix match pattern must be a string",
    }
}

fn not_empty(text: String, place: Place) -> Result<String, Failure> {
    if text.is_empty() {
        return Err(("Null prefix/suffix not allowed".into(), place));
    }
    Ok(text)
}

fn excluded_value(json: Json, place: Place) -> Result<Matcher, Failure> {
    match json {
        Json::Text(text) => Ok(Matcher::Text(text)),
        Json::Number(text) => match text_micros(&text) {
            Ok(_) => Ok(Matcher::Number(ExactNumber::new(&text))),
            Err(message) => Err((message.into(), place)),
        },
        _ => Err((
            "Inside anything but list, start|null|boolean is not supported.".into(),
            place,
        )),
    }
}

/// `["=", n]`, `["<", n]`, `[">=", n]`, `[">", n, "<=", m]`.
fn numeric(terms: &[Node], end: Place) -> Result<NumericRange, Failure> {
    let place = |index: usize| terms.get(index).map_or(end, |node| node.place);
    let operator = |index: usize| match terms.get(index).map(|node| &node.json) {
        Some(Json::Text(operator)) => Some(operator.as_str()),
        _ => None,
    };
    let Some(first) = operator(0) else {
        return Err((
            format!(
                "Invalid member in numeric match: {}",
                written(terms.first())
            ),
            place(0),
        ));
    };
    let value = |index: usize, operator: &str| match terms.get(index).map(|node| &node.json) {
        Some(Json::Number(text)) => {
            text_micros(text).map_err(|message| (message.into(), place(index)))
        }
        _ => Err((
            format!(
                "Value of {} must be numeric",
                if operator == "=" { "equals" } else { operator }
            ),
            place(index),
        )),
    };
    if !matches!(first, "=" | "<" | "<=" | ">" | ">=") {
        return Err((
            format!("Unrecognized numeric range operator: {first}"),
            place(1),
        ));
    }
    let one = value(1, first)?;
    let two_sided = matches!(first, ">" | ">=") && terms.len() > 2;
    if !two_sided && terms.len() > 2 {
        return Err((TOO_MANY.into(), place(2)));
    }
    let mut range = NumericRange {
        least: match first {
            "<" | "<=" => i64::MIN,
            ">" => one + 1,
            _ => one,
        },
        most: match first {
            ">" | ">=" => i64::MAX,
            "<" => one - 1,
            _ => one,
        },
        text: format!(
            "[{}]",
            terms
                .iter()
                .map(|node| written(Some(node)))
                .collect::<Vec<_>>()
                .join(",")
        ),
    };
    if two_sided {
        let Some(second) = operator(2) else {
            return Err((
                format!("Bad value in numeric range: {}", written(terms.get(2))),
                place(2),
            ));
        };
        if !matches!(second, "<" | "<=") {
            return Err((format!("Bad numeric range operator: {second}"), place(2)));
        }
        let other = value(3, second)?;
        if terms.len() > 4 {
            return Err((
                "Too many terms in numeric range expression".into(),
                place(4),
            ));
        }
        if one >= other {
            return Err(("Bottom must be less than top".into(), place(3)));
        }
        range.most = if second == "<" { other - 1 } else { other };
    }
    Ok(range)
}

fn written(node: Option<&Node>) -> String {
    match node.map(|node| &node.json) {
        None => "]".into(),
        Some(Json::Text(text)) => serde_json::Value::from(text.as_str()).to_string(),
        Some(Json::Number(text)) => text.clone(),
        Some(Json::Bool(value)) => value.to_string(),
        Some(Json::Null) => "null".into(),
        Some(Json::Array(..)) => "[".into(),
        Some(Json::Object(..)) => "{".into(),
    }
}
