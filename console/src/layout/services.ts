/** Names and kinds of the services that workflows call most; others go by their own id. */
export type Category =
  | 'compute'
  | 'containers'
  | 'database'
  | 'messaging'
  | 'storage'
  | 'network'
  | 'management'
  | 'security'
  | 'analytics'
  | 'learning'
  | 'developer'
  | 'workflow'
  | 'other';

const known: Record<string, [title: string, category: Category]> = {
  acm: ['AWS Certificate Manager', 'security'],
  activity: ['Activity', 'workflow'],
  apigateway: ['Amazon API Gateway', 'network'],
  apigatewayv2: ['Amazon API Gateway v2', 'network'],
  appconfig: ['AWS AppConfig', 'management'],
  appsync: ['AWS AppSync', 'network'],
  athena: ['Amazon Athena', 'analytics'],
  autoscaling: ['Auto Scaling', 'compute'],
  backup: ['AWS Backup', 'storage'],
  batch: ['AWS Batch', 'compute'],
  bedrock: ['Amazon Bedrock', 'learning'],
  bedrockagent: ['Amazon Bedrock Agents', 'learning'],
  bedrockruntime: ['Amazon Bedrock Runtime', 'learning'],
  cloudformation: ['AWS CloudFormation', 'management'],
  cloudfront: ['Amazon CloudFront', 'network'],
  cloudtrail: ['AWS CloudTrail', 'management'],
  cloudwatch: ['Amazon CloudWatch', 'management'],
  cloudwatchlogs: ['CloudWatch Logs', 'management'],
  codebuild: ['AWS CodeBuild', 'developer'],
  codecommit: ['AWS CodeCommit', 'developer'],
  codedeploy: ['AWS CodeDeploy', 'developer'],
  codepipeline: ['AWS CodePipeline', 'developer'],
  cognitoidentityprovider: ['Amazon Cognito', 'security'],
  comprehend: ['Amazon Comprehend', 'learning'],
  config: ['AWS Config', 'management'],
  databrew: ['AWS Glue DataBrew', 'analytics'],
  docdb: ['Amazon DocumentDB', 'database'],
  dynamodb: ['Amazon DynamoDB', 'database'],
  ebs: ['Amazon EBS', 'storage'],
  ec2: ['Amazon EC2', 'compute'],
  ecr: ['Amazon ECR', 'containers'],
  ecs: ['Amazon ECS', 'containers'],
  efs: ['Amazon EFS', 'storage'],
  eks: ['Amazon EKS', 'containers'],
  elasticache: ['Amazon ElastiCache', 'database'],
  elasticloadbalancing: ['Elastic Load Balancing', 'network'],
  elasticloadbalancingv2: ['Elastic Load Balancing v2', 'network'],
  elasticmapreduce: ['Amazon EMR', 'analytics'],
  emr: ['Amazon EMR', 'analytics'],
  'emr-containers': ['Amazon EMR on EKS', 'analytics'],
  'emr-serverless': ['Amazon EMR Serverless', 'analytics'],
  eventbridge: ['Amazon EventBridge', 'messaging'],
  events: ['Amazon EventBridge', 'messaging'],
  firehose: ['Amazon Data Firehose', 'analytics'],
  fsx: ['Amazon FSx', 'storage'],
  glacier: ['Amazon S3 Glacier', 'storage'],
  glue: ['AWS Glue', 'analytics'],
  guardduty: ['Amazon GuardDuty', 'security'],
  http: ['HTTP', 'network'],
  iam: ['AWS IAM', 'security'],
  kinesis: ['Amazon Kinesis', 'analytics'],
  kms: ['AWS KMS', 'security'],
  lambda: ['AWS Lambda', 'compute'],
  mediaconvert: ['AWS Elemental MediaConvert', 'other'],
  neptune: ['Amazon Neptune', 'database'],
  opensearch: ['Amazon OpenSearch', 'analytics'],
  organizations: ['AWS Organizations', 'management'],
  pipes: ['EventBridge Pipes', 'messaging'],
  polly: ['Amazon Polly', 'learning'],
  rds: ['Amazon RDS', 'database'],
  rdsdata: ['Amazon RDS Data', 'database'],
  redshift: ['Amazon Redshift', 'database'],
  redshiftdata: ['Amazon Redshift Data', 'database'],
  rekognition: ['Amazon Rekognition', 'learning'],
  resourcegroupstaggingapi: ['Resource Groups Tagging', 'management'],
  route53: ['Amazon Route 53', 'network'],
  s3: ['Amazon S3', 'storage'],
  sagemaker: ['Amazon SageMaker', 'learning'],
  scheduler: ['EventBridge Scheduler', 'messaging'],
  secretsmanager: ['AWS Secrets Manager', 'security'],
  servicecatalog: ['AWS Service Catalog', 'management'],
  servicediscovery: ['AWS Cloud Map', 'network'],
  sesv2: ['Amazon SES', 'messaging'],
  ses: ['Amazon SES', 'messaging'],
  sfn: ['AWS Step Functions', 'workflow'],
  sns: ['Amazon SNS', 'messaging'],
  sqs: ['Amazon SQS', 'messaging'],
  ssm: ['AWS Systems Manager', 'management'],
  ssmincidents: ['Incident Manager', 'management'],
  states: ['AWS Step Functions', 'workflow'],
  sts: ['AWS STS', 'security'],
  textract: ['Amazon Textract', 'learning'],
  timestreamwrite: ['Amazon Timestream', 'database'],
  transcribe: ['Amazon Transcribe', 'learning'],
  transfer: ['AWS Transfer Family', 'storage'],
  translate: ['Amazon Translate', 'learning'],
  wafv2: ['AWS WAF', 'security'],
  xray: ['AWS X-Ray', 'developer'],
};

export function serviceTitle(service: string): string {
  return known[service]?.[0] ?? service.charAt(0).toUpperCase() + service.slice(1);
}

export function serviceCategory(service: string): Category {
  return known[service]?.[1] ?? 'other';
}
