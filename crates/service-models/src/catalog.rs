//! The index of all services, and each service's model behind it.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::decode::{Corrupt, Reader, corrupt, decompress};
use crate::format::{self, MAGIC};
use crate::model::{Model, Operation, Paginator, Protocol, Shape, ShapeData, Waiter};
use crate::naming;

static BLOB: &[u8] = include_bytes!("../catalog/catalog.bin");
static ACTIONS: &[u8] = include_bytes!("../catalog/actions.bin");

/// The catalog of all services. The index is decoded on the first call.
///
/// # Panics
/// When the blob in this binary is damaged, which no input causes; a test decodes all of it.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::decode(BLOB).unwrap_or_else(|error| panic!("{error}")))
}

/// All services of AWS that the models describe.
#[derive(Debug)]
pub struct Catalog {
    botocore_version: &'static str,
    partitions: Value,
    services: Box<[Service]>,
    by_segment: OnceLock<HashMap<&'static str, &'static Service>>,
}

impl Catalog {
    /// Every service, sorted by its folder name in botocore.
    pub fn services(&'static self) -> impl ExactSizeIterator<Item = &'static Service> {
        self.services.iter()
    }

    /// A service by its segment in a task's `Resource`: `ec2` of `arn:aws:states:::aws-sdk:ec2:rebootInstances`.
    pub fn service(&'static self, segment: &str) -> Option<&'static Service> {
        // Two folders may have one segment; the first counts.
        let by_segment = || {
            let named = self.services.iter().rev();
            named.map(|service| (service.segment(), service)).collect()
        };
        self.by_segment
            .get_or_init(by_segment)
            .get(segment)
            .copied()
    }

    /// The actions of all services that a task can use. No model is decoded for it: what is decoded stays in memory.
    ///
    /// # Panics
    /// As [`catalog`].
    pub fn actions(&'static self) -> Vec<(&'static Service, Vec<String>)> {
        let text = decompress(ACTIONS, &[]).unwrap_or_else(|error| panic!("{error}"));
        let text = String::from_utf8_lossy(&text);
        let services = text.lines().filter_map(|line| {
            let (segment, actions) = line.split_once(' ')?;
            let actions = actions.split(' ').map(str::to_owned);
            Some((self.service(segment)?, actions.collect()))
        });
        services.collect()
    }

    /// A service by any name people give it: segment, boto3's name, service id, endpoint prefix or signing name, in any
    /// case. For hints: Step Functions itself knows only the segment.
    pub fn service_by_any_name(&'static self, name: &str) -> Option<&'static Service> {
        let find = |of: fn(&Service) -> &str| {
            self.services
                .iter()
                .find(|s| of(s).eq_ignore_ascii_case(name))
        };
        find(|s| &s.segment)
            .or_else(|| find(|s| s.folder))
            .or_else(|| find(|s| s.service_id))
            .or_else(|| find(|s| s.endpoint_prefix))
            .or_else(|| find(|s| s.signing_name))
    }

    /// The release of botocore whose models these are.
    pub fn botocore_version(&self) -> &'static str {
        self.botocore_version
    }

    pub(crate) fn partitions(&self) -> &Value {
        &self.partitions
    }

    fn decode(blob: &'static [u8]) -> Result<Catalog, Corrupt> {
        let mut rest = blob
            .strip_prefix(MAGIC)
            .ok_or_else(|| corrupt("unknown format"))?;
        let mut take = |length: usize| -> Result<&'static [u8], Corrupt> {
            let (part, tail) = rest
                .split_at_checked(length)
                .ok_or_else(|| corrupt("blob too short"))?;
            rest = tail;
            Ok(part)
        };
        let mut lengths = [0usize; 3];
        for length in &mut lengths {
            let bytes: [u8; 4] = take(4)?.try_into().map_err(corrupt)?;
            *length = usize::try_from(u32::from_le_bytes(bytes)).map_err(corrupt)?;
        }
        let (model_dictionary, rules_dictionary) = (take(lengths[0])?, take(lengths[1])?);
        let mut index = Reader::new(decompress(take(lengths[2])?, &[])?)?;
        let botocore_version = index.text()?;
        let partitions = serde_json::from_str(index.text()?).map_err(corrupt)?;
        let mut services = index.list(|reader| {
            let service = Service::decode(reader, model_dictionary, rules_dictionary)?;
            Ok((service, reader.number()?, reader.number()?))
        })?;
        for (service, model_bytes, _) in &mut services {
            service.model_frame = take(*model_bytes)?;
        }
        for (service, _, rules_bytes) in &mut services {
            service.rules_frame = take(*rules_bytes)?;
        }
        let services = services.into_iter().map(|(service, ..)| service).collect();
        Ok(Catalog {
            botocore_version,
            partitions,
            services,
            by_segment: OnceLock::new(),
        })
    }
}

/// One service: its names and protocols at once, operations and shapes when asked for.
#[derive(Debug)]
pub struct Service {
    folder: &'static str,
    service_id: &'static str,
    full_name: &'static str,
    uid: &'static str,
    api_version: &'static str,
    endpoint_prefix: &'static str,
    signature_version: &'static str,
    signing_name: &'static str,
    protocols: Box<[Protocol]>,
    auth: Box<[&'static str]>,
    json_version: Option<&'static str>,
    target_prefix: Option<&'static str>,
    xml_namespace: Option<&'static str>,
    is_query_compatible: bool,
    global_endpoint: Option<&'static str>,
    h2: Option<&'static str>,
    segment: String,
    exception_prefix: String,
    model_dictionary: &'static [u8],
    rules_dictionary: &'static [u8],
    model_frame: &'static [u8],
    rules_frame: &'static [u8],
    model: OnceLock<Model>,
    rules: OnceLock<Value>,
}

impl Service {
    /// The segment in a task's `Resource`, such as `elasticloadbalancingv2`.
    pub fn segment(&self) -> &str {
        &self.segment
    }

    /// The prefix of its error names, such as `ElasticLoadBalancingV2`.
    pub fn exception_prefix(&self) -> &str {
        &self.exception_prefix
    }

    /// The folder in botocore, which is boto3's and the AWS CLI's name of the service: `elbv2`.
    pub fn boto_name(&self) -> &'static str {
        self.folder
    }

    /// AWS's identifier, such as `Elastic Load Balancing v2`.
    pub fn service_id(&self) -> &'static str {
        self.service_id
    }

    pub fn full_name(&self) -> &'static str {
        self.full_name
    }

    /// The identifier of this version of the API, such as `ec2-2016-11-15`; AWS's reference knows it by this name.
    pub fn uid(&self) -> &'static str {
        self.uid
    }

    pub fn api_version(&self) -> &'static str {
        self.api_version
    }

    pub fn endpoint_prefix(&self) -> &'static str {
        self.endpoint_prefix
    }

    /// `v4` for all but a few.
    pub fn signature_version(&self) -> &'static str {
        self.signature_version
    }

    /// The service's name in SigV4 signatures, unless the endpoint rules say otherwise.
    pub fn signing_name(&self) -> &'static str {
        self.signing_name
    }

    /// Authentication schemes, such as `aws.auth#sigv4`.
    pub fn auth(&self) -> &[&'static str] {
        &self.auth
    }

    /// The protocols that the service speaks, its favourite first.
    pub fn protocols(&self) -> &[Protocol] {
        &self.protocols
    }

    /// The protocol we speak with it: its first but CBOR, which never is the only one.
    pub fn protocol(&self) -> Protocol {
        let spoken = self
            .protocols
            .iter()
            .find(|protocol| **protocol != Protocol::Cbor);
        spoken.copied().unwrap_or(Protocol::Cbor)
    }

    /// `1.0` or `1.1`, for [`Protocol::Json`].
    pub fn json_version(&self) -> Option<&'static str> {
        self.json_version
    }

    /// The first part of the `X-Amz-Target` header of [`Protocol::Json`].
    pub fn target_prefix(&self) -> Option<&'static str> {
        self.target_prefix
    }

    pub fn xml_namespace(&self) -> Option<&'static str> {
        self.xml_namespace
    }

    /// Whether the error code is in the header `x-amzn-query-error`: the service spoke the query protocol before.
    pub fn is_query_compatible(&self) -> bool {
        self.is_query_compatible
    }

    pub fn global_endpoint(&self) -> Option<&'static str> {
        self.global_endpoint
    }

    /// Whether HTTP/2 is `optional` or needed for `eventstream`s.
    pub fn h2(&self) -> Option<&'static str> {
        self.h2
    }

    /// The environment variable that overrides its endpoint: `AWS_ENDPOINT_URL_` and this suffix.
    pub fn endpoint_env_suffix(&self) -> String {
        self.service_id
            .to_ascii_uppercase()
            .replace([' ', '-'], "_")
    }

    /// All operations, in the model's order.
    pub fn operations(&'static self) -> impl ExactSizeIterator<Item = Operation> {
        self.model()
            .operations
            .iter()
            .map(move |data| Operation::new(self, data))
    }

    /// An operation by action or name, in any case; [`Operation::action`] has the canonical form.
    pub fn operation(&'static self, action: &str) -> Option<Operation> {
        // Actions and names differ only in case.
        let data = self
            .model()
            .operations
            .iter()
            .find(|data| data.name().eq_ignore_ascii_case(action))?;
        debug_assert!(data.action().eq_ignore_ascii_case(action));
        Some(Operation::new(self, data))
    }

    /// All errors that the service declares.
    pub fn exceptions(&'static self) -> impl ExactSizeIterator<Item = Shape> {
        self.model().exceptions.iter().map(|id| self.shape(*id))
    }

    /// The declared error with this code on the wire: by the error's own code first, then by the shape's name.
    pub fn exception(&'static self, code: &str) -> Option<Shape> {
        self.exceptions()
            .find(|shape| shape.error_code() == Some(code))
            .or_else(|| self.exceptions().find(|shape| shape.name() == Some(code)))
    }

    pub fn paginators(&'static self) -> &'static [Paginator] {
        &self.model().paginators
    }

    /// All waiters; [`Operation::waiters`] has those of one operation.
    pub fn waiters(&'static self) -> &'static [Waiter] {
        &self.model().waiters
    }

    pub(crate) fn shape(&'static self, id: usize) -> Shape {
        let data: &'static ShapeData = &self.model().shapes[id]; // checked when the model was decoded
        Shape::new(self, data)
    }

    /// The endpoint rule set.
    pub(crate) fn rules(&self) -> &Value {
        let decode = || -> Result<Value, Corrupt> {
            serde_json::from_slice(&decompress(self.rules_frame, self.rules_dictionary)?)
                .map_err(corrupt)
        };
        self.rules.get_or_init(|| {
            decode().unwrap_or_else(|error| panic!("rules of {}: {error}", self.folder))
        })
    }

    fn model(&self) -> &Model {
        let decode = || {
            Model::decode(
                decompress(self.model_frame, self.model_dictionary)?,
                self.service_id,
            )
        };
        self.model.get_or_init(|| {
            decode().unwrap_or_else(|error| panic!("model of {}: {error}", self.folder))
        })
    }

    /// A service of its decompressed parts.
    #[cfg(feature = "encode")]
    pub(crate) fn decoded(
        metadata: Vec<u8>,
        model: Vec<u8>,
        rules: Value,
    ) -> Result<Service, Corrupt> {
        let mut service = Service::decode(&mut Reader::new(metadata)?, &[], &[])?;
        service.model = Model::decode(model, service.service_id)?.into();
        service.rules = rules.into();
        Ok(service)
    }

    fn decode(
        reader: &mut Reader,
        model_dictionary: &'static [u8],
        rules_dictionary: &'static [u8],
    ) -> Result<Service, Corrupt> {
        use format::metadata::*;
        let folder = reader.text()?;
        let service_id = reader.text()?;
        let full_name = reader.text()?;
        let uid = reader.text()?;
        let api_version = reader.text()?;
        let endpoint_prefix = reader.text()?;
        let signature_version = reader.text()?;
        let protocol = protocol(reader.text()?)?;
        let signing_name = reader.text()?;
        let mut protocols = reader.list(|r| self::protocol(r.text()?))?;
        if protocols.is_empty() {
            protocols = Box::new([protocol]);
        }
        let auth = reader.texts()?;
        let flags = reader.number()?;
        let json_version = reader.text_if(flags & JSON_VERSION != 0)?;
        let target_prefix = reader.text_if(flags & TARGET_PREFIX != 0)?;
        let xml_namespace = reader.text_if(flags & XML_NAMESPACE != 0)?;
        let is_query_compatible = reader.text_if(flags & QUERY_COMPATIBLE != 0)?.is_some();
        let global_endpoint = reader.text_if(flags & GLOBAL_ENDPOINT != 0)?;
        let h2 = reader.text_if(flags & H2 != 0)?;
        let exception_prefix = naming::exception_prefix(service_id);
        Ok(Service {
            folder,
            service_id,
            full_name,
            uid,
            api_version,
            endpoint_prefix,
            signature_version,
            signing_name,
            protocols,
            auth,
            json_version,
            target_prefix,
            xml_namespace,
            is_query_compatible,
            global_endpoint,
            h2,
            segment: exception_prefix.to_ascii_lowercase(),
            exception_prefix,
            model_dictionary,
            rules_dictionary,
            model_frame: &[],
            rules_frame: &[],
            model: OnceLock::new(),
            rules: OnceLock::new(),
        })
    }
}

fn protocol(name: &str) -> Result<Protocol, Corrupt> {
    Ok(match name {
        "rest-json" => Protocol::RestJson,
        "json" => Protocol::Json,
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::Cbor,
        other => return Err(corrupt(format_args!("protocol {other}"))),
    })
}
