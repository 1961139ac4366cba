//! Choice.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter, a rule matches | ChoiceStateEntered, ChoiceStateExited | the rule's state |
//! | Enter, none matches, Default | ChoiceStateEntered, ChoiceStateExited | Default |
//! | Enter, none matches, no Default | ChoiceStateEntered | frame failed with States.NoChoiceMatched |

use std::cmp::Ordering;

use query::jsonpath::Path;
use serde_json::{Number, Value};
use states_language::machine::{
    Choice, ChoiceRule, Comparison, ComparisonKind, Condition, IsTest, Next, Operand,
    OrderOperator, Rule,
};

use crate::data_flow::{DataFlow, cause};
use crate::execution::Frame;
use crate::failure::{Failure, names};
use crate::step::Turn;
use crate::time::parse_timestamp;

pub(crate) fn run(turn: &mut Turn<'_>, frame: Frame, choice: &Choice) {
    let mut flow = DataFlow::new(turn, &frame);
    let chosen = (|| {
        let input = flow.effective_input()?;
        let mut matched = None;
        for (index, rule) in choice.rules.iter().enumerate() {
            let holds = match &rule.condition {
                Condition::Jsonata(condition) => flow.condition(condition, index)?,
                Condition::Rule(rule) => holds(rule, &mut |path| flow.look_up(path, &input))?,
            };
            if holds {
                matched = Some(rule);
                break;
            }
        }
        let next = match (matched, &choice.default) {
            (Some(rule), _) => rule.next.clone(),
            (None, Some(default)) => default.clone(),
            (None, None) => {
                let what = "Failed to transition out of the state. The state does not have any matching choice rule and no Default.";
                return Err(Failure::new(names::NO_CHOICE_MATCHED, cause(&frame, what)));
            }
        };
        let (output, assigned) = match matched {
            Some(ChoiceRule { output, assign, .. }) => {
                flow.rule_output(&input, output.as_ref(), assign.as_ref())?
            }
            None => flow.output(&input)?,
        };
        Ok((next, output, assigned))
    })();
    match chosen {
        Ok((next, output, assigned)) => turn.exit(frame, output, assigned, &Next::State(next)),
        Err(failure) => turn.fail(frame, failure),
    }
}

/// Finds a path's value; none when there is nothing at it.
type LookUp<'a> = dyn FnMut(&Path) -> Result<Option<Value>, Failure> + 'a;

fn holds(rule: &Rule, look_up: &mut LookUp<'_>) -> Result<bool, Failure> {
    match rule {
        Rule::And(rules) => {
            for rule in rules {
                if !holds(rule, look_up)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Rule::Or(rules) => {
            for rule in rules {
                if holds(rule, look_up)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Rule::Not(rule) => Ok(!holds(rule, look_up)?),
        Rule::Compare {
            variable,
            comparison,
        } => compare(variable, comparison, look_up),
    }
}

fn compare(
    variable: &Path,
    comparison: &Comparison,
    look_up: &mut LookUp<'_>,
) -> Result<bool, Failure> {
    let value = look_up(variable)?;
    if let Comparison::Is {
        test: IsTest::Present,
        expected,
    } = comparison
    {
        return Ok(value.is_some() == *expected);
    }
    let Some(value) = value else {
        return Err(invalid_path(variable));
    };
    match comparison {
        Comparison::Is { test, expected } => Ok(is(*test, &value) == *expected),
        Comparison::StringMatches(pattern) => Ok(value
            .as_str()
            .is_some_and(|text| matches_pattern(pattern, text))),
        Comparison::Order {
            kind,
            operator,
            operand,
        } => {
            let operand = match operand {
                Operand::Literal(literal) => literal.clone(),
                Operand::Path(path) => look_up(path)?.ok_or_else(|| invalid_path(path))?,
            };
            Ok(order(*kind, &value, &operand)
                .is_some_and(|ordering| satisfies(*operator, ordering)))
        }
    }
}

fn invalid_path(path: &Path) -> Failure {
    Failure::runtime(format!(
        "Invalid path '{}': The choice state's condition path references an invalid value.",
        path.text()
    ))
}

/// None when the values are not both of the kind: no comparison holds then.
fn order(kind: ComparisonKind, left: &Value, right: &Value) -> Option<Ordering> {
    match (kind, left, right) {
        (ComparisonKind::String, Value::String(left), Value::String(right)) => {
            Some(left.cmp(right))
        }
        (ComparisonKind::Numeric, Value::Number(left), Value::Number(right)) => {
            order_numbers(left, right)
        }
        (ComparisonKind::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (ComparisonKind::Timestamp, Value::String(left), Value::String(right)) => {
            Some(parse_timestamp(left)?.cmp(&parse_timestamp(right)?))
        }
        _ => None,
    }
}

fn order_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn satisfies(operator: OrderOperator, ordering: Ordering) -> bool {
    match operator {
        OrderOperator::Equals => ordering.is_eq(),
        OrderOperator::LessThan => ordering.is_lt(),
        OrderOperator::GreaterThan => ordering.is_gt(),
        OrderOperator::LessThanEquals => ordering.is_le(),
        OrderOperator::GreaterThanEquals => ordering.is_ge(),
    }
}

fn is(test: IsTest, value: &Value) -> bool {
    match test {
        IsTest::Null => value.is_null(),
        IsTest::Present => true,
        IsTest::Numeric => value.is_number(),
        IsTest::String => value.is_string(),
        IsTest::Boolean => value.is_boolean(),
        IsTest::Timestamp => value
            .as_str()
            .is_some_and(|text| parse_timestamp(text).is_some()),
    }
}

/// `*` stands for any run of characters; `\*` and `\\` for the character itself. Linear in text × stars.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => parts.push(String::new()),
            '\\' => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend(characters.next())),
            other => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.push(other)),
        }
    }
    let Some((last, parts)) = parts.split_last() else {
        return false;
    };
    let Some((first, middle)) = parts.split_first() else {
        return last == text;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for part in middle {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("log-*.txt", "log-2026.txt", true),
            ("log-*.txt", "log-2026.csv", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*a", "a", false),
            (r"\*", "*", true),
            (r"\*", "x", false),
            (r"a\\b", r"a\b", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(
                matches_pattern(pattern, text),
                expected,
                "{pattern} on {text}"
            );
        }
    }

    #[test]
    fn numbers_compare_by_value_not_by_spelling() {
        assert_eq!(
            order(ComparisonKind::Numeric, &json!(1), &json!(1.0)),
            Some(Ordering::Equal)
        );
        assert_eq!(
            order(
                ComparisonKind::Numeric,
                &json!(9007199254740993i64),
                &json!(9007199254740992i64)
            ),
            Some(Ordering::Greater)
        );
        assert_eq!(order(ComparisonKind::Numeric, &json!("1"), &json!(1)), None);
    }

    #[test]
    fn timestamps_compare_across_offsets() {
        let order = order(
            ComparisonKind::Timestamp,
            &json!("2020-01-01T01:00:00+01:00"),
            &json!("2020-01-01T00:00:00Z"),
        );
        assert_eq!(order, Some(Ordering::Equal));
    }
}
