//! Which operation a request is for.

use http::request::Parts;
use http::{HeaderMap, Method, header};
use service_models::{Operation, Protocol, Service, catalog};

use super::text::{parameters, text};
use super::{SERVICES, ServiceError};

/// What can be said of a request before its body has come.
#[derive(Debug, Clone, Copy)]
pub enum Route {
    Operation(Operation),
    /// A form: its body says which operation ([`route_form`]).
    Form,
}

/// # Errors
/// `UnknownOperationException`.
pub fn route(head: &Parts) -> Result<Route, ServiceError> {
    if let Some(target) = text(&head.headers, "x-amz-target") {
        return targeted(head, target).map(Route::Operation);
    }
    if head.method == Method::POST && head.uri.path() == "/" && is_form(&head.headers) {
        return Ok(Route::Form);
    }
    let signed_for = signed_for(&head.headers);
    let service = |service: &&Service| signed_for.is_none_or(|name| service.signing_name() == name);
    let path = head.uri.path();
    let found = services(Protocol::RestJson)
        .filter(service)
        .flat_map(Service::operations)
        .filter(|operation| operation.http_method() == head.method.as_str())
        .filter(|operation| labels(*operation, path).is_some())
        .filter(|operation| has_fixed_parameters(*operation, head.uri.query()))
        // What says more of the request is what was meant.
        .max_by_key(|operation| specificity(*operation));
    match found {
        Some(operation) => Ok(Route::Operation(operation)),
        None => Err(ServiceError::unknown_operation(404)),
    }
}

/// `X-Amz-Target: AWSEvents.PutRule`
fn targeted(head: &Parts, target: &str) -> Result<Operation, ServiceError> {
    let unknown = |status| Err(ServiceError::unknown_operation(status));
    if head.method != Method::POST || head.uri.path() != "/" {
        return unknown(404);
    }
    let media_type = media_type(&head.headers).to_ascii_lowercase();
    if !media_type.starts_with("application/x-amz-json-1.") {
        return unknown(404);
    }
    let found = target.split_once('.').and_then(|(prefix, name)| {
        let service =
            services(Protocol::Json).find(|service| service.target_prefix() == Some(prefix))?;
        let operation = service.operation(name)?;
        (operation.name() == name).then_some(operation)
    });
    found.map_or_else(|| unknown(400), Ok)
}

/// The operation that a form names by `Action` and `Version`.
///
/// # Errors
/// `MissingAction`, `InvalidAction`, with 400.
pub fn route_form(body: &[u8]) -> Result<Operation, ServiceError> {
    let body = String::from_utf8_lossy(body);
    let parameter = |wanted: &str| {
        let mut parameters = parameters(&body);
        parameters
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value)
    };
    let Some(action) = parameter("Action") else {
        let message = "The request names no Action.";
        return Err(ServiceError::new("MissingAction", 400, message));
    };
    let version = parameter("Version").unwrap_or_default();
    let found = services(Protocol::Query)
        .filter(|service| service.api_version() == version)
        .find_map(|service| service.operation(&action))
        .filter(|operation| operation.name() == action);
    found.ok_or_else(|| {
        let message = format!("Could not find operation {action} for version {version}");
        ServiceError::new("InvalidAction", 400, message)
    })
}

fn services(protocol: Protocol) -> impl Iterator<Item = &'static Service> {
    let named = SERVICES.iter().filter_map(|name| service(name));
    named.filter(move |service| service.protocol() == protocol)
}

/// A service of ours as botocore names it.
fn service(name: &str) -> Option<&'static Service> {
    catalog()
        .services()
        .find(|service| service.boto_name() == name)
}

/// Whether the body is a form, as the query protocol has it.
pub fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn media_type(headers: &HeaderMap) -> &str {
    let media_type = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim()
}

/// The service that a signature names: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
pub fn signed_for(headers: &HeaderMap) -> Option<&str> {
    let authorization = text(headers, header::AUTHORIZATION.as_str())?;
    let (_, credential) = authorization.split_once("Credential=")?;
    let credential = credential.split([',', ' ']).next()?;
    credential.split('/').nth(3)
}

/// The values of the labels in an operation's path, as they stand in the request; None: it is not its path.
pub(super) fn labels(operation: Operation, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut given = segments(path);
    let mut labels = Vec::new();
    let mut template = segments(template_path(operation)).peekable();
    while let Some(part) = template.next() {
        let Some(name) = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        else {
            if given.next()? != part {
                return None;
            }
            continue;
        };
        let value = match name.strip_suffix('+') {
            None => given.next()?.to_owned(),
            // All but what the rest of the template takes.
            Some(_) => {
                let all: Vec<&str> = given.collect();
                let taken = all.len().checked_sub(template.clone().count())?;
                let (taken, rest) = all.split_at_checked(taken)?;
                let value = taken.join("/");
                let is_rest = rest.iter().copied().eq(template.by_ref());
                labels.push((name.trim_end_matches('+'), value));
                return is_rest.then_some(labels);
            }
        };
        if value.is_empty() {
            return None;
        }
        labels.push((name, value));
    }
    given.next().is_none().then_some(labels)
}

/// A slash at the end says nothing.
fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.trim_matches('/').split('/')
}

fn template_path(operation: Operation) -> &'static str {
    let uri = operation.request_uri();
    uri.split_once('?').map_or(uri, |(path, _)| path)
}

/// What an operation's query string always has: `?find=LayerVersion`.
fn has_fixed_parameters(operation: Operation, query: Option<&str>) -> bool {
    let Some((_, fixed)) = operation.request_uri().split_once('?') else {
        return true;
    };
    let query = query.unwrap_or_default();
    parameters(fixed).all(|wanted| parameters(query).any(|given| given == wanted))
}

fn specificity(operation: Operation) -> (bool, usize) {
    let literal = segments(template_path(operation)).filter(|part| !part.starts_with('{'));
    (operation.request_uri().contains('?'), literal.count())
}
