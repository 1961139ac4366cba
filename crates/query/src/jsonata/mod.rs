//! JSONata as AWS Step Functions has it: `$states` and variables instead of an input document, six functions of its own
//! (`$partition`, `$range`, `$hash`, `$random`, `$uuid`, `$parse`), no `$eval`.
//!
//! The engine is `jlens-core`; nothing of it shows outside this module. It always gets the time and the seed of the
//! [`Evaluation`], and only those parts of `$states` and of the variables that the expression may read.

mod analysis;
mod functions;
mod guards;
mod meter;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jlens_core::reads::Read;
use jlens_core::{Bindings, CancelToken, Options};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{CancelFlag, Environment, Evaluation, SyntaxError};
use analysis::{Analysis, VariablePath};
use guards::Guarded;
use meter::Meter;

/// A parsed expression. A clone costs a reference count.
#[derive(Clone)]
pub struct Expression(Arc<Parsed>);

struct Parsed {
    engine: jlens_core::Expression,
    /// What stands for the engine where it can.
    guarded: Option<Guarded>,
    text: String,
    analysis: Analysis,
}

/// What kind of failure ended an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonataErrorKind {
    /// The expression failed on its data.
    Evaluation,
    /// It needed more depth, steps or space than the [`QueryLimits`](crate::QueryLimits) allow.
    Limit,
    /// The [`CancelFlag`] was raised.
    Cancelled,
}

/// Why an evaluation failed. The error name is `States.QueryEvaluationError`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct JsonataError {
    /// What kind of failure it is.
    pub kind: JsonataErrorKind,
    /// JSONata's error code such as `T2001`; `None` for failures that JSONata does not know.
    pub code: Option<String>,
    /// One sentence.
    pub message: String,
    /// The offset in the expression's text, in UTF-16 code units, near which it failed, when known.
    pub position: Option<usize>,
}

impl JsonataError {
    /// How AWS ends the sentence "The JSONata expression '…' specified for the field '…' threw an error during
    /// evaluation": `. CODE: message`, or `: message` where there is no code.
    pub fn tail(&self) -> String {
        match &self.code {
            Some(code) => format!(". {code}: {}", self.message),
            None => format!(": {}", self.message),
        }
    }

    /// More space needed than allowed, in AWS's words.
    fn memory() -> Self {
        JsonataError {
            kind: JsonataErrorKind::Limit,
            code: None,
            message: "Expression evaluation memory limit exceeded".to_owned(),
            position: None,
        }
    }

    fn from_engine(error: &jlens_core::Error) -> Self {
        let (kind, code, message) = match error.code() {
            "U1003" => (
                JsonataErrorKind::Cancelled,
                None,
                "Expression evaluation was cancelled".to_owned(),
            ),
            "U1006" => (
                JsonataErrorKind::Limit,
                None,
                "Expression evaluation step limit exceeded".to_owned(),
            ),
            "U1001" => return Self::memory(),
            "D1011" | "D1012" => (JsonataErrorKind::Limit, None, error.message()),
            "" => (JsonataErrorKind::Evaluation, None, error.message()),
            // Arrays of `[1..n]` and texts of `$pad` have bounds in JSONata itself.
            code @ ("D2014" | "D2016") => (
                JsonataErrorKind::Limit,
                Some(code.to_owned()),
                error.message(),
            ),
            code => (
                JsonataErrorKind::Evaluation,
                Some(code.to_owned()),
                error.message(),
            ),
        };
        JsonataError {
            kind,
            code,
            message,
            position: error.position(),
        }
    }
}

impl Expression {
    /// Parses the text between `{%` and `%}`.
    pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
        let trimmed = text.trim();
        let offset = text.len() - text.trim_start().len();
        let engine = jlens_core::Expression::compile(trimmed).map_err(|error| {
            let position = error.span().map_or(0, |span| span.start).min(trimmed.len());
            SyntaxError::new(error.message(), offset + position)
        })?;
        let analysis = analysis::analyse(&engine);
        let rewritten = meter::without_tail_calls(trimmed, &analysis.tail_calls);
        let guarded = guards::guarded(rewritten.as_deref().unwrap_or(trimmed));
        let engine = rewritten
            .and_then(|text| jlens_core::Expression::compile(&text).ok())
            .unwrap_or(engine);
        Ok(Expression(Arc::new(Parsed {
            engine,
            guarded,
            text: trimmed.to_owned(),
            analysis,
        })))
    }

    /// The expression without the blanks around it.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether it reads `$states`.
    pub fn uses_states(&self) -> bool {
        self.0.analysis.states.is_some()
    }

    /// The members of `$states` that it reads, where they are named (`input`, `context`, `result`, `errorOutput`);
    /// `None` when it may read all of them.
    pub fn states_members(&self) -> Option<Vec<&str>> {
        match &self.0.analysis.states {
            Some(Read::Whole) => None,
            Some(Read::Fields(fields)) => Some(fields.keys().map(String::as_str).collect()),
            None => Some(Vec::new()),
        }
    }

    /// The free variables, without the `$`: what the machine must have assigned. `states`, functions and variables that
    /// the expression binds itself are none.
    pub fn variables(&self) -> &[String] {
        &self.0.analysis.variables
    }

    /// What it refers to that does not exist in AWS's dialect, in AWS's words (diagnostic code
    /// `UNSUPPORTED_JSONATA_EXPRESSION`): there is no input document, so names at the top level and `$$` mean nothing.
    pub fn unsupported_references(&self) -> &[String] {
        &self.0.analysis.unsupported
    }

    /// The result; `None` is JSONata's *undefined*, which also stands for functions.
    pub fn eval(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Option<Value>, JsonataError> {
        let parsed = &*self.0;
        if let Some(path) = &parsed.analysis.path
            && let Some(found) = path.lookup(env)
        {
            return Ok(found.cloned());
        }
        self.eval_by_engine(env, evaluation)
    }

    fn eval_by_engine(
        &self,
        env: &dyn Environment,
        evaluation: &Evaluation<'_>,
    ) -> Result<Option<Value>, JsonataError> {
        let parsed = &*self.0;
        let mut bindings = self.bindings(env, evaluation);
        let is_shadowed =
            |name: &&str| parsed.analysis.reads.contains_key(*name) && env.variable(name).is_some();
        let guarded = parsed.guarded.as_ref();
        let guarded = guarded.filter(|guarded| !guarded.names.iter().any(is_shadowed));
        let engine = match guarded {
            Some(guarded) => {
                bindings = guards::bind(bindings, evaluation.limits);
                &guarded.engine
            }
            None => &parsed.engine,
        };
        let limits = evaluation.limits;
        let max_steps = match parsed.analysis.has_regular_expression {
            true => limits
                .max_steps
                .min(limits.max_steps_with_regular_expression),
            false => limits.max_steps,
        };
        let mut options = Options::new()
            .now(evaluation.now_millis)
            .seed(evaluation.seed)
            .max_depth(limits.max_depth)
            .max_steps(max_steps)
            .max_result_size(limits.max_result_bytes)
            .max_string_length(limits.max_result_bytes)
            .max_array_length(limits.max_array_items);
        let cancel = evaluation.cancel.map(CancelFlag::attach);
        let token = match &cancel {
            Some(attached) => attached.token().clone(),
            None => CancelToken::new(),
        };
        let mut meter = Meter::new(limits.max_allocated_bytes, token.clone());
        if cancel.is_some() || parsed.analysis.is_repeating {
            options = options.cancel_token(token);
        }
        let result = if parsed.analysis.is_repeating {
            engine.evaluate_traced(None, &bindings, &options, &mut meter)
        } else {
            engine.evaluate_with(None, &bindings, &options)
        };
        match result {
            Ok(None) => Ok(None),
            Ok(Some(mut value)) => {
                restore_integers(&mut value);
                Ok(Some(value))
            }
            Err(error) if meter.exceeded && error.code() == "U1003" => Err(JsonataError::memory()),
            Err(error) => {
                let mut error = JsonataError::from_engine(&error);
                if !parsed.analysis.tail_calls.is_empty() {
                    // A place in the text as it was rewritten for the meter.
                    error.position = None;
                } else if let Some(guarded) = guarded {
                    // None for what failed in a guard.
                    let position = error.position;
                    error.position = position.and_then(|p| p.checked_sub(guarded.prefix_units));
                }
                Err(error)
            }
        }
    }

    /// The functions, and copies of what the expression may read.
    fn bindings(&self, env: &dyn Environment, evaluation: &Evaluation<'_>) -> Bindings {
        let analysis = &self.0.analysis;
        let mut bindings = functions::bindings(analysis, evaluation);
        match &analysis.states {
            Some(Read::Fields(members)) => {
                let read = |(name, read): (&String, &Read)| {
                    let value = match read {
                        Read::Fields(fields) if name == "context" => context_parts(env, fields),
                        read => read.cut(env.states_member(name)?),
                    };
                    Some((name.clone(), value))
                };
                let states: Map<String, Value> = members.iter().filter_map(read).collect();
                bindings = bindings.var("states", states);
            }
            Some(Read::Whole) => {
                let states = env.states().cloned().unwrap_or_else(|| {
                    let names = ["input", "context", "result", "errorOutput"];
                    let member =
                        |name: &str| Some((name.to_owned(), env.states_member(name)?.clone()));
                    Value::Object(names.into_iter().filter_map(member).collect())
                });
                bindings = bindings.var("states", states);
            }
            None => {}
        }
        for (name, read) in &analysis.reads {
            if let Some(value) = env.variable(name) {
                bindings = bindings.var(name.as_str(), read.cut(value));
            }
        }
        bindings
    }
}

/// The context object with those members alone that are read.
fn context_parts(env: &dyn Environment, members: &BTreeMap<String, Read>) -> Value {
    let read =
        |(name, read): (&String, &Read)| Some((name.clone(), read.cut(env.context_member(name)?)));
    Value::Object(members.iter().filter_map(read).collect())
}

impl VariablePath {
    /// The value, `Some(None)` when there is none, or `None` when only the engine can tell (names are looked up in every
    /// item of an array).
    fn lookup<'v>(&self, env: &'v dyn Environment) -> Option<Option<&'v Value>> {
        let (mut value, names) = match (self.variable.as_str(), self.names.as_slice()) {
            ("states", []) => return None,
            ("states", [context, member, rest @ ..]) if context == "context" => {
                (env.context_member(member), rest)
            }
            ("states", [member, rest @ ..]) => (env.states_member(member), rest),
            (variable, names) => (env.variable(variable), names),
        };
        for name in names {
            value = match value? {
                Value::Object(fields) => fields.get(name),
                Value::Array(_) => return None,
                _ => None,
            };
            if value.is_none() {
                return Some(None);
            }
        }
        Some(Some(value?))
    }
}

/// Writes every whole number that a 64-bit integer holds as an integer (`1000000000000000000`, not
/// `1000000000000000000.0`), as AWS does. The engine does so up to 2^53 only.
fn restore_integers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(restore_integers),
        Value::Object(fields) => fields.values_mut().for_each(restore_integers),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or(f64::NAN);
            // The upper bound itself, 2^63, is no i64.
            if float.fract() == 0.0 && (i64::MIN as f64..i64::MAX as f64).contains(&float) {
                *value = (float as i64).into();
            }
        }
        _ => {}
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.0.text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests;
