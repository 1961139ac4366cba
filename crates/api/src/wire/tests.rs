//! What our own client sends is what is read, and what is answered is what it reads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use connectors::protocol::{self, WireRequest, WireResponse};
use http::{HeaderMap, Request};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use service_models::{Location, Member, Operation, Service, Shape, ShapeKind, catalog};

use super::decode::read;
use super::encode::modelled;
use super::*;
use crate::validation::Model;

/// Shapes contain themselves.
const DEPTH: usize = 4;

fn service(name: &str) -> &'static Service {
    let mut services = catalog().services();
    services
        .find(|service| service.boto_name() == name)
        .unwrap()
}

fn operation(service_name: &str, name: &str) -> Operation {
    service(service_name).operation(name).unwrap()
}

/// All operations that have a model here.
fn operations() -> impl Iterator<Item = (Operation, &'static Model)> {
    SERVICES.into_iter().flat_map(|name| {
        let model = Model::of(name).unwrap();
        let known = service(name).operations();
        known
            .filter(move |operation| model.knows(operation.name()))
            .map(move |operation| (operation, model))
    })
}

fn request(sent: WireRequest) -> Request<Bytes> {
    let mut request = Request::builder()
        .method(sent.method.as_str())
        .uri(sent.uri);
    for (name, value) in sent.headers {
        request = request.header(name, value);
    }
    request.body(sent.body.into()).unwrap()
}

/// A value in the three forms that it takes.
#[derive(Clone)]
struct Sample {
    /// As arguments of a task, normalized.
    argument: Value,
    /// As a member here.
    member: Value,
    /// As a result of a task.
    result: Value,
}

impl Sample {
    fn same(value: Value) -> Sample {
        Sample {
            argument: value.clone(),
            member: value.clone(),
            result: value,
        }
    }
}

/// Chooses by the numbers that a test was given.
struct Chooser(u64);

impl Chooser {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn text(&mut self) -> String {
        let texts = [
            "a",
            "x/y z",
            "a<b> & \"c\"",
            "1=2+3%2F",
            "Zoë",
            "arn:aws:s:r:1:f/n",
        ];
        texts[self.below(texts.len() as u64) as usize].to_owned()
    }

    fn value(&mut self, member: Member, depth: usize) -> Option<Sample> {
        let shape = member.shape();
        if depth > DEPTH || shape.is_event_stream() {
            return None;
        }
        let is_in_header = matches!(member.location(), Some(Location::Header));
        Some(match shape.kind() {
            ShapeKind::Structure => {
                let samples: Vec<_> = self.members(shape, depth + 1);
                let of = |form: fn(&Sample) -> &Value, name: fn(Member) -> &'static str| {
                    let fields = samples.iter();
                    let fields = fields.map(|(m, s)| (name(*m).to_owned(), form(s).clone()));
                    Value::Object(fields.collect())
                };
                Sample {
                    argument: of(|s| &s.argument, Member::name),
                    member: of(|s| &s.member, Member::name),
                    result: of(|s| &s.result, Member::sfn_name),
                }
            }
            ShapeKind::List => {
                let item = shape.list_member()?;
                let number = 1 + self.below(12);
                let items: Vec<Sample> = (0..number)
                    .map(|_| self.value(item, depth + 1))
                    .collect::<Option<_>>()?;
                let of = |form: fn(&Sample) -> &Value| {
                    items.iter().map(|s| form(s).clone()).collect::<Value>()
                };
                Sample {
                    argument: of(|s| &s.argument),
                    member: of(|s| &s.member),
                    result: of(|s| &s.result),
                }
            }
            ShapeKind::Map => {
                let (_, value) = shape.map_members()?;
                let value = self.value(value, depth + 1)?;
                Sample {
                    argument: json!({"key 1": value.argument}),
                    member: json!({"key 1": value.member}),
                    result: json!({"key 1": value.result}),
                }
            }
            ShapeKind::String if is_in_header => Sample::same(json!("RequestResponse")),
            ShapeKind::String => Sample::same(self.text().into()),
            ShapeKind::Blob => {
                let text = self.text();
                Sample {
                    member: STANDARD.encode(&text).into(),
                    ..Sample::same(text.into())
                }
            }
            ShapeKind::Boolean => Sample::same((self.below(2) == 0).into()),
            ShapeKind::Integer | ShapeKind::Long => Sample::same((200 + self.below(99)).into()),
            ShapeKind::Float | ShapeKind::Double => Sample::same(json!(0.5)),
            ShapeKind::Timestamp => Sample {
                member: json!(1_714_979_289),
                ..Sample::same(json!("2024-05-06T07:08:09Z"))
            },
        })
    }

    /// Most members of a structure; of the input or output itself all that have a place of their own.
    fn members(&mut self, shape: Shape, depth: usize) -> Vec<(Member, Sample)> {
        let mut samples = Vec::new();
        for member in shape.members() {
            if depth > 0 && self.below(4) == 0 {
                continue;
            }
            samples.extend(self.value(member, depth).map(|sample| (member, sample)));
        }
        samples
    }
}

/// Structures without members say nothing in some protocols.
fn without_empty(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Object(fields) => {
            let fields: Map<_, _> = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), without_empty(value)?)))
                .collect();
            (!fields.is_empty()).then_some(fields)?.into()
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(without_empty).collect();
            (!items.is_empty()).then_some(items)?.into()
        }
        other => other.clone(),
    })
}

/// Whether a member is the body itself.
fn is_raw_payload(shape: Shape, member: Member) -> bool {
    let payload = shape.payload().map(Member::name);
    payload == Some(member.name())
        && matches!(member.shape().kind(), ShapeKind::Blob | ShapeKind::String)
}

fn is_read_as_it_was_sent(operation: Operation, model: &'static Model, seed: u64) {
    let Some(shape) = operation.input() else {
        return;
    };
    let samples = Chooser(seed).members(shape, 0);
    let arguments = samples
        .iter()
        .map(|(m, s)| (m.name().to_owned(), s.argument.clone()));
    let sent = protocol::serialize(operation, &arguments.collect()).unwrap();
    let request = request(sent);
    let (head, _) = request.clone().into_parts();
    let routed = match route(&head).unwrap() {
        Route::Operation(routed) => routed,
        Route::Form => route_form(request.body()).unwrap(),
    };
    assert_eq!(
        (routed.service().boto_name(), routed.name()),
        (operation.service().boto_name(), operation.name())
    );
    let input = read(operation, model, &request).unwrap();
    let (raw, members): (Vec<_>, Vec<_>) = samples
        .into_iter()
        .partition(|(member, _)| is_raw_payload(shape, *member));
    let members: Map<String, Value> = members
        .into_iter()
        .map(|(member, sample)| (member.name().to_owned(), sample.member))
        .collect();
    assert_eq!(
        without_empty(&input.members.into()),
        without_empty(&members.into()),
        "{operation:?}"
    );
    if let Some((_, sample)) = raw.first() {
        let payload = input.payload.unwrap();
        assert_eq!(sample.argument, std::str::from_utf8(&payload).unwrap());
    }
}

fn is_answered_as_it_is_read(operation: Operation, seed: u64) {
    let Some(shape) = operation.output() else {
        return;
    };
    let is_stream = |member: Member| member.shape().is_event_stream();
    if shape.members().any(is_stream) {
        return;
    }
    let samples = Chooser(seed).members(shape, 0);
    let mut output = Output::default();
    let mut result = Map::new();
    for (member, sample) in samples {
        result.insert(member.sfn_name().to_owned(), sample.result);
        if is_raw_payload(shape, member) {
            let text = sample.argument.as_str().unwrap().to_owned();
            output.payload = Some(text.into());
        } else {
            output
                .members
                .insert(member.name().to_owned(), sample.member);
        }
    }
    let response = encode(operation, Ok(output), "id");
    let (status, headers) = (response.status().as_u16(), response.headers());
    let read = protocol::parse_response(operation, status, headers, response.body());
    let WireResponse::Success(read) = read else {
        panic!("{operation:?}: {read:?}");
    };
    // Answers without a body have no members.
    if status != 204 {
        assert_eq!(
            without_empty(&read),
            without_empty(&result.into()),
            "{operation:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_our_client_sends_is_what_is_read(seed: u64) {
        let mut number = 0;
        for (operation, model) in operations() {
            is_read_as_it_was_sent(operation, model, seed.wrapping_add(number));
            number += 1;
        }
        prop_assert!(number > 200);
    }

    #[test]
    fn what_is_answered_is_what_our_client_reads(seed: u64) {
        for (number, (operation, _)) in operations().enumerate() {
            is_answered_as_it_is_read(operation, seed.wrapping_add(number as u64));
        }
    }

    #[test]
    fn nothing_that_comes_is_a_panic(body: Vec<u8>, path in "[a-z0-9/%:{}+.-]{0,60}", query in "[a-zA-Z&=%+.]{0,30}") {
        for (operation, _) in operations() {
            let request = Request::builder()
                .method(operation.http_method())
                .uri(format!("/{}?{query}", path.replace(['{', '}'], "")))
                .body(Bytes::from(body.clone()));
            let Ok(request) = request else { continue };
            let _ = decode(operation, &request);
            let (head, _) = request.into_parts();
            let _ = route(&head);
        }
        let _ = route_form(&body);
    }
}

#[test]
fn every_error_is_read_by_its_name() {
    for name in SERVICES {
        let service = service(name);
        let some = service.operations().next().unwrap();
        for exception in service.exceptions() {
            let code = exception.error_code().or(exception.name()).unwrap();
            let error =
                ServiceError::new(code, exception.error_status().unwrap_or(400), "no <such>");
            let response = refuse(service, &modelled(service, error), "id");
            let status = response.status().as_u16();
            let read = protocol::parse_response(some, status, response.headers(), response.body());
            let WireResponse::Error(read) = read else {
                panic!("{name} {code}: {read:?}");
            };
            assert_eq!(read.code.as_deref(), Some(code), "{name}");
            assert_eq!(read.message.as_deref(), Some("no <such>"), "{name} {code}");
            assert_eq!(read.request_id.as_deref(), Some("id"), "{name} {code}");
        }
    }
}

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> http::request::Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn routed(method: &str, uri: &str, headers: &[(&str, &str)]) -> String {
    match route(&head(method, uri, headers)) {
        Ok(Route::Operation(operation)) => {
            format!("{}:{}", operation.service().boto_name(), operation.name())
        }
        Ok(Route::Form) => "form".to_owned(),
        Err(error) => format!("{} {}", error.status, error.code),
    }
}

#[test]
fn requests_find_their_operation() {
    let signed = |service: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    };
    for (method, uri, expected) in [
        ("GET", "/2015-03-31/functions/", "lambda:ListFunctions"),
        ("GET", "/2015-03-31/functions/f", "lambda:GetFunction"),
        (
            "POST",
            "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations",
            "lambda:Invoke",
        ),
        (
            "GET",
            "/2019-09-25/functions/f/event-invoke-config/list?MaxItems=1",
            "lambda:ListFunctionEventInvokeConfigs",
        ),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency?List=ALL",
            "lambda:ListProvisionedConcurrencyConfigs",
        ),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
            "lambda:GetProvisionedConcurrencyConfig",
        ),
        (
            "PUT",
            "/schedules/s?groupName=g",
            "scheduler:UpdateSchedule",
        ),
        (
            "DELETE",
            "/tags/arn%3Aaws%3As%2Fg?TagKeys=a",
            "scheduler:UntagResource",
        ),
        ("PATCH", "/schedules/s", "404 UnknownOperationException"),
        ("GET", "/", "404 UnknownOperationException"),
    ] {
        assert_eq!(routed(method, uri, &[]), expected, "{method} {uri}");
    }
    let json = ("content-type", "application/x-amz-json-1.1");
    for (target, expected) in [
        ("AWSEvents.PutRule", "events:PutRule"),
        ("Logs_20140328.PutLogEvents", "logs:PutLogEvents"),
        ("AWSEvents.putRule", "400 UnknownOperationException"),
        ("AWSEvents.", "400 UnknownOperationException"),
        (
            "DynamoDB_20120810.ListTables",
            "400 UnknownOperationException",
        ),
    ] {
        assert_eq!(
            routed("POST", "/", &[json, ("x-amz-target", target)]),
            expected
        );
    }
    let form = (
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    assert_eq!(routed("POST", "/", &[form]), "form");
    // A signature says which service was meant.
    for (service, expected) in [
        ("lambda", "404 UnknownOperationException"),
        ("scheduler", "scheduler:ListSchedules"),
    ] {
        let signature = signed(service);
        let headers = [("authorization", signature.as_str())];
        assert_eq!(routed("GET", "/schedules", &headers), expected);
    }
}

#[test]
fn forms_name_their_action_and_version() {
    let named = |body: &str| {
        let found = route_form(body.as_bytes());
        found.map(|operation| operation.name().to_owned())
    };
    assert_eq!(
        named("Action=GetRole&Version=2010-05-08").unwrap(),
        "GetRole"
    );
    let caller = "Version=2011-06-15&Action=GetCallerIdentity";
    assert_eq!(named(caller).unwrap(), "GetCallerIdentity");
    for (body, message) in [
        ("", "MissingAction: The request names no Action."),
        (
            "Action=GetRole&Version=2011-06-15",
            "InvalidAction: Could not find operation GetRole for version 2011-06-15",
        ),
    ] {
        assert_eq!(named(body).unwrap_err().to_string(), message);
    }
}

fn refused(service: &str, name: &str, method: &str, uri: &str, body: &str) -> String {
    let request = Request::builder().method(method).uri(uri);
    let request = request.body(Bytes::from(body.to_owned())).unwrap();
    decode(operation(service, name), &request)
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_wrong_has_the_name_that_the_service_gives_it() {
    let null = |path: &str| {
        format!(
            "1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
        )
    };
    assert_eq!(
        refused("events", "DescribeRule", "POST", "/", "{}"),
        format!("ValidationException: {}", null("name"))
    );
    assert_eq!(
        refused("logs", "CreateLogGroup", "POST", "/", "{}"),
        format!("InvalidParameterException: {}", null("logGroupName"))
    );
    assert_eq!(
        refused("iam", "DeleteRole", "POST", "/", "Action=DeleteRole"),
        format!("ValidationError: {}", null("roleName"))
    );
    assert_eq!(
        refused("events", "DescribeRule", "POST", "/", r#"{"Name":1}"#),
        "SerializationException: NUMBER_VALUE can not be converted to a String"
    );
    for time in ["1e300", "300000000000"] {
        let schedule = format!(r#"{{"StartDate":{time}}}"#);
        let refused = refused(
            "scheduler",
            "CreateSchedule",
            "POST",
            "/schedules/s",
            &schedule,
        );
        assert!(refused.ends_with("is no timestamp"), "{refused}");
    }
    assert_eq!(
        refused(
            "lambda",
            "ListFunctions",
            "GET",
            "/2015-03-31/functions?MaxItems=many",
            ""
        ),
        "SerializationException: 'many' of MaxItems is not a whole number"
    );
    assert_eq!(
        refused("iam", "CreateUser", "POST", "/", ""),
        "InvalidAction: Stepwright has no iam:CreateUser: roles and policies are stored and shown here, not enforced or assumed."
    );
}

#[test]
fn members_in_the_path_are_not_taken_from_the_body_and_extensions_are_read() {
    let body = r#"{"Name":"other","GroupName":"g","Stepwright":{"Missed":"SKIP"},"Unknown":1,"Target":null}"#;
    let request = Request::put("/schedules/a%2Fb?x=1").body(Bytes::from(body));
    let update = operation("scheduler", "UpdateSchedule");
    let input = read(update, Model::of("scheduler").unwrap(), &request.unwrap()).unwrap();
    let expected = json!({"GroupName": "g", "Stepwright": {"Missed": "SKIP"}, "Name": "a/b"});
    assert_eq!(Value::Object(input.members), expected);
}

#[test]
fn extensions_are_answered_and_answers_have_an_id() {
    let members = json!({"Name": "a", "Stepwright": {"Missed": "SKIP"}});
    let Value::Object(members) = members else {
        unreachable!()
    };
    let response = encode(
        operation("scheduler", "GetSchedule"),
        Ok(Output::of(members)),
        "id",
    );
    assert_eq!(response.headers()["x-amzn-requestid"], "id");
    assert_eq!(
        response.body().as_ref(),
        br#"{"Name":"a","Stepwright":{"Missed":"SKIP"}}"#
    );
    let response = encode(
        operation("lambda", "DeleteAlias"),
        Ok(Output::default()),
        "id",
    );
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (204, 0)
    );
    assert_eq!(HeaderMap::len(response.headers()), 2);
}
