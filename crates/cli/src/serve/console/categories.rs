//! What kind of service each is, as a console groups them, and names that people know better than the models' own.

/// Categories, with the ARN segments of their services; the console names and orders them.
const CATEGORIES: &[(&str, &str)] = &[
    (
        "compute",
        "applicationautoscaling apprunner autoscaling autoscalingplans batch braket computeoptimizer computeoptimizerautomation ec2 \
         ec2instanceconnect elasticbeanstalk evs imagebuilder lambda lightsail outposts pcs serverlessapplicationrepository simspaceweaver",
    ),
    ("containers", "ecr ecrpublic ecs eks eksauth"),
    (
        "database",
        "dax docdb docdbelastic dsql dynamodb dynamodbstreams elasticache keyspaces keyspacesstreams memorydb neptune neptunedata \
         neptunegraph odb pi rds rdsdata simpledb simpledbv2 timestreaminfluxdb timestreamquery timestreamwrite",
    ),
    (
        "messaging",
        "appflow appintegrations b2bi eventbridge mq mwaa mwaaserverless pipes scheduler schemas sfn sns sqs swf",
    ),
    (
        "storage",
        "backup backupgateway backupsearch dlm ebs efs fsx glacier rbin s3 s3control s3files s3outposts s3tables s3vectors storagegateway",
    ),
    (
        "networking",
        "apigateway apigatewaymanagementapi apigatewayv2 appmesh arcregionswitch arczonalshift cloudfront cloudfrontkeyvaluestore \
         directconnect elasticloadbalancing elasticloadbalancingv2 globalaccelerator interconnect internetmonitor networkflowmonitor \
         networkmanager networkmonitor route53 route53domains route53globalresolver route53profiles route53recoverycluster \
         route53recoverycontrolconfig route53recoveryreadiness route53resolver rtbfabric servicediscovery tnb vpclattice",
    ),
    (
        "security",
        "accessanalyzer acm acmpca artifact auditmanager clouddirectory cloudhsm cloudhsmv2 cognitoidentity cognitoidentityprovider \
         cognitosync detective directory directoryservicedata fms guardduty iam identitystore inspector inspector2 inspectorscan kms \
         macie2 mpa networkfirewall paymentcryptography paymentcryptographydata pcaconnectorad pcaconnectorscep ram rolesanywhere \
         secretsmanager securityagent securityhub securityir securitylake shield signer signerdata signin sso ssoadmin ssooidc sts \
         verifiedpermissions waf wafregional wafv2",
    ),
    (
        "management",
        "account aiops amp appconfig appconfigdata applicationinsights applicationsignals chatbot cloudcontrol cloudformation cloudtrail \
         cloudtraildata cloudwatch cloudwatchlogs config controlcatalog controltower devopsagent devopsguru grafana health launchwizard \
         licensemanager licensemanagerlinuxsubscriptions licensemanagerusersubscriptions notifications notificationscontacts oam \
         observabilityadmin organizations proton repostspace resiliencehub resourceexplorer2 resourcegroups resourcegroupstaggingapi rum \
         servicecatalog servicecatalogappregistry servicequotas ssm ssmcontacts ssmguiconnect ssmincidents ssmquicksetup ssmsap support \
         supportapp sustainability synthetics trustedadvisor uxc wellarchitected",
    ),
    (
        "analytics",
        "athena cleanrooms cleanroomsml cloudsearch cloudsearchdomain databrew dataexchange datapipeline datazone elasticsearch emr \
         emrcontainers emrserverless entityresolution finspace finspacedata firehose glue kafka kafkaconnect kinesis kinesisanalytics \
         kinesisanalyticsv2 lakeformation opensearch opensearchserverless osis quicksight redshift redshiftdata redshiftserverless",
    ),
    (
        "ml",
        "bedrock bedrockagent bedrockagentcore bedrockagentcorecontrol bedrockagentruntime bedrockdataautomation \
         bedrockdataautomationruntime bedrockruntime comprehend comprehendmedical forecast forecastquery frauddetector healthlake kendra \
         kendraranking lexmodelbuilding lexmodelsv2 lexruntime lexruntimev2 lookoutequipment machinelearning medicalimaging mturk novaact \
         omics panorama personalize personalizeevents personalizeruntime polly qapps qbusiness rekognition sagemaker sagemakera2iruntime \
         sagemakeredge sagemakerfeaturestoreruntime sagemakergeospatial sagemakermetrics sagemakerruntime textract transcribe translate \
         voiceid",
    ),
    (
        "developer",
        "cloud9 codeartifact codebuild codecatalyst codecommit codeconnections codedeploy codeguruprofiler codegurureviewer \
         codegurusecurity codepipeline codestarconnections codestarnotifications fis xray",
    ),
    (
        "migration",
        "applicationdiscovery databasemigration datasync drs importexport m2 mgn migrationhub migrationhubconfig migrationhuborchestrator \
         migrationhubrefactorspaces migrationhubstrategy snowball snowdevicemanagement transfer",
    ),
    (
        "iot",
        "greengrass greengrassv2 iot iotdataplane iotdeviceadvisor iotevents ioteventsdata iotfleetwise iotjobsdataplane \
         iotmanagedintegrations iotsecuretunneling iotsitewise iotthingsgraph iottwinmaker iotwireless",
    ),
    (
        "media",
        "deadline elementalinference gamelift gameliftstreams ivs ivschat ivsrealtime kinesisvideo kinesisvideoarchivedmedia \
         kinesisvideomedia kinesisvideosignaling kinesisvideowebrtcstorage mediaconnect mediaconvert medialive mediapackage \
         mediapackagev2 mediapackagevod mediastore mediastoredata mediatailor",
    ),
    (
        "business",
        "appfabric chime chimesdkidentity chimesdkmediapipelines chimesdkmeetings chimesdkmessaging chimesdkvoice connect \
         connectcampaigns connectcampaignsv2 connectcases connectcontactlens connecthealth connectparticipant customerprofiles \
         mailmanager marketplaceagreement marketplacecatalog marketplacecommerceanalytics marketplacedeployment marketplacediscovery \
         marketplaceentitlement marketplacemetering marketplacereporting partnercentralaccount partnercentralbenefits \
         partnercentralchannel partnercentralselling pinpoint pinpointemail pinpointsmsvoice pinpointsmsvoicev2 qconnect ses sesv2 \
         socialmessaging supplychain wickr wisdom workdocs workmail workmailmessageflow",
    ),
    (
        "endUser",
        "appstream workspaces workspacesinstances workspacesthinclient workspacesweb",
    ),
    (
        "frontend",
        "amplify amplifybackend amplifyuibuilder appsync devicefarm geomaps geoplaces georoutes location",
    ),
    (
        "billing",
        "applicationcostprofiler bcmdashboards bcmdataexports bcmpricingcalculator bcmrecommendedactions billing billingconductor \
         budgets costandusagereport costexplorer costoptimizationhub freetier invoicing pricing savingsplans taxsettings",
    ),
    (
        "other",
        "groundstation managedblockchain managedblockchainquery",
    ),
];

/// Names where the models have an older, a longer or no real one.
const TITLES: &[(&str, &str)] = &[
    ("amp", "Amazon Managed Service for Prometheus"),
    (
        "apigatewaymanagementapi",
        "Amazon API Gateway Management API",
    ),
    ("apigatewayv2", "Amazon API Gateway V2"),
    ("billingconductor", "AWS Billing Conductor"),
    ("bedrockagent", "Amazon Bedrock Agents"),
    ("bedrockagentruntime", "Amazon Bedrock Agents Runtime"),
    ("costexplorer", "AWS Cost Explorer"),
    ("deadline", "AWS Deadline Cloud"),
    ("ebs", "Amazon EBS"),
    ("ec2", "Amazon EC2"),
    ("ecr", "Amazon ECR"),
    ("ecrpublic", "Amazon ECR Public"),
    ("ecs", "Amazon ECS"),
    ("efs", "Amazon EFS"),
    ("eks", "Amazon EKS"),
    ("elasticloadbalancing", "Elastic Load Balancing (Classic)"),
    ("elasticloadbalancingv2", "Elastic Load Balancing V2"),
    ("emrcontainers", "Amazon EMR on EKS"),
    ("emrserverless", "Amazon EMR Serverless"),
    ("firehose", "Amazon Data Firehose"),
    ("glacier", "Amazon S3 Glacier"),
    ("health", "AWS Health"),
    ("iam", "AWS IAM"),
    ("identitystore", "AWS Identity Store"),
    ("imagebuilder", "EC2 Image Builder"),
    ("inspector2", "Amazon Inspector V2"),
    ("kafka", "Amazon MSK"),
    ("kafkaconnect", "Amazon MSK Connect"),
    ("kendra", "Amazon Kendra"),
    ("kms", "AWS KMS"),
    ("m2", "AWS Mainframe Modernization"),
    ("mq", "Amazon MQ"),
    ("mwaa", "Amazon MWAA"),
    ("mwaaserverless", "Amazon MWAA Serverless"),
    ("odb", "Oracle Database@AWS"),
    ("opensearchserverless", "Amazon OpenSearch Serverless"),
    ("qapps", "Amazon Q Apps"),
    ("qbusiness", "Amazon Q Business"),
    ("rds", "Amazon RDS"),
    ("rdsdata", "Amazon RDS Data API"),
    ("redshiftdata", "Amazon Redshift Data API"),
    ("redshiftserverless", "Amazon Redshift Serverless"),
    ("s3", "Amazon S3"),
    ("s3control", "Amazon S3 Control"),
    ("sagemaker", "Amazon SageMaker"),
    ("secretsmanager", "AWS Secrets Manager"),
    ("securityhub", "AWS Security Hub"),
    ("ses", "Amazon SES"),
    ("sesv2", "Amazon SES V2"),
    ("sns", "Amazon SNS"),
    ("sqs", "Amazon SQS"),
    ("ssm", "AWS Systems Manager"),
    ("sso", "AWS IAM Identity Center"),
    ("ssoadmin", "AWS IAM Identity Center Admin"),
    ("sts", "AWS STS"),
    ("swf", "Amazon SWF"),
    ("waf", "AWS WAF Classic"),
    ("wafregional", "AWS WAF Classic Regional"),
    ("wafv2", "AWS WAF"),
];

/// `other` where it is not known.
pub fn category(segment: &str) -> &'static str {
    let holds = |segments: &str| segments.split(' ').any(|one| one == segment);
    let found = CATEGORIES.iter().find(|(_, segments)| holds(segments));
    found.map_or("other", |(category, _)| category)
}

pub fn title(segment: &str) -> Option<&'static str> {
    let found = TITLES.iter().find(|(one, _)| *one == segment);
    found.map(|(_, title)| *title)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use service_models::catalog;

    use super::*;

    #[test]
    fn every_service_is_in_one_category() {
        let listed: Vec<&str> = CATEGORIES
            .iter()
            .flat_map(|(_, segments)| segments.split_whitespace())
            .collect();
        let once: BTreeSet<&str> = listed.iter().copied().collect();
        assert_eq!(once.len(), listed.len());
        let known: BTreeSet<&str> = catalog()
            .services()
            .map(|service| service.segment())
            .collect();
        assert_eq!(once, known);
        assert!(TITLES.iter().all(|(segment, _)| known.contains(segment)));
    }
}
