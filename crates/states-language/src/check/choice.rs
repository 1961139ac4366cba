//! Choice states and their rules.

use serde_json::Value;

use super::graph::{Graph, TransitionField};
use super::variables::StatesMembers;
use super::{Checker, Object, Place, fields};
use crate::machine::{
    Choice, ChoiceRule, Comparison, ComparisonKind, Condition, Dynamic, IsTest, Operand,
    OrderOperator, QueryLanguage, Rule,
};
use crate::syntax::{Member, Node, NodeValue};

const RULE_FIELDS: &[fields::Field] = &[("Next", None), ("Assign", None), ("Comment", None)];
const JSONATA_RULE: &[fields::Field] = &[
    ("Condition", Some(QueryLanguage::Jsonata)),
    ("Output", Some(QueryLanguage::Jsonata)),
];

impl<'s> Checker<'s> {
    pub(super) fn choice(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        graph: &mut Graph<'s>,
    ) -> Option<Choice> {
        self.required(object, &["Choices"]);
        let default = self.transition(object, "Default", TransitionField::Default, graph);
        if object.get("Choices").is_some_and(Node::is_unknown) {
            graph.unknown = true;
        }
        let items = self.filled_array(object, "Choices")?;
        let choices = object.place.key("Choices");
        let mut rules = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let place = choices.index(i);
            graph.unknown |= item.is_unknown();
            let Some(rule) = self.object(item, &place) else {
                continue;
            };
            rules.extend(self.choice_rule(rule, language, i, graph));
        }
        Some(Choice {
            rules,
            default: default.map(Into::into),
        })
    }

    fn choice_rule(
        &mut self,
        rule: Object<'s, '_>,
        language: QueryLanguage,
        index: usize,
        graph: &mut Graph<'s>,
    ) -> Option<ChoiceRule> {
        self.required(rule, &["Next"]);
        let next = self.transition(rule, "Next", TransitionField::Choice(index), graph);
        self.string_field(rule, "Comment");
        let condition = match language {
            QueryLanguage::Jsonata => {
                self.fields(rule, &[RULE_FIELDS, JSONATA_RULE, JSONPATH_ONLY], language);
                self.condition(rule).map(Condition::Jsonata)
            }
            QueryLanguage::JsonPath => self.rule(rule, true).map(Condition::Rule),
        };
        let (output, assign) = self.output_and_assign(rule, language, StatesMembers::InputOnly);
        Some(ChoiceRule {
            condition: condition?,
            next: next?.into(),
            assign,
            output,
        })
    }

    fn condition(&mut self, rule: Object<'s, '_>) -> Option<Dynamic<bool>> {
        self.required(rule, &["Condition"]);
        let node = rule.get("Condition")?;
        let place = rule.place.key("Condition");
        match node.value {
            NodeValue::Bool(value) => Some(Dynamic::Literal(value)),
            _ => self.expression(node, &place).map(Dynamic::Jsonata),
        }
    }

    /// A JSONPath rule: a comparison, or `And`, `Or`, `Not` with rules inside, which have no `Next`.
    fn rule(&mut self, rule: Object<'s, '_>, top: bool) -> Option<Rule> {
        let mut operators: Vec<&'s Member> = Vec::new();
        let mut misnamed = false;
        for member in rule.members {
            match member.key.as_str() {
                _ if member.key_unknown => self.incomplete = true,
                "Variable" => {}
                "Next" | "Assign" | "Comment" if top => {}
                "Comment" => {}
                name if is_operator(name) => operators.push(member),
                name => {
                    misnamed = true;
                    self.misnamed(name, rule, member);
                }
            }
        }
        if rule.members.iter().any(|member| member.key_unknown) {
            return None;
        }
        let operator = match operators[..] {
            [operator] => operator,
            [] if misnamed => return None,
            [] => {
                self.schema(
                    rule.place,
                    rule.span(),
                    "A choice rule needs a comparison operator, or one of [And, Or, Not]",
                );
                return None;
            }
            [_, second, ..] => {
                let names: Vec<_> = operators.iter().map(|member| member.key.as_str()).collect();
                self.schema(
                    rule.place,
                    second.key_span,
                    format!(
                        "There should only be one of the following fields: [{}]",
                        names.join(", ")
                    ),
                );
                return None;
            }
        };
        let place = rule.place.key(&operator.key);
        match operator.key.as_str() {
            "And" => self.rules(rule, "And").map(Rule::And),
            "Or" => self.rules(rule, "Or").map(Rule::Or),
            "Not" => {
                let inner = self.object(&operator.value, &place)?;
                self.rule(inner, false)
                    .map(|rule| Rule::Not(Box::new(rule)))
            }
            name => {
                self.required(rule, &["Variable"]);
                let variable = rule
                    .get("Variable")
                    .and_then(|node| self.reference_path(node, &rule.place.key("Variable")));
                let comparison = self.comparison(name, &operator.value, &place);
                Some(Rule::Compare {
                    variable: variable?,
                    comparison: comparison?,
                })
            }
        }
    }

    /// A field that a JSONPath rule does not have.
    fn misnamed(&mut self, name: &str, rule: Object<'s, '_>, member: &Member) {
        if matches!(name, "Condition" | "Output") {
            let message = fields::wrong_language(name, QueryLanguage::JsonPath);
            self.schema(rule.place, member.key_span, message);
            return;
        }
        let known: Vec<String> = comparators()
            .chain(["Variable", "And", "Or", "Not"].map(str::to_owned))
            .collect();
        let hint = self.near(name, known.iter().map(String::as_str));
        let message = format!("Field '{name}' is not supported");
        self.schema(rule.place, member.key_span, message).hint = hint;
    }

    fn rules(&mut self, rule: Object<'s, '_>, name: &'static str) -> Option<Vec<Rule>> {
        let items = self.filled_array(rule, name)?;
        let place = rule.place.key(name);
        let mut rules = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let place = place.index(i);
            let Some(inner) = self.object(item, &place) else {
                continue;
            };
            rules.extend(self.rule(inner, false));
        }
        (rules.len() == items.len()).then_some(rules)
    }

    fn comparison(&mut self, name: &str, node: &'s Node, place: &Place<'_>) -> Option<Comparison> {
        if name == "StringMatches" {
            return self
                .string(node, place)
                .map(|pattern| Comparison::StringMatches(pattern.to_owned()));
        }
        if let Some((_, test)) = TESTS.iter().find(|(word, _)| *word == name) {
            return self.boolean(node, place).map(|expected| Comparison::Is {
                test: *test,
                expected,
            });
        }
        let (kind, operator) = order(name.strip_suffix("Path").unwrap_or(name))?;
        if name.ends_with("Path") {
            let path = self.reference_path(node, place)?;
            return Some(Comparison::Order {
                kind,
                operator,
                operand: Operand::Path(path),
            });
        }
        let literal = match kind {
            ComparisonKind::String => Value::String(self.string(node, place)?.to_owned()),
            ComparisonKind::Numeric => Value::Number(self.number(node, place)?.clone()),
            ComparisonKind::Boolean => Value::Bool(self.boolean(node, place)?),
            ComparisonKind::Timestamp => {
                let text = self.string(node, place)?;
                self.timestamp(text, node.span, place)?;
                Value::String(text.to_owned())
            }
        };
        Some(Comparison::Order {
            kind,
            operator,
            operand: Operand::Literal(literal),
        })
    }
}

/// What a JSONata rule cannot have; named so that the finding says why.
const JSONPATH_ONLY: &[fields::Field] = &[
    ("Variable", Some(QueryLanguage::JsonPath)),
    ("And", Some(QueryLanguage::JsonPath)),
    ("Or", Some(QueryLanguage::JsonPath)),
    ("Not", Some(QueryLanguage::JsonPath)),
];

const KINDS: &[(&str, ComparisonKind)] = &[
    ("String", ComparisonKind::String),
    ("Numeric", ComparisonKind::Numeric),
    ("Boolean", ComparisonKind::Boolean),
    ("Timestamp", ComparisonKind::Timestamp),
];

const OPERATORS: &[(&str, OrderOperator)] = &[
    ("Equals", OrderOperator::Equals),
    ("LessThan", OrderOperator::LessThan),
    ("GreaterThan", OrderOperator::GreaterThan),
    ("LessThanEquals", OrderOperator::LessThanEquals),
    ("GreaterThanEquals", OrderOperator::GreaterThanEquals),
];

const TESTS: &[(&str, IsTest)] = &[
    ("IsNull", IsTest::Null),
    ("IsPresent", IsTest::Present),
    ("IsNumeric", IsTest::Numeric),
    ("IsString", IsTest::String),
    ("IsBoolean", IsTest::Boolean),
    ("IsTimestamp", IsTest::Timestamp),
];

/// `NumericLessThan` to its parts. Booleans are only equal.
fn order(name: &str) -> Option<(ComparisonKind, OrderOperator)> {
    let (prefix, kind) = KINDS.iter().find(|(prefix, _)| name.starts_with(prefix))?;
    let (_, operator) = OPERATORS
        .iter()
        .find(|(suffix, _)| *suffix == &name[prefix.len()..])?;
    (*kind != ComparisonKind::Boolean || *operator == OrderOperator::Equals)
        .then_some((*kind, *operator))
}

fn is_operator(name: &str) -> bool {
    matches!(name, "And" | "Or" | "Not" | "StringMatches")
        || TESTS.iter().any(|(word, _)| *word == name)
        || order(name.strip_suffix("Path").unwrap_or(name)).is_some()
}

/// All names of comparison operators.
fn comparators() -> impl Iterator<Item = String> {
    let ordered = KINDS
        .iter()
        .flat_map(|(kind, _)| {
            OPERATORS
                .iter()
                .map(move |(operator, _)| format!("{kind}{operator}"))
        })
        .filter(|name| order(name).is_some());
    let with_paths = ordered.flat_map(|name| [format!("{name}Path"), name]);
    with_paths
        .chain(TESTS.iter().map(|(name, _)| (*name).to_owned()))
        .chain(["StringMatches".to_owned()])
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_are_39_comparators() {
        assert_eq!(super::comparators().count(), 39);
        assert!(super::comparators().all(|name| super::is_operator(&name)));
        assert!(
            !super::is_operator("BooleanLessThan")
                && !super::is_operator("StringMatchesPath")
                && !super::is_operator("IsNullPath")
        );
    }
}
