//! `stepwright action`: everything that a definition needs to know of one action.

mod machine;
mod page;

use serde_json::Value;
use service_models::expression::with_sfn_names;
use service_models::{Acceptor, Expected, Matcher, Operation, Paginator, Shape, naming};
use states_language::integration::Parameters;
use states_language::machine::QueryLanguage;

use crate::actions::{Action, definition, pages, resolve, to_yaml};
use crate::args::{ActionArgs, Output, QueryLanguageName};
use crate::error::CliError;
use crate::terminal;

const TEXT_DEPTH: usize = 3;
const JSON_DEPTH: usize = 8;

pub fn action(args: &ActionArgs) -> Result<u8, CliError> {
    let action = resolve(&args.action)?;
    let snippet = snippet(args, &action)?;
    let write = |snippet: &Value| match args.yaml {
        true => to_yaml(snippet),
        false => format!("{snippet:#}\n"),
    };
    if args.snippet {
        let refusal = action.refusal().unwrap_or_default();
        let snippet =
            snippet.ok_or_else(|| CliError::user(format!("{} is {refusal}", action.name())))?;
        return terminal::print(&write(&snippet)).map(|()| 0);
    }
    match args.output {
        Output::Json => {
            let depth = args.depth.map_or(JSON_DEPTH, usize::from);
            terminal::print_json(&machine::described(&action, snippet, depth))?;
        }
        Output::Text => {
            let depth = args.depth.map_or(TEXT_DEPTH, usize::from);
            let snippet = snippet.map(|snippet| write(&snippet));
            terminal::print(&page::shown(&action, snippet.as_deref(), depth))?;
        }
    }
    Ok(0)
}

fn snippet(args: &ActionArgs, action: &Action) -> Result<Option<Value>, CliError> {
    let language = match args.query_language {
        QueryLanguageName::Jsonata => QueryLanguage::Jsonata,
        QueryLanguageName::JsonPath => QueryLanguage::JsonPath,
    };
    match (args.pages, language) {
        (false, _) => Ok(definition(action, language)),
        (true, QueryLanguage::JsonPath) => Err(CliError::user("--pages writes JSONata only")),
        (true, QueryLanguage::Jsonata) => pages(action).map(Some).ok_or_else(|| {
            CliError::user(format!(
                "the answer of {} does not come in pages",
                action.name()
            ))
        }),
    }
}

/// An error that the action can end with, under its name in `Retry` and `Catch`.
struct Failure {
    name: String,
    code: Option<&'static str>,
    status: Option<u16>,
    note: &'static str,
}

/// The declared errors, then those that every action of the service has.
fn failures(operation: Operation) -> Vec<Failure> {
    let prefix = operation.service().exception_prefix();
    let mut failures: Vec<Failure> = operation
        .errors()
        .filter_map(|shape| {
            Some(Failure {
                name: format!("{prefix}.{}", naming::exception(shape.name()?)),
                code: shape.error_code().or(shape.name()),
                status: shape.error_status(),
                note: match (shape.is_throttling(), shape.is_retryable()) {
                    (true, _) => "throttled, worth another try",
                    (_, true) => "worth another try",
                    _ => "",
                },
            })
        })
        .collect();
    failures.push(Failure {
        name: format!("{prefix}.{prefix}Exception"),
        code: None,
        status: None,
        note: "any other error that the service answers; the cause tells which",
    });
    failures.push(Failure {
        name: format!("{prefix}.SdkClientException"),
        code: None,
        status: None,
        note: "no answer: connection, credentials, time",
    });
    failures
}

/// Members of the input that the integration takes away.
fn removed(action: &Action) -> &'static [&'static str] {
    match action.optimized().map(|optimized| &optimized.parameters) {
        Some(Parameters::Api(_, _, removed)) => removed,
        _ => &[],
    }
}

/// A paginator in Step Functions' names.
struct Pages {
    input_tokens: Vec<String>,
    output_tokens: Vec<String>,
    results: Vec<String>,
    limit: Option<String>,
    more_results: Option<String>,
}

impl Pages {
    fn of(operation: Operation, paginator: &Paginator) -> Pages {
        let renamed = |name: &str, shape: Option<Shape>| match shape {
            Some(shape) => with_sfn_names(name, shape),
            None => name.to_owned(),
        };
        let given = |name: &str| renamed(name, operation.input());
        let answered = |name: &str| renamed(name, operation.output());
        Pages {
            input_tokens: paginator.input_tokens.iter().map(|n| given(n)).collect(),
            output_tokens: paginator
                .output_tokens
                .iter()
                .map(|n| answered(n))
                .collect(),
            results: paginator.result_keys.iter().map(|n| answered(n)).collect(),
            limit: paginator.limit_key.map(given),
            more_results: paginator.more_results.map(answered),
        }
    }
}

fn argument(operation: Operation, acceptor: &Acceptor) -> String {
    match operation.output() {
        Some(output) => with_sfn_names(acceptor.argument, output),
        None => acceptor.argument.to_owned(),
    }
}

/// The value of an acceptor; an error under its name in `Catch` where the service declares it.
fn expected(operation: Operation, acceptor: &Acceptor) -> String {
    let service = operation.service();
    match (acceptor.expected, acceptor.matcher) {
        (Expected::Text(code), Matcher::Error) => {
            let declared = service.exception(code).and_then(Shape::name);
            let prefix = service.exception_prefix();
            match declared {
                Some(shape) => format!("{prefix}.{}", naming::exception(shape)),
                None => format!("{prefix}.{prefix}Exception with the code {code}"),
            }
        }
        (Expected::Text(text), _) => text.to_owned(),
        (Expected::Boolean(value), _) => value.to_string(),
        (Expected::Number(value), _) => value.to_string(),
    }
}
