//! CloudFormation's functions, in their short (`!Sub`) and full forms (`Fn::Sub`).
//!
//! Source: CloudFormation Template Reference, "Intrinsic functions".

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use states_language::source::Span;
use states_language::syntax::Node;

use super::Problem;
use super::resolve::{Resolved, Resolver, intrinsic, scalar, text_value};

/// What CloudFormation's `Fn::Cidr` makes at most.
const MAX_CIDR_BLOCKS: u128 = 256;

impl Resolver<'_> {
    pub(super) fn call(&self, function: &str, argument: &Node, span: Span) -> Resolved {
        let wrong = |form: &str| self.problem(span, format!("{function} is written {form}"));
        let list = || argument.items().unwrap_or_default();
        match function {
            "Ref" => {
                let name = argument.as_str().ok_or_else(|| wrong("!Ref NAME"))?;
                self.reference(name, span)
            }
            "GetAtt" => {
                let (id, attribute) = match (argument.as_str(), list()) {
                    (Some(text), _) => {
                        let (id, attribute) = text
                            .split_once('.')
                            .ok_or_else(|| wrong("!GetAtt RESOURCE.ATTRIBUTE"))?;
                        (id.to_owned(), attribute.to_owned())
                    }
                    (None, [id, attribute]) => (self.text(id)?, self.text(attribute)?),
                    _ => return Err(wrong("!GetAtt RESOURCE.ATTRIBUTE")),
                };
                self.attribute(&id, &attribute, span).map(text_value)
            }
            "Sub" => match (argument.as_str(), list()) {
                (Some(text), _) => self.sub(text, None, span).map(text_value),
                (None, [text, values]) => {
                    let text = text.as_str().ok_or_else(|| wrong("!Sub [TEXT, VALUES]"))?;
                    self.sub(text, Some(values), span).map(text_value)
                }
                _ => Err(wrong("!Sub TEXT or !Sub [TEXT, VALUES]")),
            },
            "Join" => {
                let [separator, items] = list() else {
                    return Err(wrong("!Join [SEPARATOR, [VALUES]]"));
                };
                let texts: Option<Vec<String>> = match self.value(items)? {
                    Some(Value::Array(items)) => items.iter().map(scalar).collect(),
                    _ => None,
                };
                let texts = texts.ok_or_else(|| wrong("!Join [SEPARATOR, [VALUES]]"))?;
                Ok(text_value(texts.join(&self.text(separator)?)))
            }
            "Split" => {
                let [separator, text] = list() else {
                    return Err(wrong("!Split [SEPARATOR, TEXT]"));
                };
                let (separator, text) = (self.text(separator)?, self.text(text)?);
                Ok(Some(text.split(separator.as_str()).collect()))
            }
            "Select" => {
                let [index, items] = list() else {
                    return Err(wrong("!Select [INDEX, [VALUES]]"));
                };
                let index: Option<usize> = self.text(index)?.parse().ok();
                let items = self.value(items)?;
                let item = index.and_then(|index| items.as_ref()?.get(index).cloned());
                item.map(Some)
                    .ok_or_else(|| self.problem(span, "!Select names no item of its list"))
            }
            "FindInMap" => self.find_in_map(list(), span),
            "If" => {
                let [condition, yes, no] = list() else {
                    return Err(wrong("!If [CONDITION, VALUE, VALUE]"));
                };
                let name = condition
                    .as_str()
                    .ok_or_else(|| wrong("!If [CONDITION, VALUE, VALUE]"))?;
                let chosen = if self.condition(name, span)? { yes } else { no };
                self.value(chosen)
            }
            "Base64" => Ok(text_value(BASE64.encode(self.text(argument)?))),
            "Cidr" => self.cidr(list(), span),
            "GetAZs" => {
                let region = match self.value(argument)?.as_ref().and_then(scalar) {
                    Some(region) if !region.is_empty() => region,
                    _ => self.region().to_owned(),
                };
                let zones = ["a", "b", "c"].map(|zone| format!("{region}{zone}"));
                Ok(Some(zones.to_vec().into()))
            }
            "Length" => match self.value(argument)? {
                Some(Value::Array(items)) => Ok(Some(items.len().into())),
                _ => Err(wrong("!Length [VALUES]")),
            },
            "ToJsonString" => {
                let value = self.value(argument)?.unwrap_or(Value::Null);
                Ok(text_value(value.to_string()))
            }
            "Condition" | "Equals" | "Not" | "And" | "Or" => self
                .logic(function, argument, span)
                .map(|truth| Some(truth.into())),
            "Transform" => {
                let message = "!Transform is written Fn::Transform within an object";
                Err(self.problem(span, message))
            }
            _ => Err(self.problem(
                span,
                format!("{function} cannot be resolved without CloudFormation"),
            )),
        }
    }

    fn find_in_map(&self, arguments: &[Node], span: Span) -> Resolved {
        let [map, top, second, options @ ..] = arguments else {
            let message = "FindInMap is written !FindInMap [MAP, KEY, KEY]";
            return Err(self.problem(span, message));
        };
        let keys = [self.text(map)?, self.text(top)?, self.text(second)?];
        let mut node = self.template.root.get("Mappings");
        for key in &keys {
            node = node.and_then(|node| node.get(key));
        }
        // With the transform AWS::LanguageExtensions.
        let default = options.first().and_then(|node| node.get("DefaultValue"));
        match node.or(default) {
            Some(node) => self.value(node),
            None => Err(self.problem(span, format!("Mappings has no {}", keys.join(".")))),
        }
    }

    /// `[BLOCK, COUNT, BITS]`: as many subnets of a block, each with that many bits for hosts.
    fn cidr(&self, arguments: &[Node], span: Span) -> Resolved {
        let wrong = |why: &str| self.problem(span, format!("!Cidr [BLOCK, COUNT, BITS]: {why}"));
        let (block, count, bits) = match arguments {
            [block, count] => (block, count, None),
            [block, count, bits] => (block, count, Some(bits)),
            _ => return Err(wrong("it has two or three values")),
        };
        let number = |node: &Node, why: &str| {
            let number: Option<u32> = self.text(node)?.parse().ok();
            number.ok_or_else(|| wrong(why))
        };
        let block = self.text(block)?;
        let parsed = block.split_once('/').and_then(|(address, length)| {
            let address: IpAddr = address.parse().ok()?;
            let length: u32 = length.parse().ok()?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            (length <= width).then_some((address, length, width))
        });
        let (address, length, width) =
            parsed.ok_or_else(|| wrong(&format!("'{block}' is no block such as 10.0.0.0/16")))?;
        let count = u128::from(number(count, "COUNT has to be a whole number")?);
        let bits = match bits {
            Some(bits) => number(bits, "BITS has to be a whole number")?,
            None => width / 4,
        };
        let subnets = (width - length).checked_sub(bits);
        let room = subnets.map(|subnets| 1u128.checked_shl(subnets).unwrap_or(u128::MAX));
        if !(1..=MAX_CIDR_BLOCKS).contains(&count) || room.is_none_or(|room| room < count) {
            let message = format!("{block} has no room for {count} blocks with {bits} bits each");
            return Err(wrong(&message));
        }
        let first = match address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        };
        let host_mask = 1u128
            .checked_shl(width - length)
            .map_or(u128::MAX, |size| size - 1);
        let blocks = (0..count).map(|index| {
            let step = index.checked_shl(bits).unwrap_or(0);
            let start = (first & !host_mask) | step;
            let address = match u32::try_from(start) {
                Ok(start) if address.is_ipv4() => IpAddr::V4(start.into()),
                _ => IpAddr::V6(start.into()),
            };
            Value::String(format!("{address}/{}", width - bits))
        });
        Ok(Some(Value::Array(blocks.collect())))
    }

    /// One of `Conditions`, or what stands inside of one.
    pub(super) fn truth(&self, node: &Node) -> Result<bool, Problem> {
        if let Some([member]) = node.members()
            && member.key == "Condition"
        {
            return self.logic("Condition", &member.value, node.span);
        }
        match intrinsic(node) {
            Some((function @ ("Condition" | "Equals" | "Not" | "And" | "Or"), argument)) => {
                self.logic(function, &argument, node.span)
            }
            _ => match self.value(node)? {
                Some(Value::Bool(truth)) => Ok(truth),
                _ => Err(self.problem(node.span, "Expected a condition")),
            },
        }
    }

    fn logic(&self, function: &str, argument: &Node, span: Span) -> Result<bool, Problem> {
        match (function, argument.items().unwrap_or_default()) {
            ("Condition", _) => match argument.as_str() {
                Some(name) => self.condition(name, span),
                None => Err(self.problem(span, "!Condition has the name of a condition")),
            },
            ("Equals", [left, right]) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let texts = left
                    .as_ref()
                    .and_then(scalar)
                    .zip(right.as_ref().and_then(scalar));
                Ok(left == right || texts.is_some_and(|(left, right)| left == right))
            }
            ("Not", [item]) => self.truth(item).map(|truth| !truth),
            ("And" | "Or", items @ [_, ..]) => {
                let truths: Vec<bool> = items
                    .iter()
                    .map(|item| self.truth(item))
                    .collect::<Result<_, _>>()?;
                Ok(match function {
                    "And" => truths.iter().all(|truth| *truth),
                    _ => truths.iter().any(|truth| *truth),
                })
            }
            _ => Err(self.problem(span, format!("{function} has too few or too many values"))),
        }
    }

    /// `${Name}`, `${Resource.Attribute}`; `${!Literal}` stands for `${Literal}`.
    fn sub(&self, text: &str, values: Option<&Node>, span: Span) -> Result<String, Problem> {
        let mut out = String::with_capacity(text.len());
        let unclosed = pieces(text, |piece| {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Literal(text) => out.push_str(&format!("${{{text}}}")),
                Piece::Name(name) => {
                    if let Some(value) = values.and_then(|values| values.get(name)) {
                        out.push_str(&self.text(value)?);
                    } else {
                        out.push_str(&self.substituted(name, span)?);
                    }
                }
            }
            Ok(())
        })?;
        match unclosed {
            true => Err(self.problem(span, "!Sub has a '${' without '}'")),
            false => Ok(out),
        }
    }

    fn substituted(&self, name: &str, span: Span) -> Result<String, Problem> {
        let generated = [".Alias", ".Version"].iter().any(|end| name.ends_with(end));
        match name.split_once('.') {
            Some((id, attribute)) if !generated => self.attribute(id, attribute, span),
            _ => {
                let value = self.reference(name, span)?;
                let value = value.as_ref().and_then(scalar);
                value.ok_or_else(|| self.problem(span, format!("!Sub: '{name}' is no text")))
            }
        }
    }
}

/// A piece of the text of `Fn::Sub`.
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// `${!Literal}`
    Literal(&'t str),
    /// `${Name}`
    Name(&'t str),
}

/// Hands the pieces over in order; whether a `${` without `}` ends them.
pub(super) fn pieces<'t, E>(
    text: &'t str,
    mut take: impl FnMut(Piece<'t>) -> Result<(), E>,
) -> Result<bool, E> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        take(Piece::Text(before))?;
        let Some((name, after)) = after.split_once('}') else {
            return Ok(true);
        };
        rest = after;
        take(match name.strip_prefix('!') {
            Some(literal) => Piece::Literal(literal),
            None => Piece::Name(name.trim()),
        })?;
    }
    take(Piece::Text(rest))?;
    Ok(false)
}
