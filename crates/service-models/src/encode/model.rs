//! One service model to its binary form (`crate::format`).

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use super::{Counts, ServiceSource, Writer};
use crate::format::{self, LOCATIONS, MATCHERS, SHAPE_KINDS, WAITER_STATES};

/// The facts about a service that are decoded at start: names, protocols, signing.
pub fn encode_metadata(service: &ServiceSource, out: &mut Writer) -> Result<()> {
    let metadata = &service.model["metadata"];
    out.text(&service.folder);
    for key in [
        "serviceId",
        "serviceFullName",
        "uid",
        "apiVersion",
        "endpointPrefix",
        "signatureVersion",
        "protocol",
    ] {
        out.text(text(metadata, key)?);
    }
    out.text(
        metadata["signingName"]
            .as_str()
            .unwrap_or(text(metadata, "endpointPrefix")?),
    );
    out.texts(strings(&metadata["protocols"]).into_iter());
    out.texts(strings(&metadata["auth"]).into_iter());
    let namespace = metadata["xmlNamespace"]
        .as_str()
        .or(metadata["xmlNamespace"]["uri"].as_str());
    optional(
        out,
        0,
        &[
            (
                format::metadata::JSON_VERSION,
                metadata["jsonVersion"].as_str(),
            ),
            (
                format::metadata::TARGET_PREFIX,
                metadata["targetPrefix"].as_str(),
            ),
            (format::metadata::XML_NAMESPACE, namespace),
            (
                format::metadata::QUERY_COMPATIBLE,
                metadata.get("awsQueryCompatible").map(|_| ""),
            ),
            (
                format::metadata::GLOBAL_ENDPOINT,
                metadata["globalEndpoint"].as_str(),
            ),
            (
                format::metadata::H2,
                metadata["protocolSettings"]["h2"].as_str(),
            ),
        ],
    );
    Ok(())
}

/// Operations, shapes, paginators and waiters of a service.
pub fn encode(service: &ServiceSource, counts: &mut Counts) -> Result<Vec<u8>> {
    let operations = service.model["operations"]
        .as_object()
        .context("no operations")?;
    let mut shapes = Shapes::collect(&service.model)?;
    let mut out = Writer::default();

    // Operations first: they pull in the shapes they need, in a fixed order.
    let mut body = Vec::new();
    for (name, operation) in operations {
        body.push((name, operation, shapes.operation(operation)?));
    }
    let exceptions = shapes.exceptions()?;
    counts.operations += operations.len();
    counts.shapes += shapes.encoded.len();
    counts.errors += exceptions.len();

    out.number(shapes.encoded.len());
    for shape in &shapes.encoded {
        shape.write(&mut out, counts)?;
    }
    out.number(exceptions.len());
    exceptions.iter().for_each(|id| out.number(*id));
    out.number(body.len());
    for (name, operation, references) in body {
        write_operation(name, operation, &references, &mut out)
            .with_context(|| format!("operation {name}"))?;
    }
    write_paginators(&service.paginators, &mut out, counts)?;
    write_waiters(&service.waiters, &mut out, counts)?;
    Ok(out.finish())
}

/// Ids of the shapes an operation names.
struct References {
    input: Option<usize>,
    output: Option<usize>,
    errors: Vec<usize>,
}

/// A member of a structure, list or map with the id of its shape.
struct Member<'a> {
    name: &'a str,
    shape: usize,
    required: bool,
    traits: &'a Value,
    /// The member's own, else that of its shape, as botocore has it. Structures have theirs for when they are a whole body.
    location_name: Option<&'a str>,
}

struct Shape<'a> {
    name: &'a str,
    kind: usize,
    traits: &'a Value,
    members: Vec<Member<'a>>,
}

/// The shapes that operations and errors reach, each once; primitive shapes that differ only in name are one.
struct Shapes<'a> {
    source: &'a Map<String, Value>,
    ids: HashMap<&'a str, usize>,
    primitives: HashMap<String, usize>,
    encoded: Vec<Shape<'a>>,
}

impl<'a> Shapes<'a> {
    fn collect(model: &'a Value) -> Result<Shapes<'a>> {
        let source = model["shapes"].as_object().context("no shapes")?;
        Ok(Shapes {
            source,
            ids: HashMap::new(),
            primitives: HashMap::new(),
            encoded: Vec::new(),
        })
    }

    fn operation(&mut self, operation: &'a Value) -> Result<References> {
        let mut id = |reference: &'a Value| {
            reference["shape"]
                .as_str()
                .map(|name| self.id(name))
                .transpose()
        };
        let (input, output) = (id(&operation["input"])?, id(&operation["output"])?);
        let errors = operation["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let errors = errors
            .iter()
            .map(|error| self.id(text(error, "shape")?))
            .collect::<Result<_>>()?;
        Ok(References {
            input,
            output,
            errors,
        })
    }

    fn exceptions(&mut self) -> Result<Vec<usize>> {
        let source = self.source;
        let mut ids = Vec::new();
        for (name, shape) in source {
            if shape["exception"] == true || shape.get("error").is_some() {
                ids.push(self.id(name)?);
            }
        }
        Ok(ids)
    }

    fn id(&mut self, name: &'a str) -> Result<usize> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        let traits = self
            .source
            .get(name)
            .with_context(|| format!("no shape {name}"))?;
        let kind = position(&SHAPE_KINDS, text(traits, "type")?)?;
        let composite = ["structure", "list", "map"].contains(&SHAPE_KINDS[kind]);
        if !composite {
            let key = primitive_key(traits);
            if let Some(id) = self.primitives.get(&key) {
                self.ids.insert(name, *id);
                return Ok(*id);
            }
            self.primitives.insert(key, self.encoded.len());
        }
        // The id is taken before the members are visited: shapes may contain themselves.
        let id = self.encoded.len();
        self.ids.insert(name, id);
        self.encoded.push(Shape {
            name,
            kind,
            traits,
            members: Vec::new(),
        });
        let required = strings(&traits["required"]);
        let mut members = Vec::new();
        match SHAPE_KINDS[kind] {
            "structure" => {
                for (member, traits) in traits["members"].as_object().into_iter().flatten() {
                    let required = required.contains(&member.as_str());
                    members.push(self.member(member, traits, required)?);
                }
            }
            "list" => members.push(self.member("member", &traits["member"], false)?),
            "map" => {
                members.push(self.member("key", &traits["key"], false)?);
                members.push(self.member("value", &traits["value"], false)?);
            }
            _ => {}
        }
        self.encoded[id].members = members;
        Ok(id)
    }

    fn member(&mut self, name: &'a str, traits: &'a Value, required: bool) -> Result<Member<'a>> {
        let shape = text(traits, "shape")?;
        ensure!(
            traits.get("timestampFormat").is_none(),
            "{name}: only shapes have a timestampFormat"
        );
        let of_shape = self
            .source
            .get(shape)
            .filter(|shape| shape["type"] != "structure")
            .and_then(|shape| shape["locationName"].as_str());
        let location_name = traits["locationName"].as_str().or(of_shape);
        Ok(Member {
            name,
            shape: self.id(shape)?,
            required,
            traits,
            location_name,
        })
    }
}

/// Two primitive shapes with the same key are told apart by nothing that is encoded.
fn primitive_key(traits: &Value) -> String {
    let keys = [
        "type",
        "enum",
        "timestampFormat",
        "sensitive",
        "streaming",
        "document",
        "requiresLength",
        "deprecated",
    ];
    keys.map(|key| traits[key].to_string()).join(" ")
}

impl Shape<'_> {
    fn write(&self, out: &mut Writer, counts: &mut Counts) -> Result<()> {
        use format::shape::*;
        let traits = self.traits;
        let error = &traits["error"];
        let structure = SHAPE_KINDS[self.kind] == "structure";
        out.number(self.kind);
        let mut flags = 0;
        for (flag, set) in [
            (EXCEPTION, traits["exception"] == true || error.is_object()),
            (SENDER_FAULT, error["senderFault"] == true),
            (RETRYABLE, traits["retryable"].is_object()),
            (THROTTLING, traits["retryable"]["throttling"] == true),
            (FLATTENED, traits["flattened"] == true),
            (DOCUMENT, traits["document"] == true),
            (EVENT, traits["event"] == true),
            (EVENT_STREAM, traits["eventstream"] == true),
            (UNION, traits["union"] == true),
            (SENSITIVE, traits["sensitive"] == true),
            (STREAMING, traits["streaming"] == true),
            (SPARSE, traits["sparse"] == true),
            (WRAPPER, traits["wrapper"] == true),
            (REQUIRES_LENGTH, traits["requiresLength"] == true),
            (DEPRECATED, traits["deprecated"] == true),
            (ENUM, traits["enum"].is_array()),
            (XML_NAMESPACE, namespace(&traits["xmlNamespace"]).is_some()),
            (ERROR_STATUS, error["httpStatusCode"].is_u64()),
        ] {
            if set {
                flags |= flag;
            }
        }
        let fields = [
            (NAMED, structure.then_some(self.name)),
            (TIMESTAMP_FORMAT, traits["timestampFormat"].as_str()),
            (LOCATION_NAME, traits["locationName"].as_str()),
            (PAYLOAD, traits["payload"].as_str()),
            (ERROR_CODE, error["code"].as_str()),
        ];
        optional(out, flags, &fields);
        if traits["enum"].is_array() {
            out.texts(strings(&traits["enum"]).into_iter());
        }
        xml_namespace(out, &traits["xmlNamespace"]);
        if let Some(status) = error["httpStatusCode"].as_u64() {
            out.number(usize::try_from(status)?);
        }
        if structure {
            out.number(self.members.len());
            counts.members += self.members.len();
        }
        for member in &self.members {
            member.write(structure, out)?;
        }
        Ok(())
    }
}

impl Member<'_> {
    fn write(&self, named: bool, out: &mut Writer) -> Result<()> {
        use format::member::*;
        let traits = self.traits;
        if named {
            out.text(self.name);
        }
        out.number(self.shape);
        let mut flags = 0;
        for (flag, set) in [
            (REQUIRED, self.required),
            (FLATTENED, traits["flattened"] == true),
            (IDEMPOTENCY_TOKEN, traits["idempotencyToken"] == true),
            (JSON_VALUE, traits["jsonvalue"] == true),
            (STREAMING, traits["streaming"] == true),
            (XML_ATTRIBUTE, traits["xmlAttribute"] == true),
            (HOST_LABEL, traits["hostLabel"] == true),
            (EVENT_PAYLOAD, traits["eventpayload"] == true),
            (DEPRECATED, traits["deprecated"] == true),
            (LOCATION, traits["location"].is_string()),
            (XML_NAMESPACE, namespace(&traits["xmlNamespace"]).is_some()),
        ] {
            if set {
                flags |= flag;
            }
        }
        let fields = [
            (
                LOCATION_NAME,
                self.location_name
                    .filter(|name| *name != self.name || !named),
            ),
            (QUERY_NAME, traits["queryName"].as_str()),
            (CONTEXT_PARAM, traits["contextParam"]["name"].as_str()),
        ];
        optional(out, flags, &fields);
        if let Some(location) = traits["location"].as_str() {
            out.number(position(&LOCATIONS, location)?);
        }
        xml_namespace(out, &traits["xmlNamespace"]);
        Ok(())
    }
}

fn write_operation(
    name: &str,
    operation: &Value,
    references: &References,
    out: &mut Writer,
) -> Result<()> {
    use format::operation::*;
    let http = &operation["http"];
    out.text(name);
    out.text(text(http, "method")?);
    out.text(text(http, "requestUri")?);
    out.number(usize::try_from(http["responseCode"].as_u64().unwrap_or(0))?);
    let discovery = &operation["endpointdiscovery"];
    let checksum = &operation["httpChecksum"];
    let mut flags = 0;
    for (flag, set) in [
        (INPUT, references.input.is_some()),
        (OUTPUT, references.output.is_some()),
        (
            INPUT_XML_NAMESPACE,
            namespace(&operation["input"]["xmlNamespace"]).is_some(),
        ),
        (AUTH, operation["auth"].is_array()),
        (STATIC_CONTEXT, operation["staticContextParams"].is_object()),
        (
            OPERATION_CONTEXT,
            operation["operationContextParams"].is_object(),
        ),
        (CHECKSUM, checksum.is_object()),
        (COMPRESSION, operation["requestcompression"].is_object()),
        (CHECKSUM_REQUIRED, operation["httpChecksumRequired"] == true),
        (IDEMPOTENT, operation["idempotent"] == true),
        (READ_ONLY, operation["readonly"] == true),
        (DEPRECATED, operation["deprecated"] == true),
        (ENDPOINT_DISCOVERY, discovery.is_object()),
        (ENDPOINT_DISCOVERY_REQUIRED, discovery["required"] == true),
        (ENDPOINT_OPERATION, operation["endpointoperation"] == true),
        (UNSIGNED_PAYLOAD, operation["unsignedPayload"] == true),
    ] {
        if set {
            flags |= flag;
        }
    }
    let fields = [
        (
            INPUT_LOCATION_NAME,
            operation["input"]["locationName"].as_str(),
        ),
        (
            RESULT_WRAPPER,
            operation["output"]["resultWrapper"].as_str(),
        ),
        (HOST_PREFIX, operation["endpoint"]["hostPrefix"].as_str()),
        (AUTH_TYPE, operation["authtype"].as_str()),
    ];
    optional(out, flags, &fields);
    references
        .input
        .into_iter()
        .chain(references.output)
        .for_each(|id| out.number(id));
    xml_namespace(out, &operation["input"]["xmlNamespace"]);
    if operation["auth"].is_array() {
        out.texts(strings(&operation["auth"]).into_iter());
    }
    if let Some(parameters) = operation["staticContextParams"].as_object() {
        out.number(parameters.len());
        for (name, parameter) in parameters {
            out.text(name);
            match &parameter["value"] {
                Value::Bool(value) => out.number(usize::from(*value)),
                Value::String(value) => {
                    out.number(2);
                    out.text(value);
                }
                other => bail!("static context parameter {name} is {other}"),
            }
        }
    }
    if let Some(parameters) = operation["operationContextParams"].as_object() {
        out.number(parameters.len());
        for (name, parameter) in parameters {
            out.text(name);
            out.text(text(parameter, "path")?);
        }
    }
    if checksum.is_object() {
        use format::checksum::*;
        let mut flags = 0;
        if checksum["requestChecksumRequired"] == true {
            flags |= REQUEST_REQUIRED;
        }
        if checksum["responseAlgorithms"].is_array() {
            flags |= RESPONSE_ALGORITHMS;
        }
        let fields = [
            (
                REQUEST_ALGORITHM_MEMBER,
                checksum["requestAlgorithmMember"].as_str(),
            ),
            (
                REQUEST_VALIDATION_MODE_MEMBER,
                checksum["requestValidationModeMember"].as_str(),
            ),
        ];
        optional(out, flags, &fields);
        if checksum["responseAlgorithms"].is_array() {
            out.texts(strings(&checksum["responseAlgorithms"]).into_iter());
        }
    }
    if operation["requestcompression"].is_object() {
        out.texts(strings(&operation["requestcompression"]["encodings"]).into_iter());
    }
    out.number(references.errors.len());
    references.errors.iter().for_each(|id| out.number(*id));
    Ok(())
}

fn write_paginators(
    paginators: &Map<String, Value>,
    out: &mut Writer,
    counts: &mut Counts,
) -> Result<()> {
    use format::paginator::*;
    counts.paginators += paginators.len();
    out.number(paginators.len());
    for (operation, paginator) in paginators {
        out.text(operation);
        let fields = [
            (LIMIT_KEY, paginator["limit_key"].as_str()),
            (MORE_RESULTS, paginator["more_results"].as_str()),
        ];
        optional(out, 0, &fields);
        for key in [
            "input_token",
            "output_token",
            "result_key",
            "non_aggregate_keys",
        ] {
            out.texts(strings(&paginator[key]).into_iter());
        }
    }
    Ok(())
}

fn write_waiters(
    waiters: &Map<String, Value>,
    out: &mut Writer,
    counts: &mut Counts,
) -> Result<()> {
    counts.waiters += waiters.len();
    out.number(waiters.len());
    for (name, waiter) in waiters {
        out.text(name);
        out.text(text(waiter, "operation")?);
        for key in ["delay", "maxAttempts"] {
            out.number(usize::try_from(
                waiter[key]
                    .as_u64()
                    .with_context(|| format!("waiter {name}: no {key}"))?,
            )?);
        }
        let acceptors = waiter["acceptors"]
            .as_array()
            .with_context(|| format!("waiter {name}: no acceptors"))?;
        out.number(acceptors.len());
        for acceptor in acceptors {
            out.number(position(&MATCHERS, text(acceptor, "matcher")?)?);
            out.number(position(&WAITER_STATES, text(acceptor, "state")?)?);
            out.text(acceptor["argument"].as_str().unwrap_or(""));
            match &acceptor["expected"] {
                Value::Bool(value) => out.number(usize::from(*value)),
                Value::String(value) => {
                    out.number(2);
                    out.text(value);
                }
                Value::Number(value) => {
                    out.number(3);
                    out.number(usize::try_from(value.as_u64().context("expected number")?)?);
                }
                other => bail!("waiter {name} expects {other}"),
            }
        }
    }
    Ok(())
}

/// Flag bits, those of `fields` that are there included, then the texts of these fields in the order given.
fn optional(out: &mut Writer, flags: usize, fields: &[(usize, Option<&str>)]) {
    let present = fields.iter().filter(|(_, value)| value.is_some());
    out.number(present.fold(flags, |flags, (flag, _)| flags | flag));
    fields
        .iter()
        .filter_map(|(_, value)| *value)
        .for_each(|value| out.text(value));
}

/// URI and prefix; without a prefix the URI may stand alone.
fn namespace(value: &Value) -> Option<(&str, &str)> {
    let uri = value.as_str().or(value["uri"].as_str())?;
    Some((uri, value["prefix"].as_str().unwrap_or("")))
}

fn xml_namespace(out: &mut Writer, value: &Value) {
    if let Some((uri, prefix)) = namespace(value) {
        out.text(uri);
        out.text(prefix);
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("no {key}"))
}

/// A list of strings, or one string as a list of one.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn position(table: &[&str], name: &str) -> Result<usize> {
    table
        .iter()
        .position(|known| *known == name)
        .with_context(|| format!("{name} is not in {table:?}"))
}
