//! Values of CloudFormation as expressions of Terraform.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::hcl::{Expr, escaped, text};
use crate::export::cloudformation_value::{Piece, as_get_att, as_reference, intrinsic, sub_pieces};
use crate::export::model::{Module, words};
use crate::export::types::{Is, ResourceType};

/// Resources that exist already as often as not: a variable names one, else the module makes it.
pub const REPLACEABLE: [&str; 5] = [
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::DynamoDB::Table",
    "AWS::Serverless::SimpleTable",
    "AWS::S3::Bucket",
];

pub struct Expressions<'m> {
    pub module: &'m Module,
    /// Types of resources that the module has.
    made: &'m dyn Fn(&str) -> bool,
    /// Variables for what is not in the module: name, description.
    pub variables: RefCell<BTreeMap<String, String>>,
    /// Values that Terraform has no expression for.
    pub notes: RefCell<Vec<String>>,
    used: RefCell<BTreeMap<&'static str, ()>>,
}

pub const REGION: &str = "data.aws_region.current.id";
pub const ACCOUNT: &str = "data.aws_caller_identity.current.account_id";
pub const PARTITION: &str = "data.aws_partition.current.partition";

impl<'m> Expressions<'m> {
    pub fn new(module: &'m Module, made: &'m dyn Fn(&str) -> bool) -> Expressions<'m> {
        Expressions {
            module,
            made,
            variables: RefCell::default(),
            notes: RefCell::default(),
            used: RefCell::default(),
        }
    }

    /// The data sources that expressions name so far.
    pub fn data_sources(&self) -> Vec<&'static str> {
        self.used.borrow().keys().copied().collect()
    }

    fn data(&self, source: &'static str, expression: &str) -> String {
        self.used.borrow_mut().insert(source, ());
        expression.to_owned()
    }

    pub fn expr(&self, value: &Value) -> Expr {
        if intrinsic(value).is_some() {
            return Expr::Raw(self.scalar(value));
        }
        match value {
            Value::Array(items) => Expr::List(items.iter().map(|item| self.expr(item)).collect()),
            Value::Object(members) => Expr::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), self.expr(value)))
                    .collect(),
            ),
            other => Expr::Raw(self.scalar(other)),
        }
    }

    /// On one line.
    pub fn scalar(&self, value: &Value) -> String {
        if let Some(pieces) = sub_pieces(value) {
            return self.template(&pieces);
        }
        if let Some((function, argument)) = intrinsic(value) {
            return self.call(function, argument, value);
        }
        match value {
            Value::String(string) => text(string),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.scalar(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{} = {}", text(name), self.scalar(value)))
                    .collect();
                format!("{{ {} }}", members.join(", "))
            }
            other => other.to_string(),
        }
    }

    fn template(&self, pieces: &[Piece]) -> String {
        if let [Piece::Value(value)] = pieces {
            return self.scalar(value);
        }
        let mut out = String::from("\"");
        for piece in pieces {
            match piece {
                Piece::Text(literal) => out.push_str(&escaped(literal)),
                Piece::Value(value) => match sub_pieces(value) {
                    Some(inner) => {
                        let inner = self.template(&inner);
                        match inner
                            .strip_prefix('"')
                            .and_then(|text| text.strip_suffix('"'))
                        {
                            Some(inner) => out.push_str(inner),
                            None => out.push_str(&format!("${{{inner}}}")),
                        }
                    }
                    None => out.push_str(&format!("${{{}}}", self.scalar(value))),
                },
            }
        }
        out.push('"');
        out
    }

    fn call(&self, function: &str, argument: &Value, whole: &Value) -> String {
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, list) {
            ("Ref", _) => self.reference(argument.as_str().unwrap_or_default()),
            ("Fn::GetAtt", _) => match as_get_att(whole) {
                Some((id, attribute)) => self.attribute(id, attribute),
                None => self.unknown(whole),
            },
            ("Fn::Join", [separator, items]) => {
                format!("join({}, {})", self.scalar(separator), self.scalar(items))
            }
            ("Fn::Split", [separator, text]) => {
                format!("split({}, {})", self.scalar(separator), self.scalar(text))
            }
            ("Fn::Select", [index, items]) => {
                let index = index
                    .as_str()
                    .map_or_else(|| index.to_string(), str::to_owned);
                format!("element({}, {index})", self.scalar(items))
            }
            ("Fn::If", [condition, yes, no]) => {
                let name = condition.as_str().unwrap_or_default();
                let (yes, no) = (self.scalar(yes), self.scalar(no));
                format!("{} ? {yes} : {no}", condition_name(name))
            }
            ("Fn::FindInMap", [map, top, second]) => {
                let map = map
                    .as_str()
                    .map(|name| words(name, '_'))
                    .unwrap_or_default();
                format!("local.{map}[{}][{}]", self.scalar(top), self.scalar(second))
            }
            // Our own: a local value of the module.
            ("Fn::Local", _) => format!("local.{}", argument.as_str().unwrap_or_default()),
            ("Fn::Base64", _) => format!("base64encode({})", self.scalar(argument)),
            ("Fn::ToJsonString", _) => format!("jsonencode({})", self.scalar(argument)),
            ("Fn::Length", _) => format!("length({})", self.scalar(argument)),
            ("Fn::Equals", [one, other]) => {
                format!("{} == {}", self.scalar(one), self.scalar(other))
            }
            ("Fn::Not", [one]) => format!("!({})", self.scalar(one)),
            ("Fn::And" | "Fn::Or", [_, ..]) => {
                let sign = if function == "Fn::And" {
                    " && "
                } else {
                    " || "
                };
                let all: Vec<String> = list
                    .iter()
                    .map(|one| format!("({})", self.scalar(one)))
                    .collect();
                all.join(sign)
            }
            ("Condition", _) => condition_name(argument.as_str().unwrap_or_default()),
            ("Fn::ImportValue", _) => {
                let name = argument.as_str().unwrap_or("value");
                let variable = format!("import_{}", words(name, '_'));
                let description = format!("What another stack exports as {name}.");
                self.variable(variable, description)
            }
            _ => self.unknown(whole),
        }
    }

    fn unknown(&self, value: &Value) -> String {
        let number = self.notes.borrow().len() + 1;
        self.notes.borrow_mut().push(format!(
            "no expression of Terraform's for {value}: a variable stands for it"
        ));
        self.variable(format!("value_{number}"), format!("The value of {value}."))
    }

    fn variable(&self, name: String, description: String) -> String {
        let expression = format!("var.{name}");
        self.variables.borrow_mut().insert(name, description);
        expression
    }

    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::Region" => self.data("aws_region", REGION),
            "AWS::AccountId" => self.data("aws_caller_identity", ACCOUNT),
            "AWS::Partition" => self.data("aws_partition", PARTITION),
            "AWS::URLSuffix" => self.data("aws_partition", "data.aws_partition.current.dns_suffix"),
            "AWS::StackName" => "var.name".to_owned(),
            "AWS::NoValue" => "null".to_owned(),
            _ if self.module.parameters.contains_key(name) => {
                format!("var.{}", words(name, '_'))
            }
            _ => match self.module.resource_type(name) {
                Some(row) => self.resource(name, row, row.reference, "Ref"),
                None => self.outside(name, "Ref"),
            },
        }
    }

    fn attribute(&self, id: &str, attribute: &str) -> String {
        let row = self.module.resource_type(id);
        match row.and_then(|row| Some((row, row.attribute(attribute)?))) {
            Some((row, is)) => self.resource(id, row, is, attribute),
            None => self.outside(id, attribute),
        }
    }

    /// What the module does not have is a variable.
    fn outside(&self, id: &str, attribute: &str) -> String {
        let type_name = self.module.resource(id).map_or("", |(name, _)| name);
        let (suffix, what) = match attribute {
            "Ref" => (String::new(), "What !Ref gives".to_owned()),
            name => (format!("_{}", words(name, '_')), format!("The {name}")),
        };
        let name = format!("{}{suffix}", words(id, '_'));
        let of = if type_name.is_empty() {
            String::new()
        } else {
            format!(" ({type_name})")
        };
        self.variable(
            name,
            format!("{what} of {id}{of}, which is not part of this module."),
        )
    }

    fn resource(&self, id: &str, row: &'static ResourceType, is: Is, attribute: &str) -> String {
        let (type_name, condition) = self.module.resource(id).unwrap_or((row.name, None));
        if !(self.made)(type_name) {
            return self.outside(id, attribute);
        }
        let name = words(id, '_');
        if REPLACEABLE.contains(&type_name) {
            let arn = format!("local.{name}_arn");
            return match (is, row.arn.0) {
                (Is::Arn, _) => arn,
                (Is::Url, _) => format!(
                    "\"https://sqs.${{element(split(\":\", {arn}), 3)}}.${{{}}}/${{element(split(\":\", {arn}), 4)}}/${{element(split(\":\", {arn}), 5)}}\"",
                    self.data("aws_partition", "data.aws_partition.current.dns_suffix")
                ),
                (Is::Name, "dynamodb") => format!("element(split(\"/\", {arn}), 1)"),
                (Is::Name, _) => format!("element(split(\":\", {arn}), 5)"),
            };
        }
        // The name of a state machine stands in its own role: the resource itself would make a circle.
        if is == Is::Name && row.arn.1 == "stateMachine:" {
            return format!("local.{name}_name");
        }
        // CloudFormation's ARN of a log group names its streams.
        if is == Is::Arn && row.arn.0 == "logs" {
            return format!("\"${{{}.{name}.arn}}:*\"", row.terraform.resource);
        }
        let field = match is {
            Is::Arn => row.terraform.arn,
            _ => row.terraform.name,
        };
        match condition {
            Some(_) => format!("one({}.{name}[*].{field})", row.terraform.resource),
            None => format!("{}.{name}.{field}", row.terraform.resource),
        }
    }

    /// Whether an expression is `null` for certain.
    pub fn is_no_value(value: &Value) -> bool {
        as_reference(value) == Some("AWS::NoValue")
    }
}

/// A condition is a local value.
pub fn condition_name(name: &str) -> String {
    format!("local.{}", words(name, '_'))
}
