//! Which operations only read.
//!
//! AWS's models say it for some services only, so it is derived: from the models' trait, from the HTTP method and from the
//! verb, with exceptions. The result was measured against the access levels that AWS publishes for IAM's actions
//! (`docs/design/safety.md`): nothing that is above `List` and `Read` there may be a read here; the other way round an error
//! only costs a question too much.

use crate::model::{Operation, Protocol, Shape};

/// Operations that begin like this read.
const VERBS: &[&str] = &[
    "AdminGet",
    "AdminList",
    "Analyze",
    "BatchCheck",
    "BatchDescribe",
    "BatchDetect",
    "BatchGet",
    "BatchLookup",
    "Calculate",
    "Check",
    "Classify",
    "Compare",
    "Contains",
    "Count",
    "Describe",
    "Detect",
    "Estimate",
    "Filter",
    "Get",
    "Head",
    "Infer",
    "Is",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "Suggest",
    "View",
];

/// And these, when the method is GET: with POST some begin a job.
const VERBS_OF_GET: &[&str] = &["Export", "Test"];

/// Never a read, even if the model says so.
const WRITING_VERBS: &[&str] = &["Start", "BatchStart", "Execute", "Stop"];

/// Named like a read, or marked as one, and yet treated as a write: (boto's name of the service, operations).
const WRITES: &[(&str, &[&str])] = &[
    ("apigatewaymanagementapi", &["GetConnection"]),
    ("appfabric", &["BatchGetUserAccessTasks"]),
    ("athena", &["GetSessionEndpoint"]),
    ("bcm-pricing-calculator", &["ListTagsForResource"]),
    // Issue tokens that somebody can act with.
    (
        "bedrock-agentcore",
        &[
            "GetResourceApiKey",
            "GetResourceOauth2Token",
            "GetResourcePaymentToken",
            "GetWorkloadAccessToken",
            "GetWorkloadAccessTokenForJWT",
            "GetWorkloadAccessTokenForUserId",
        ],
    ),
    ("billing", &["GetResourcePolicy"]),
    // Begin a detection that is asked for later.
    (
        "cloudformation",
        &[
            "DetectStackDrift",
            "DetectStackResourceDrift",
            "DetectStackSetDrift",
        ],
    ),
    // Make an identity when there is none.
    (
        "cognito-identity",
        &["GetId", "GetOpenIdTokenForDeveloperIdentity"],
    ),
    ("cognito-idp", &["GetTokensFromRefreshToken"]),
    ("datazone", &["GetIamPortalLoginUrl"]),
    // Puts a template into a bucket.
    ("ec2", &["GetFlowLogsIntegrationTemplate"]),
    (
        "emr",
        &[
            "GetClusterSessionCredentials",
            "GetOnClusterAppUIPresignedURL",
            "GetPersistentAppUIPresignedURL",
        ],
    ),
    ("emr-serverless", &["GetSessionEndpoint"]),
    (
        "glue",
        &[
            "DescribeConnectionType",
            "DescribeEntity",
            "ListConnectionTypes",
            "ListEntities",
        ],
    ),
    ("license-manager", &["CheckInLicense"]),
    (
        "lightsail",
        &[
            "GetInstanceAccessDetails",
            "GetRelationalDatabaseMasterUserPassword",
        ],
    ),
    (
        "quicksight",
        &[
            "DescribeDataSetPermissions",
            "DescribeDataSourcePermissions",
            "DescribeTopicPermissions",
        ],
    ),
    (
        "redshift",
        &["GetClusterCredentials", "GetClusterCredentialsWithIAM"],
    ),
    ("redshift-serverless", &["GetCredentials"]),
    ("route53globalresolver", &["ListTagsForResource"]),
    ("socialmessaging", &["GetWhatsAppMessageMedia"]),
    ("ssm-sap", &["GetResourcePermission"]),
    // Takes the task from the queue.
    ("stepfunctions", &["GetActivityTask"]),
    ("sts", &["GetDelegatedAccessToken", "GetWebIdentityToken"]),
];

/// Reads whose names do not tell.
const READS: &[(&str, &[&str])] = &[
    ("clouddirectory", &["BatchRead"]),
    ("cloudformation", &["ValidateTemplate"]),
    (
        "config",
        &["SelectAggregateResourceConfig", "SelectResourceConfig"],
    ),
    ("dynamodb", &["TransactGetItems"]),
    (
        "ec2",
        &[
            "ExportClientVpnClientCertificateRevocationList",
            "ExportClientVpnClientConfiguration",
            "ExportVerifiedAccessInstanceClientConfiguration",
        ],
    ),
    ("events", &["TestEventPattern"]),
    // Has a token, for no reason.
    ("fsx", &["DescribeFileSystemAliases"]),
    ("kendra", &["Retrieve"]),
    // Its result is what it is for: GetQueryResults reads it.
    (
        "logs",
        &["StartQuery", "TestMetricFilter", "TestTransformer"],
    ),
    ("polly", &["SynthesizeSpeech"]),
    ("rds", &["DownloadDBLogFilePortion"]),
    ("rekognition", &["RecognizeCelebrities"]),
    ("sdb", &["DomainMetadata", "Select"]),
    (
        "servicediscovery",
        &["DiscoverInstances", "DiscoverInstancesRevision"],
    ),
    ("stepfunctions", &["ValidateStateMachineDefinition"]),
    ("translate", &["TranslateDocument", "TranslateText"]),
];

impl Operation {
    /// Whether the operation only reads, so that it can be sent again, really runs in a rehearsal and is no change to be
    /// asked about. In doubt it does not.
    pub fn is_read(self) -> bool {
        if listed(WRITES, self) {
            return false;
        }
        if listed(READS, self) {
            return true;
        }
        let begins = |verbs: &[&str]| verbs.iter().any(|verb| begins_with(self.name(), verb));
        if begins(WRITING_VERBS) || matches!(self.http_method(), "PUT" | "PATCH" | "DELETE") {
            return false;
        }
        let is_rest = matches!(
            self.service().protocol(),
            Protocol::RestJson | Protocol::RestXml
        );
        let is_get = is_rest && matches!(self.http_method(), "GET" | "HEAD");
        // Who only reads needs no token against doing it twice.
        let has_token = |input: Shape| input.members().any(|m| m.is_idempotency_token());
        self.is_marked_read_only()
            || (is_get && begins(VERBS_OF_GET))
            || (begins(VERBS) && (is_get || !self.input().is_some_and(has_token)))
    }
}

fn listed(table: &[(&str, &[&str])], operation: Operation) -> bool {
    let service = operation.service().boto_name();
    table
        .iter()
        .any(|(name, operations)| *name == service && operations.contains(&operation.name()))
}

/// `GetItem` begins with the word `Get`, `Getaway` does not.
fn begins_with(name: &str, verb: &str) -> bool {
    name.strip_prefix(verb)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_exception_names_an_operation_and_is_one() {
        for (table, is_read) in [(WRITES, false), (READS, true)] {
            for (name, operations) in table {
                let service = catalog().services().find(|s| s.boto_name() == *name);
                let service = service.unwrap_or_else(|| panic!("{name}"));
                for operation in *operations {
                    let found = service.operation(operation);
                    let found = found.unwrap_or_else(|| panic!("{name}:{operation}"));
                    assert_eq!(found.name(), *operation);
                    assert_eq!(found.is_read(), is_read, "{name}:{operation}");
                }
            }
        }
    }

    #[test]
    fn a_verb_ends_where_a_word_ends() {
        assert!(begins_with("GetItem", "Get"));
        assert!(begins_with("Search", "Search"));
        assert!(!begins_with("Getaway", "Get"));
        assert!(!begins_with("CheckoutLicense", "Check"));
    }
}
