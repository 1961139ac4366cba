//! The binary form of the catalog, shared by its reader (this crate) and its generator (`xtask catalog`).
//!
//! ```text
//! blob     = "SWCATLG2" len32(model dictionary) len32(rules dictionary) len32(index)
//!            model dictionary, rules dictionary, index frame, model frame..., rules frame...
//! index    = text(botocore version) text(partitions.json) count { metadata, model frame bytes, rules frame bytes }
//! ```
//!
//! Index and model frames are zstd; decompressed they start with a string table (`count length... bytes`), after which
//! every value is a LEB128 number and every text a number that indexes the table. A rules frame is the JSON text of an
//! endpoint rule set. Optional fields follow a number of flag bits: plain texts first, then the others, each in the order
//! in which reader and generator list them.

/// First bytes of the blob; the digit is the version of the format.
pub const MAGIC: &[u8; 8] = b"SWCATLG2";

/// What a shape is, in the order of their numbers.
pub const SHAPE_KINDS: [&str; 11] = [
    "structure",
    "list",
    "map",
    "string",
    "boolean",
    "integer",
    "long",
    "float",
    "double",
    "timestamp",
    "blob",
];

/// Where a member is bound, in the order of their numbers.
pub const LOCATIONS: [&str; 5] = ["uri", "querystring", "header", "headers", "statusCode"];

/// How an acceptor of a waiter looks at the answer, in the order of their numbers.
pub const MATCHERS: [&str; 5] = ["path", "pathAll", "pathAny", "error", "status"];

/// What a waiter does when an acceptor matches, in the order of their numbers.
pub const WAITER_STATES: [&str; 3] = ["success", "failure", "retry"];

/// Flags of a service's metadata.
pub mod metadata {
    pub const JSON_VERSION: usize = 1 << 0;
    pub const TARGET_PREFIX: usize = 1 << 1;
    pub const XML_NAMESPACE: usize = 1 << 2;
    pub const QUERY_COMPATIBLE: usize = 1 << 3;
    pub const GLOBAL_ENDPOINT: usize = 1 << 4;
    pub const H2: usize = 1 << 5;
}

/// Flags of a shape.
pub mod shape {
    pub const NAMED: usize = 1 << 0;
    pub const ENUM: usize = 1 << 1;
    pub const TIMESTAMP_FORMAT: usize = 1 << 2;
    pub const LOCATION_NAME: usize = 1 << 3;
    pub const XML_NAMESPACE: usize = 1 << 4;
    pub const PAYLOAD: usize = 1 << 5;
    pub const ERROR_CODE: usize = 1 << 6;
    pub const ERROR_STATUS: usize = 1 << 7;
    // without a field of their own
    pub const EXCEPTION: usize = 1 << 8;
    pub const SENDER_FAULT: usize = 1 << 9;
    pub const RETRYABLE: usize = 1 << 10;
    pub const THROTTLING: usize = 1 << 11;
    pub const FLATTENED: usize = 1 << 12;
    pub const DOCUMENT: usize = 1 << 13;
    pub const EVENT: usize = 1 << 14;
    pub const EVENT_STREAM: usize = 1 << 15;
    pub const UNION: usize = 1 << 16;
    pub const SENSITIVE: usize = 1 << 17;
    pub const STREAMING: usize = 1 << 18;
    pub const SPARSE: usize = 1 << 19;
    pub const WRAPPER: usize = 1 << 20;
    pub const REQUIRES_LENGTH: usize = 1 << 21;
    pub const DEPRECATED: usize = 1 << 22;
}

/// Flags of a structure's member, a list's member or a map's key and value.
pub mod member {
    pub const LOCATION: usize = 1 << 0;
    pub const LOCATION_NAME: usize = 1 << 1;
    pub const QUERY_NAME: usize = 1 << 2;
    pub const XML_NAMESPACE: usize = 1 << 3;
    pub const CONTEXT_PARAM: usize = 1 << 4;
    // without a field of their own
    pub const REQUIRED: usize = 1 << 5;
    pub const FLATTENED: usize = 1 << 6;
    pub const IDEMPOTENCY_TOKEN: usize = 1 << 7;
    pub const JSON_VALUE: usize = 1 << 8;
    pub const STREAMING: usize = 1 << 9;
    pub const XML_ATTRIBUTE: usize = 1 << 10;
    pub const HOST_LABEL: usize = 1 << 11;
    pub const EVENT_PAYLOAD: usize = 1 << 12;
    pub const DEPRECATED: usize = 1 << 13;
}

/// Flags of an operation.
pub mod operation {
    pub const INPUT: usize = 1 << 0;
    pub const OUTPUT: usize = 1 << 1;
    pub const INPUT_LOCATION_NAME: usize = 1 << 2;
    pub const INPUT_XML_NAMESPACE: usize = 1 << 3;
    pub const RESULT_WRAPPER: usize = 1 << 4;
    pub const HOST_PREFIX: usize = 1 << 5;
    pub const AUTH_TYPE: usize = 1 << 6;
    pub const AUTH: usize = 1 << 7;
    pub const STATIC_CONTEXT: usize = 1 << 8;
    pub const OPERATION_CONTEXT: usize = 1 << 9;
    pub const CHECKSUM: usize = 1 << 10;
    pub const COMPRESSION: usize = 1 << 11;
    // without a field of their own
    pub const CHECKSUM_REQUIRED: usize = 1 << 12;
    pub const IDEMPOTENT: usize = 1 << 13;
    pub const READ_ONLY: usize = 1 << 14;
    pub const DEPRECATED: usize = 1 << 15;
    pub const ENDPOINT_DISCOVERY: usize = 1 << 16;
    pub const ENDPOINT_DISCOVERY_REQUIRED: usize = 1 << 17;
    pub const ENDPOINT_OPERATION: usize = 1 << 18;
    pub const UNSIGNED_PAYLOAD: usize = 1 << 19;
}

/// Flags of an operation's checksum trait.
pub mod checksum {
    pub const REQUEST_ALGORITHM_MEMBER: usize = 1 << 0;
    pub const REQUEST_VALIDATION_MODE_MEMBER: usize = 1 << 1;
    pub const RESPONSE_ALGORITHMS: usize = 1 << 2;
    pub const REQUEST_REQUIRED: usize = 1 << 3;
}

/// Flags of a paginator.
pub mod paginator {
    pub const LIMIT_KEY: usize = 1 << 0;
    pub const MORE_RESULTS: usize = 1 << 1;
}
