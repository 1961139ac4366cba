//! The one pipeline of a state's data: InputPath, Parameters or Arguments, ResultSelector, ResultPath, OutputPath or Output,
//! Assign, and the scalar fields. It tells every stage to the trace, and turns every error into AWS's words.

use std::sync::Arc;

use query::jsonata::Expression;
use query::jsonpath::{Path, PathError};
use query::template::{Template, TemplateError};
use query::{CancelFlag, Evaluation, Payload};
use serde_json::Value;
use states_language::machine::{
    Catcher, Dynamic, Items, Map, QueryLanguage, ResultPath, Selection,
};

use crate::environment::{Built, Names};
use crate::execution::{Children, Execution, Frame};
use crate::failure::{Failure, cause_in_state, names};
use crate::limits::Limits;
use crate::seed;
use crate::step::Turn;
use crate::trace::{Stage, Trace};

/// AWS's largest number of seconds of a Wait or a timeout, a little more than three years.
const MAX_SECONDS: u64 = 99_999_999;

/// Variables that a state assigns, in order.
pub(crate) type Assigned = Vec<(Arc<str>, Payload)>;

pub(crate) struct DataFlow<'a> {
    execution: &'a Execution,
    frame: &'a Frame,
    item: Option<(&'a Children, u32)>,
    limits: &'a Limits,
    now_millis: i64,
    cancel: Option<&'a CancelFlag>,
    trace: Option<&'a mut dyn Trace>,
}

pub(crate) fn cause(frame: &Frame, what: &str) -> String {
    cause_in_state(&frame.state.name, frame.entry.event_id, what)
}

impl<'a> DataFlow<'a> {
    pub fn new(turn: &'a mut Turn<'_>, frame: &'a Frame) -> DataFlow<'a> {
        DataFlow {
            execution: turn.execution,
            frame,
            item: None,
            limits: turn.limits,
            now_millis: turn.now_millis,
            cancel: turn.interrupts.map(|interrupts| &interrupts.cancel),
            trace: match &mut turn.trace {
                Some(trace) => Some(&mut **trace),
                None => None,
            },
        }
    }

    /// Expressions see this item as `$$.Map.Item`.
    pub fn for_item(mut self, children: &'a Children, index: u32) -> DataFlow<'a> {
        self.item = Some((children, index));
        self
    }

    fn is_jsonata(&self) -> bool {
        self.frame.state.query_language == QueryLanguage::Jsonata
    }

    pub fn stage(&mut self, stage: Stage, value: &Payload) {
        if let Some(trace) = &mut self.trace {
            trace.stage(&self.frame.state.name, stage, value);
        }
    }

    fn names<'b>(&'b self, dollar: &'b Payload) -> Names<'b> {
        Names {
            execution: self.execution,
            frame: self.frame,
            dollar,
            result: None,
            error_output: None,
            item: self.item,
            built: Built::default(),
        }
    }

    fn evaluation(&self, field: &str) -> Evaluation<'a> {
        Evaluation {
            now_millis: self.now_millis,
            seed: seed::of_field(&self.execution.identity, &self.frame.entry, field),
            limits: &self.limits.query,
            cancel: self.cancel,
        }
    }

    // --- Input side ---

    /// The state's input after `InputPath`; JSONata states see all of it.
    pub fn effective_input(&mut self) -> Result<Payload, Failure> {
        let input = self.frame.input.clone();
        self.stage(Stage::Input, &input);
        let selected = self.select(&self.frame.state.flow.input_path, &input)?;
        self.stage(Stage::AfterInputPath, &selected);
        Ok(selected)
    }

    /// Tells the trace the input of a state that does not look at it.
    pub fn show_input(&mut self) {
        let input = self.frame.input.clone();
        self.stage(Stage::Input, &input);
        self.stage(Stage::AfterInputPath, &input);
    }

    /// What `Parameters` or `Arguments` make of the effective input.
    pub fn arguments(&mut self, effective: &Payload) -> Result<Payload, Failure> {
        let frame = self.frame;
        let Some(template) = &frame.state.flow.arguments else {
            return Ok(effective.clone());
        };
        let (field, stage) = if self.is_jsonata() {
            ("Arguments", Stage::AfterArguments)
        } else {
            ("Parameters", Stage::AfterParameters)
        };
        let arguments = self.template(template, field, &self.names(effective))?;
        self.stage(stage, &arguments);
        Ok(arguments)
    }

    fn select(&self, selection: &Selection, input: &Payload) -> Result<Payload, Failure> {
        match selection {
            Selection::Whole => Ok(input.clone()),
            Selection::Nothing => Ok(Payload::empty_object()),
            Selection::Path(path) => {
                let names = self.names(input);
                let value = path
                    .eval(&names)
                    .map_err(|error| self.path_failure(&error))?;
                Ok(Payload::from_value(value.into_owned()))
            }
        }
    }

    // --- Output side ---

    /// The state's output and the variables it assigns, from its result.
    pub fn output(&mut self, result: &Payload) -> Result<(Payload, Assigned), Failure> {
        self.stage(Stage::Result, result);
        let frame = self.frame;
        let flow = &frame.state.flow;
        if self.is_jsonata() {
            return self.jsonata_output(
                Some(result),
                None,
                flow.output.as_ref(),
                flow.assign.as_ref(),
                result,
            );
        }
        let selected = match &flow.result_selector {
            None => result.clone(),
            Some(selector) => {
                let selected = self.template(selector, "ResultSelector", &self.names(result))?;
                self.stage(Stage::AfterResultSelector, &selected);
                selected
            }
        };
        let assigned = self.assigned(flow.assign.as_ref(), &self.names(&selected))?;
        let merged = self.merge(&flow.result_path, &selected)?;
        self.stage(Stage::AfterResultPath, &merged);
        let output = self.select(&flow.output_path, &merged)?;
        self.stage(Stage::Output, &output);
        Ok((output, assigned))
    }

    /// Output and variables of a Choice rule that matched.
    pub fn rule_output(
        &mut self,
        input: &Payload,
        output: Option<&Template>,
        assign: Option<&Template>,
    ) -> Result<(Payload, Assigned), Failure> {
        if self.is_jsonata() {
            return self.jsonata_output(None, None, output, assign, input);
        }
        let assigned = self.assigned(assign, &self.names(input))?;
        let output = self.select(&self.frame.state.flow.output_path, input)?;
        self.stage(Stage::Output, &output);
        Ok((output, assigned))
    }

    /// Output and variables of a Catcher that matched.
    pub fn caught(
        &mut self,
        catcher: &Catcher,
        error_output: &Payload,
    ) -> Result<(Payload, Assigned), Failure> {
        if self.is_jsonata() {
            let (output, assign) = (catcher.output.as_ref(), catcher.assign.as_ref());
            return self.jsonata_output(None, Some(error_output), output, assign, error_output);
        }
        let assigned = self.assigned(catcher.assign.as_ref(), &self.names(error_output))?;
        let output = self.merge(&catcher.result_path, error_output)?;
        self.stage(Stage::Output, &output);
        Ok((output, assigned))
    }

    fn jsonata_output(
        &mut self,
        result: Option<&Payload>,
        error_output: Option<&Payload>,
        output: Option<&Template>,
        assign: Option<&Template>,
        default: &Payload,
    ) -> Result<(Payload, Assigned), Failure> {
        let names = Names {
            result,
            error_output,
            ..self.names(&self.frame.input)
        };
        let assigned = self.assigned(assign, &names)?;
        let output = match output {
            None => default.clone(),
            Some(template) => self.template(template, "Output", &names)?,
        };
        self.stage(Stage::Output, &output);
        Ok((output, assigned))
    }

    fn assigned(&self, assign: Option<&Template>, names: &Names<'_>) -> Result<Assigned, Failure> {
        let Some(template) = assign else {
            return Ok(Vec::new());
        };
        let fields = template
            .eval_fields(names, &self.evaluation("Assign"))
            .map_err(|error| self.template_failure(error, "Assign", names))?;
        let assigned: Assigned = fields
            .into_iter()
            .map(|(name, value)| (name.into(), Payload::from_value(value)))
            .collect();
        let kept = names.visible_variables().into_iter();
        let kept = kept.filter(|(name, _)| !assigned.iter().any(|(new, _)| new == name));
        let bytes: usize = assigned
            .iter()
            .map(|(_, value)| value.len())
            .chain(kept.map(|(_, value)| value.len()))
            .sum();
        if bytes > self.limits.variables_bytes {
            let what = format!(
                "The variables would take {bytes} bytes; the limit is {}.",
                self.limits.variables_bytes
            );
            return Err(Failure::new(
                names::DATA_LIMIT_EXCEEDED,
                cause(self.frame, &what),
            ));
        }
        Ok(assigned)
    }

    fn merge(&self, result_path: &ResultPath, result: &Payload) -> Result<Payload, Failure> {
        match result_path {
            ResultPath::Replace => Ok(result.clone()),
            ResultPath::Discard => Ok(self.frame.input.clone()),
            ResultPath::At(path) => {
                let mut merged = self.frame.input.value().clone();
                path.set(&mut merged, result.value().clone())
                    .map_err(|error| {
                        Failure::new(
                            names::RESULT_PATH_MATCH_FAILURE,
                            cause(self.frame, &error.to_string()),
                        )
                    })?;
                Ok(Payload::from_value(merged))
            }
        }
    }

    // --- Fields ---

    fn template(
        &self,
        template: &Template,
        field: &str,
        names: &Names<'_>,
    ) -> Result<Payload, Failure> {
        template
            .eval_payload(names, &self.evaluation(field))
            .map_err(|error| self.template_failure(error, field, names))
    }

    /// A path's value for a Choice rule; none where there is nothing.
    pub fn look_up(&mut self, path: &Path, input: &Payload) -> Result<Option<Value>, Failure> {
        let names = self.names(input);
        match path.eval(&names) {
            Ok(value) => Ok(Some(value.into_owned())),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(self.path_failure(&error)),
        }
    }

    /// The truth of a JSONata `Condition`.
    pub fn condition(&mut self, condition: &Dynamic<bool>, index: usize) -> Result<bool, Failure> {
        let Dynamic::Jsonata(expression) = condition else {
            return Ok(matches!(condition, Dynamic::Literal(true)));
        };
        let field = format!("Choices[{index}]/Condition");
        match self.expression(expression, &field)? {
            Value::Bool(truth) => Ok(truth),
            other => Err(self.unexpected_type(expression, &field, "boolean", &other)),
        }
    }

    fn expression(&self, expression: &Expression, field: &str) -> Result<Value, Failure> {
        let names = self.names(&self.frame.input);
        let fail = |error: TemplateError| self.template_failure(error, field, &names);
        let (text, none) = (expression.text().to_owned(), String::new());
        match expression.eval(&names, &self.evaluation(field)) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(fail(TemplateError::Undefined {
                expression: text,
                field: none,
            })),
            Err(error) => Err(fail(TemplateError::Jsonata {
                expression: text,
                field: none,
                error,
            })),
        }
    }

    fn unexpected_type(
        &self,
        expression: &Expression,
        field: &str,
        expected: &str,
        found: &Value,
    ) -> Failure {
        let what = format!(
            "The JSONata expression '{}' specified for the field '{field}' returned an unexpected result type. Expected '{expected}', but was '{}' for value: {found}",
            expression.text(),
            type_name(found),
        );
        Failure::evaluation(cause(self.frame, &what), Some(field.into()), false)
    }

    /// `TimeoutSeconds` or `HeartbeatSeconds`: at least one second, as the validator wants it of a literal.
    pub fn seconds(
        &mut self,
        field: &Dynamic<u64>,
        effective: &Payload,
        name: &str,
    ) -> Result<u64, Failure> {
        match self.integer(field, effective, name)? {
            seconds @ 1..=MAX_SECONDS => Ok(seconds),
            other => {
                let what = format!("{name} must be between 1 and {MAX_SECONDS} but was {other}.");
                Err(match field {
                    Dynamic::Jsonata(_) => {
                        Failure::evaluation(cause(self.frame, &what), Some(name.into()), true)
                    }
                    _ => Failure::runtime(cause(self.frame, &what)),
                })
            }
        }
    }

    /// `MaxConcurrency` and the like, or their `…Path` twins: a whole number, not negative. A text that spells one is taken
    /// too, as AWS takes it.
    pub fn integer(
        &mut self,
        field: &Dynamic<u64>,
        effective: &Payload,
        name: &str,
    ) -> Result<u64, Failure> {
        match field {
            Dynamic::Literal(value) => Ok(*value),
            Dynamic::Path(path) => {
                let names = self.names(effective);
                let value = path
                    .eval(&names)
                    .map_err(|error| self.path_failure(&error))?;
                self.integer_at_path(&value, path, name)
            }
            Dynamic::Intrinsic(_) => Err(Failure::runtime(cause(
                self.frame,
                &format!("{name} takes no intrinsic function."),
            ))),
            Dynamic::Jsonata(expression) => {
                let value = self.expression(expression, name)?;
                let number = whole_number(&value)
                    .ok_or_else(|| self.unexpected_type(expression, name, "number", &value))?;
                u64::try_from(number).map_err(|_| {
                    let what = format!("{name} cannot be negative.");
                    Failure::evaluation(cause(self.frame, &what), Some(name.into()), true)
                })
            }
        }
    }

    fn integer_at_path(&self, value: &Value, path: &Path, name: &str) -> Result<u64, Failure> {
        let parsed =
            whole_number(value).or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        let refused = |what: String| Failure::runtime(cause(self.frame, &what));
        let Some(number) = parsed else {
            return Err(refused(format!(
                "The {name}Path field refers to value {} which is not a valid integer: {}",
                quoted(value),
                path.text()
            )));
        };
        u64::try_from(number).map_err(|_| refused(format!("{name} cannot be negative.")))
    }

    /// `ToleratedFailureCount` and `ToleratedFailurePercentage`, 0 where they are not given. AWS evaluates them on every Map;
    /// only a Distributed Map acts on them.
    pub fn tolerated_failure(
        &mut self,
        map: &Map,
        effective: &Payload,
    ) -> Result<(u64, f64), Failure> {
        let count = match &map.tolerated_failure_count {
            Some(field) => self.integer(field, effective, "ToleratedFailureCount")?,
            None => 0,
        };
        let percentage = match &map.tolerated_failure_percentage {
            None => return Ok((count, 0.0)),
            Some(Dynamic::Literal(value)) => *value,
            Some(Dynamic::Path(path)) => {
                let names = self.names(effective);
                let value = path
                    .eval(&names)
                    .map_err(|error| self.path_failure(&error))?;
                value.as_f64().ok_or_else(|| {
                    let text = path.text();
                    let what =
                        format!("The ToleratedFailurePercentagePath field refers to value {} which is not a valid float: {text}", quoted(&value));
                    Failure::runtime(cause(self.frame, &what))
                })?
            }
            Some(Dynamic::Jsonata(expression)) => {
                let field = "ToleratedFailurePercentage";
                let value = self.expression(expression, field)?;
                value
                    .as_f64()
                    .ok_or_else(|| self.unexpected_type(expression, field, "number", &value))?
            }
            Some(Dynamic::Intrinsic(_)) => return Ok((count, 0.0)),
        };
        if (0.0..=100.0).contains(&percentage) {
            return Ok((count, percentage));
        }
        Err(Failure::runtime(cause(
            self.frame,
            "ToleratedFailurePercentage must be between 0 and 100.",
        )))
    }

    /// `Seconds` or `SecondsPath`; more than AWS's longest wait is that wait.
    pub fn wait_seconds(&mut self, field: &Dynamic<u64>) -> Result<u64, Failure> {
        let seconds = self.unbounded_wait_seconds(field)?;
        Ok(seconds.min(MAX_SECONDS))
    }

    fn unbounded_wait_seconds(&mut self, field: &Dynamic<u64>) -> Result<u64, Failure> {
        match field {
            Dynamic::Literal(seconds) => Ok(*seconds),
            Dynamic::Jsonata(expression) => {
                let value = self.expression(expression, "Seconds")?;
                let number = whole_number(&value)
                    .ok_or_else(|| self.unexpected_type(expression, "Seconds", "number", &value))?;
                u64::try_from(number).map_err(|_| {
                    let what = format!("The Seconds field must not be negative: {number}");
                    Failure::evaluation(cause(self.frame, &what), Some("Seconds".into()), true)
                })
            }
            Dynamic::Path(path) => {
                let effective = self.effective_input()?;
                let refused = |what: String| Failure::runtime(cause(self.frame, &what));
                let text = path.text();
                let value = self.names_lookup(path, &effective).ok_or_else(|| {
                    refused(format!(
                        "The SecondsPath parameter does not reference an input value: {text}"
                    ))
                })?;
                let number = whole_number(&value).or_else(|| value.as_str().and_then(|text| text.parse().ok())).ok_or_else(|| {
                    refused(format!("The SecondsPath parameter cannot be parsed as a long value: {text} == {}", plain(&value)))
                })?;
                u64::try_from(number).map_err(|_| {
                    refused(format!(
                        "The SecondsPath parameter references a negative value: {text} == {number}"
                    ))
                })
            }
            Dynamic::Intrinsic(_) => Err(Failure::runtime(cause(
                self.frame,
                "Seconds takes no intrinsic function.",
            ))),
        }
    }

    /// `Timestamp` or `TimestampPath`: the text, and the path it came from.
    pub fn wait_timestamp(
        &mut self,
        field: &Dynamic<String>,
    ) -> Result<(String, Option<String>), Failure> {
        match field {
            Dynamic::Literal(text) => Ok((text.clone(), None)),
            Dynamic::Jsonata(expression) => match self.expression(expression, "Timestamp")? {
                Value::String(text) => Ok((text, None)),
                other => Err(self.unexpected_type(expression, "Timestamp", "string", &other)),
            },
            Dynamic::Path(path) => {
                let effective = self.effective_input()?;
                let value = self.names_lookup(path, &effective).ok_or_else(|| {
                    let what = format!(
                        "The TimestampPath parameter does not reference an input value: {}",
                        path.text()
                    );
                    Failure::runtime(cause(self.frame, &what))
                })?;
                Ok((plain(&value), Some(path.text().to_owned())))
            }
            Dynamic::Intrinsic(_) => Err(Failure::runtime(cause(
                self.frame,
                "Timestamp takes no intrinsic function.",
            ))),
        }
    }

    fn names_lookup(&self, path: &Path, dollar: &Payload) -> Option<Value> {
        path.eval(&self.names(dollar))
            .ok()
            .map(|value| value.into_owned())
    }

    /// `Error` and `Cause` of a Fail state, and their `…Path` twins.
    pub fn text(
        &mut self,
        field: Option<&Dynamic<String>>,
        name: &str,
        path_name: &str,
    ) -> Result<Option<Arc<str>>, Failure> {
        let input = &self.frame.input;
        match field {
            None => Ok(None),
            Some(Dynamic::Literal(text)) => Ok(Some(text.as_str().into())),
            Some(Dynamic::Jsonata(expression)) => match self.expression(expression, name)? {
                Value::String(text) => Ok(Some(text.into())),
                other => Err(self.unexpected_type(expression, name, "string", &other)),
            },
            Some(Dynamic::Path(path)) => {
                let names = self.names(input);
                match path.eval(&names) {
                    Ok(value) => Ok(Some(plain(&value).into())),
                    Err(error) => {
                        let error = TemplateError::PathNotFound {
                            path: path.text().to_owned(),
                            field: path_name.to_owned(),
                            error,
                        };
                        Err(self.template_failure(error, path_name, &names))
                    }
                }
            }
            Some(Dynamic::Intrinsic(call)) => {
                let names = self.names(input);
                let value = call
                    .eval(&names, &self.evaluation(path_name))
                    .map_err(|error| {
                        let error = TemplateError::Intrinsic {
                            call: call.text().to_owned(),
                            field: path_name.to_owned(),
                            error,
                        };
                        self.template_failure(error, path_name, &names)
                    })?;
                Ok(Some(plain(&value).into()))
            }
        }
    }

    /// A Map's items: a JSON array, or an object whose members are the items.
    pub fn items(&mut self, items: &Items, effective: &Payload) -> Result<Payload, Failure> {
        let jsonata = self.is_jsonata();
        let found = match items {
            Items::Input => effective.clone(),
            Items::Path(path) => {
                let names = self.names(effective);
                Payload::from_value(
                    path.eval(&names)
                        .map_err(|error| self.path_failure(&error))?
                        .into_owned(),
                )
            }
            Items::Template(template) => {
                let items = self.template(template, "Items", &self.names(effective))?;
                if let Some(expression) = whole_expression(template)
                    && !items.value().is_array()
                {
                    return Err(self.unexpected_type(expression, "Items", "array", items.value()));
                }
                items
            }
        };
        match (found.value(), items) {
            (Value::Array(_), _) => Ok(found),
            (Value::Object(_), Items::Template(_)) => Ok(found),
            // Recorded: an object of the input has items, one of the context object has none.
            (Value::Object(_), Items::Path(path)) if !path.text().starts_with("$$") => Ok(found),
            (Value::Object(_), Items::Input) if !jsonata => Ok(found),
            (other, Items::Path(path)) => {
                // AWS names a path of the context object as if it were one of the input.
                let text = path.text();
                let text = text.strip_prefix('$').filter(|rest| rest.starts_with('$'));
                let what = format!(
                    "Reference path \"{}\" must point to array.",
                    text.unwrap_or(path.text())
                );
                debug_assert!(!other.is_array());
                Err(Failure::runtime(cause(self.frame, &what)))
            }
            (other, _) => {
                let what = cause(
                    self.frame,
                    &format!("Map state input must be an array but was: {other}"),
                );
                Err(if jsonata {
                    Failure::evaluation(what, None, false)
                } else {
                    Failure::runtime(what)
                })
            }
        }
    }

    /// The input of one iteration, made by `ItemSelector` (or `Parameters` of the old form).
    pub fn item_selector(
        &mut self,
        selector: &Template,
        effective: &Payload,
    ) -> Result<Payload, Failure> {
        self.template(selector, "ItemSelector", &self.names(effective))
    }

    /// `BatchInput` of an `ItemBatcher`.
    pub fn batch_input(
        &mut self,
        template: &Template,
        effective: &Payload,
    ) -> Result<Payload, Failure> {
        self.template(template, "BatchInput", &self.names(effective))
    }

    /// `Credentials.RoleArn`.
    pub fn role_arn(
        &mut self,
        credentials: &Template,
        effective: &Payload,
    ) -> Result<Option<Arc<str>>, Failure> {
        let credentials = self.template(credentials, "Credentials", &self.names(effective))?;
        match credentials.value().get("RoleArn") {
            None => Ok(None),
            Some(Value::String(arn)) => Ok(Some(arn.as_str().into())),
            Some(other) => Err(Failure::runtime(cause(
                self.frame,
                &format!("Credentials.RoleArn must be a text but was: {other}"),
            ))),
        }
    }

    // --- Errors ---

    fn path_failure(&self, error: &PathError) -> Failure {
        Failure::runtime(cause(self.frame, &error.to_string()))
    }

    fn template_failure(&self, error: TemplateError, field: &str, names: &Names<'_>) -> Failure {
        let error = error.in_field(field);
        match &error {
            TemplateError::PathNotFound { .. } => {
                let input = names.dollar.text();
                Failure::runtime(cause(self.frame, &format!("{error} '{input}'")))
            }
            TemplateError::Intrinsic { .. } => Failure::new(
                names::INTRINSIC_FAILURE,
                cause(self.frame, &error.to_string()),
            ),
            TemplateError::Jsonata { field, .. } | TemplateError::Undefined { field, .. } => {
                let location = field.as_str().into();
                Failure::evaluation(cause(self.frame, &error.to_string()), Some(location), false)
            }
            TemplateError::TooDeep { .. } | TemplateError::TooLarge { .. } => {
                Failure::runtime(cause(self.frame, &error.to_string()))
            }
        }
    }
}

/// The expression of a template that is nothing else.
fn whole_expression(template: &Template) -> Option<&Expression> {
    template
        .expressions()
        .find_map(|(pointer, expression)| match expression {
            query::template::Expr::Jsonata(expression) if pointer.is_empty() => Some(expression),
            _ => None,
        })
}

/// 3 and 3.0, but not 3.5.
fn whole_number(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
    })
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// As AWS shows a value that is not a number: in quotes, whatever it is.
fn quoted(value: &Value) -> String {
    format!("\"{}\"", plain(value))
}
