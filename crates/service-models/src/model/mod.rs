//! Operations, shapes, paginators and waiters of one service, decoded from its frame.

mod data;

use std::borrow::Cow;

use crate::catalog::Service;
use crate::format::{member as member_flag, operation as operation_flag, shape as shape_flag};
use crate::naming;

use data::MemberData;
pub(crate) use data::{Model, OperationData, ShapeData};

/// A wire protocol, as the models name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    RestJson,
    Json,
    Query,
    Ec2,
    RestXml,
    /// `smithy-rpc-v2-cbor`; every service that speaks it also speaks another one.
    Cbor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    Structure,
    List,
    Map,
    String,
    Boolean,
    Integer,
    Long,
    Float,
    Double,
    Timestamp,
    Blob,
}

/// Where a member travels when it is not in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    Uri,
    QueryString,
    Header,
    /// A map whose entries are headers with a common prefix.
    Headers,
    StatusCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampFormat {
    Iso8601,
    /// HTTP dates.
    Rfc822,
    /// Seconds since 1970, fractions allowed.
    UnixTimestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlNamespace {
    pub uri: &'static str,
    pub prefix: Option<&'static str>,
}

/// The value of a parameter of an endpoint rule set that an operation fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextValue {
    Boolean(bool),
    Text(&'static str),
}

/// The flexible checksum of an S3 operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// The input member that chooses the algorithm.
    pub request_algorithm_member: Option<&'static str>,
    /// The input member that asks for the answer's checksum to be validated.
    pub request_validation_mode_member: Option<&'static str>,
    pub response_algorithms: Box<[&'static str]>,
    pub is_request_required: bool,
}

/// How the answers of an operation continue; tokens and results are JMESPath expressions over the wire's names.
#[derive(Debug, Clone)]
pub struct Paginator {
    pub operation: &'static str,
    pub limit_key: Option<&'static str>,
    pub more_results: Option<&'static str>,
    pub input_tokens: Box<[&'static str]>,
    pub output_tokens: Box<[&'static str]>,
    pub result_keys: Box<[&'static str]>,
    pub non_aggregate_keys: Box<[&'static str]>,
}

/// Polling of an operation until a resource is in a state.
#[derive(Debug, Clone)]
pub struct Waiter {
    pub name: &'static str,
    pub operation: &'static str,
    pub delay_seconds: usize,
    pub max_attempts: usize,
    pub acceptors: Box<[Acceptor]>,
}

#[derive(Debug, Clone)]
pub struct Acceptor {
    pub matcher: Matcher,
    pub state: AcceptorState,
    /// A JMESPath expression over the wire's names; empty for errors and statuses.
    pub argument: &'static str,
    pub expected: Expected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matcher {
    Path,
    PathAll,
    PathAny,
    Error,
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptorState {
    Success,
    Failure,
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Boolean(bool),
    Text(&'static str),
    Number(usize),
}

/// An operation of a service. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Operation {
    service: &'static Service,
    data: &'static OperationData,
}

impl Operation {
    pub(crate) fn new(service: &'static Service, data: &'static OperationData) -> Operation {
        Operation { service, data }
    }

    pub fn service(self) -> &'static Service {
        self.service
    }

    /// The API's name, such as `RebootInstances`.
    pub fn name(self) -> &'static str {
        self.data.name
    }

    /// The action in a task's `Resource`, such as `rebootInstances`.
    pub fn action(self) -> &'static str {
        &self.data.action
    }

    pub fn http_method(self) -> &'static str {
        self.data.http_method
    }

    /// Path and query string with labels such as `{Bucket}` and `{Key+}`.
    pub fn request_uri(self) -> &'static str {
        self.data.request_uri
    }

    /// The HTTP status of success where the model names one.
    pub fn response_code(self) -> Option<u16> {
        (self.data.response_code > 0).then_some(self.data.response_code)
    }

    pub fn input(self) -> Option<Shape> {
        self.data.input.map(|id| self.service.shape(id))
    }

    pub fn output(self) -> Option<Shape> {
        self.data.output.map(|id| self.service.shape(id))
    }

    /// The errors that the operation declares.
    pub fn errors(self) -> impl Iterator<Item = Shape> {
        self.data
            .errors
            .iter()
            .map(move |id| self.service.shape(*id))
    }

    /// The name of the root element of a rest-xml request.
    pub fn input_location_name(self) -> Option<&'static str> {
        self.data.input_location_name
    }

    pub fn input_xml_namespace(self) -> Option<XmlNamespace> {
        self.data.input_xml_namespace
    }

    /// The element around the result in an answer of the query protocol.
    pub fn result_wrapper(self) -> Option<&'static str> {
        self.data.result_wrapper
    }

    /// What is put in front of the endpoint's host, with labels such as `{AccountId}`.
    pub fn host_prefix(self) -> Option<&'static str> {
        self.data.host_prefix
    }

    /// `none` or `v4-unsigned-body`.
    pub fn auth_type(self) -> Option<&'static str> {
        self.data.auth_type
    }

    /// Authentication schemes such as `smithy.api#noAuth`, when they differ from the service's.
    pub fn auth(self) -> &'static [&'static str] {
        &self.data.auth
    }

    /// Whether requests go out without a signature.
    pub fn is_unauthenticated(self) -> bool {
        self.data.auth_type == Some("none") || self.data.auth.contains(&"smithy.api#noAuth")
    }

    /// Parameters of the endpoint rule set that the operation fixes.
    pub fn static_context_params(self) -> &'static [(&'static str, ContextValue)] {
        &self.data.static_context
    }

    /// Parameters of the endpoint rule set that are JMESPath expressions over the input.
    pub fn operation_context_params(self) -> &'static [(&'static str, &'static str)] {
        &self.data.operation_context
    }

    pub fn checksum(self) -> Option<&'static Checksum> {
        self.data.checksum.as_ref()
    }

    /// Encodings, such as `gzip`, in which a large request may be sent.
    pub fn request_compression(self) -> &'static [&'static str] {
        &self.data.compression
    }

    pub fn is_checksum_required(self) -> bool {
        self.has(operation_flag::CHECKSUM_REQUIRED)
    }

    pub fn is_idempotent(self) -> bool {
        self.has(operation_flag::IDEMPOTENT)
    }

    /// Whether the model says that the operation only reads. Most models say nothing: see [`Operation::is_read`].
    pub fn is_marked_read_only(self) -> bool {
        self.has(operation_flag::READ_ONLY)
    }

    pub fn is_payload_unsigned(self) -> bool {
        self.has(operation_flag::UNSIGNED_PAYLOAD)
    }

    /// Whether the service has to be asked first where the call goes to.
    pub fn requires_endpoint_discovery(self) -> bool {
        self.has(operation_flag::ENDPOINT_DISCOVERY_REQUIRED)
    }

    /// How its answers continue.
    pub fn paginator(self) -> Option<&'static Paginator> {
        self.service
            .paginators()
            .iter()
            .find(|paginator| paginator.operation == self.name())
    }

    /// The waiters that poll it.
    pub fn waiters(self) -> impl Iterator<Item = &'static Waiter> {
        let waiters = self.service.waiters().iter();
        waiters.filter(move |waiter| waiter.operation == self.name())
    }

    pub fn is_deprecated(self) -> bool {
        self.has(operation_flag::DEPRECATED)
    }

    /// Its page in AWS's API reference, under the address that leads there for every service (boto3's documentation
    /// links it too).
    pub fn reference_url(self) -> String {
        format!(
            "https://docs.aws.amazon.com/goto/WebAPI/{}/{}",
            self.service.uid(),
            self.name()
        )
    }

    fn has(self, flag: usize) -> bool {
        self.data.flags & flag != 0
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operation({}:{})", self.service.segment(), self.action())
    }
}

/// A type of a service's values. Cheap to copy; shapes may contain themselves.
#[derive(Clone, Copy)]
pub struct Shape {
    service: &'static Service,
    data: &'static ShapeData,
}

impl Shape {
    pub(crate) fn new(service: &'static Service, data: &'static ShapeData) -> Shape {
        Shape { service, data }
    }

    pub fn kind(self) -> ShapeKind {
        self.data.kind
    }

    /// The model's name of a structure; other shapes have none.
    pub fn name(self) -> Option<&'static str> {
        self.data.name
    }

    /// The members of a structure; the one member of a list; key and value of a map.
    pub fn members(self) -> impl ExactSizeIterator<Item = Member> {
        self.data.members.iter().map(move |data| Member {
            service: self.service,
            data,
        })
    }

    /// A structure's member by Step Functions' name, else by the wire's name, else by either in any case.
    pub fn member(self, name: &str) -> Option<Member> {
        let find = |matches: &dyn Fn(&MemberData) -> bool| {
            self.data.members.iter().find(|member| matches(member))
        };
        find(&|member| member.sfn_name == name)
            .or_else(|| find(&|member| member.name == name))
            .or_else(|| {
                find(&|member| {
                    member.sfn_name.eq_ignore_ascii_case(name)
                        || member.name.eq_ignore_ascii_case(name)
                })
            })
            .map(|data| Member {
                service: self.service,
                data,
            })
    }

    /// The member of a list.
    pub fn list_member(self) -> Option<Member> {
        if self.kind() == ShapeKind::List {
            self.members().next()
        } else {
            None
        }
    }

    /// Key and value of a map.
    pub fn map_members(self) -> Option<(Member, Member)> {
        if self.kind() != ShapeKind::Map {
            return None;
        }
        let mut members = self.members();
        members.next().zip(members.next())
    }

    /// The permitted values of a string; empty when there is no such list. Services may accept newer ones.
    pub fn enum_values(self) -> &'static [&'static str] {
        &self.data.enum_values
    }

    pub fn timestamp_format(self) -> Option<TimestampFormat> {
        self.data.timestamp_format
    }

    pub fn location_name(self) -> Option<&'static str> {
        self.data.location_name
    }

    pub fn xml_namespace(self) -> Option<XmlNamespace> {
        self.data.xml_namespace
    }

    /// The member that is the whole HTTP body.
    pub fn payload(self) -> Option<Member> {
        let payload = self.data.payload?;
        self.members().find(|member| member.name() == payload)
    }

    /// The code an error has on the wire, when it is not the shape's name.
    pub fn error_code(self) -> Option<&'static str> {
        self.data.error_code
    }

    /// The HTTP status of an error.
    pub fn error_status(self) -> Option<u16> {
        self.data.error_status
    }

    pub fn is_retryable(self) -> bool {
        self.has(shape_flag::RETRYABLE)
    }

    pub fn is_throttling(self) -> bool {
        self.has(shape_flag::THROTTLING)
    }

    pub fn is_flattened(self) -> bool {
        self.has(shape_flag::FLATTENED)
    }

    /// A structure of which exactly one member is set.
    pub fn is_union(self) -> bool {
        self.has(shape_flag::UNION)
    }

    /// Any JSON value.
    pub fn is_document(self) -> bool {
        self.has(shape_flag::DOCUMENT)
    }

    pub fn is_event_stream(self) -> bool {
        self.has(shape_flag::EVENT_STREAM)
    }

    pub fn is_streaming(self) -> bool {
        self.has(shape_flag::STREAMING)
    }

    /// Not to be shown: passwords, keys, personal data.
    pub fn is_sensitive(self) -> bool {
        self.has(shape_flag::SENSITIVE)
    }

    fn has(self, flag: usize) -> bool {
        self.data.flags & flag != 0
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shape({:?} {})", self.kind(), self.name().unwrap_or("-"))
    }
}

/// A member of a structure, list or map. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Member {
    service: &'static Service,
    data: &'static MemberData,
}

impl Member {
    /// The name in the model; also on the wire unless [`Member::location_name`] says otherwise.
    pub fn name(self) -> &'static str {
        self.data.name
    }

    /// The name in arguments and results of Step Functions.
    pub fn sfn_name(self) -> &'static str {
        &self.data.sfn_name
    }

    /// The name in optimized integrations, which show the names of the AWS SDK for Java 1: `MD5OfMessageBody`, `BOOL`.
    pub fn sdk_v1_name(self) -> Cow<'static, str> {
        naming::capitalized(self.data.name)
    }

    /// The name on the wire: the modelled location name, else the name.
    pub fn wire_name(self) -> &'static str {
        self.data.location_name.unwrap_or(self.data.name)
    }

    pub fn location_name(self) -> Option<&'static str> {
        self.data.location_name
    }

    /// The name in a request of the ec2 protocol, when it differs.
    pub fn query_name(self) -> Option<&'static str> {
        self.data.query_name
    }

    pub fn shape(self) -> Shape {
        self.service.shape(self.data.shape)
    }

    pub fn location(self) -> Option<Location> {
        self.data.location
    }

    /// The parameter of the endpoint rule set that this member sets.
    pub fn context_param(self) -> Option<&'static str> {
        self.data.context_param
    }

    pub fn xml_namespace(self) -> Option<XmlNamespace> {
        self.data.xml_namespace
    }

    pub fn is_required(self) -> bool {
        self.has(member_flag::REQUIRED)
    }

    pub fn is_flattened(self) -> bool {
        self.has(member_flag::FLATTENED)
    }

    /// Filled in by the client when absent.
    pub fn is_idempotency_token(self) -> bool {
        self.has(member_flag::IDEMPOTENCY_TOKEN)
    }

    /// A JSON value that travels as text (base64 in a header).
    pub fn is_json_value(self) -> bool {
        self.has(member_flag::JSON_VALUE)
    }

    pub fn is_streaming(self) -> bool {
        self.has(member_flag::STREAMING) || self.shape().is_streaming()
    }

    pub fn is_xml_attribute(self) -> bool {
        self.has(member_flag::XML_ATTRIBUTE)
    }

    pub fn is_deprecated(self) -> bool {
        self.has(member_flag::DEPRECATED)
    }

    /// Its value is a label of the operation's host prefix.
    pub fn is_host_label(self) -> bool {
        self.has(member_flag::HOST_LABEL)
    }

    fn has(self, flag: usize) -> bool {
        self.data.flags & flag != 0
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({}: {:?})", self.name(), self.shape())
    }
}
