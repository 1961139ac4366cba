//! Whoever brings deliveries to their targets: what is on this server in the process, everything else by the generic client.

mod api_destinations;
mod errors;
mod functions;
mod telling;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use api::delivery::requests::{ArnParts, Request};
use api::delivery::{
    DeliverFuture, Delivered, Delivery, DeliveryError, Origin, Retry, Target, Targets,
};
use api::events::Events;
use api::lambda::Lambda;
use connectors::aws::{AwsClient, AwsConfig};
use serde_json::{Value, json};
use service_models::{Operation, catalog};

use super::local::ThisServer;
use crate::wiring::local::Functions;

use api_destinations::ApiDestinations;

pub use telling::tell;

/// Regions that targets may name; there are fewer.
const MAX_REGIONS: usize = 100;
/// The number of the attempt (Scheduler User Guide, "Adding context attributes").
const ATTEMPT_NUMBER: &str = "<aws.scheduler.attempt-number>";

pub struct ServeTargets {
    this_server: Arc<ThisServer>,
    lambda: Lambda,
    /// With those of `--template`.
    functions: Arc<Functions>,
    events: Events,
    api_destinations: ApiDestinations,
    config: Arc<AwsConfig>,
    account: Arc<str>,
    /// Of this region; asks this server first.
    client: AwsClient,
    /// Of others, and of other accounts: never this server.
    elsewhere: Mutex<HashMap<String, Arc<AwsClient>>>,
    /// Why AWS cannot be called.
    unavailable: Option<String>,
}

impl ServeTargets {
    pub fn new(
        this_server: Arc<ThisServer>,
        lambda: Lambda,
        functions: Arc<Functions>,
        events: Events,
        config: Arc<AwsConfig>,
        account: &str,
        unavailable: Option<String>,
    ) -> ServeTargets {
        ServeTargets {
            client: AwsClient::new(config.clone()).with_local_api(this_server.clone()),
            this_server,
            lambda,
            functions,
            events,
            api_destinations: ApiDestinations::new(&config),
            config,
            account: account.into(),
            elsewhere: Mutex::default(),
            unavailable,
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Delivered, DeliveryError> {
        match &delivery.target {
            Target::StateMachine { arn } if self.is_here(arn) => {
                let body = json!({
                    "stateMachineArn": arn,
                    "name": delivery.execution_name(),
                    "input": &*delivery.input,
                });
                self.start(delivery, &body).await
            }
            Target::Function { arn } if self.lambda.has(arn) => {
                functions::deliver(&self.lambda, delivery, arn).await
            }
            Target::Function { arn } if self.functions.find(arn).is_some() => {
                functions::deliver_to_declared(&self.functions, delivery, arn).await
            }
            Target::Universal { service, action }
                if (&**service, &**action) == ("sfn", "startExecution") =>
            {
                let input: Value = serde_json::from_str(&delivery.input).unwrap_or_default();
                match input["StateMachineArn"].as_str() {
                    Some(arn) if self.is_here(arn) => {
                        self.start(delivery, &in_wire_names(&input)).await
                    }
                    _ => self.call(delivery).await,
                }
            }
            Target::ApiDestination { .. } => {
                self.api_destinations.deliver(&self.events, delivery).await
            }
            Target::EventBus { arn, .. } if self.events.has_bus(arn) => {
                let now = jiff::Timestamp::now().as_millisecond();
                let handed_on = self.events.hand_on(delivery, now).await;
                handed_on.map_err(errors::of_service)?;
                Ok(Delivered::default())
            }
            _ => self.call(delivery).await,
        }
    }

    /// Starts an execution here, once.
    async fn start(&self, delivery: &Delivery, body: &Value) -> Result<Delivered, DeliveryError> {
        let service = self.this_server.get().await.step_functions;
        let started = service.start_by_delivery(delivery, body).await;
        let arn = started.map_err(|error| errors::of_api(&error))?;
        Ok(Delivered {
            execution_arn: Some(arn),
            response: None,
        })
    }

    async fn call(&self, delivery: &Delivery) -> Result<Delivered, DeliveryError> {
        let request = delivery
            .request()
            .map_err(|why| DeliveryError::new(Retry::No, "ValidationException", why))?;
        let arn = delivery.target.arn();
        let client = self.client_for(&arn)?;
        let answer = match self.send(&client, delivery, &request).await {
            Err(error) if is_missing_stream(&request, &error) => {
                let stream = Request {
                    action: "createLogStream".into(),
                    arguments: json!({
                        "LogGroupName": request.arguments["LogGroupName"],
                        "LogStreamName": request.arguments["LogStreamName"],
                    }),
                    ..request.clone()
                };
                match self.send(&client, delivery, &stream).await {
                    Err(error) if error.code != "ResourceAlreadyExistsException" => {
                        return Err(error);
                    }
                    _ => self.send(&client, delivery, &request).await?,
                }
            }
            answer => answer?,
        };
        // Of PutEvents, RunTask and the like: the answer of an API that takes several may be that it took none.
        if let Some(error) = errors::of_parts(&answer) {
            return Err(error);
        }
        let execution_arn = answer["ExecutionArn"].as_str().map(Into::into);
        Ok(Delivered {
            execution_arn,
            response: None,
        })
    }

    async fn send(
        &self,
        client: &Client<'_>,
        delivery: &Delivery,
        request: &Request,
    ) -> Result<Value, DeliveryError> {
        let operation = operation(request)?;
        let (arguments, key) = (&request.arguments, &delivery.id);
        let answer = match client {
            Client::Here(client) => client.call(operation, arguments, key, None).await,
            Client::Elsewhere(client) => client.call(operation, arguments, key, None).await,
        };
        match answer {
            Ok(answer) => Ok(answer.result),
            Err(failure) => Err(match &self.unavailable {
                Some(why) => errors::without_aws(failure, why),
                None => errors::of_call(failure),
            }),
        }
    }

    /// Whether an ARN is of this server's account and region.
    fn is_here(&self, arn: &str) -> bool {
        let is_own = |name: &str, own: &str| name.is_empty() || name == own;
        ArnParts::of(arn).is_none_or(|parts| {
            is_own(parts.region, self.config.region()) && is_own(parts.account, &self.account)
        })
    }

    fn client_for(&self, arn: &str) -> Result<Client<'_>, DeliveryError> {
        if self.is_here(arn) {
            return Ok(Client::Here(&self.client));
        }
        let region = ArnParts::of(arn).map_or("", |parts| parts.region);
        let region = match region {
            "" => self.config.region(),
            region => region,
        };
        let mut clients = self
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(region) {
            return Ok(Client::Elsewhere(client.clone()));
        }
        let config = self.config.in_region(region).map_err(|error| {
            DeliveryError::new(Retry::No, "ValidationException", error.to_string())
        })?;
        if clients.len() >= MAX_REGIONS {
            clients.clear();
        }
        let client = Arc::new(AwsClient::new(Arc::new(config)));
        clients.insert(region.to_owned(), client.clone());
        Ok(Client::Elsewhere(client))
    }
}

enum Client<'a> {
    Here(&'a AwsClient),
    Elsewhere(Arc<AwsClient>),
}

impl Targets for ServeTargets {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a> {
        Box::pin(async move {
            let is_of_schedule = matches!(delivery.origin, Origin::Schedule { .. });
            if is_of_schedule && delivery.input.contains(ATTEMPT_NUMBER) {
                let number = (u64::from(delivery.attempts) + 1).to_string();
                let mut numbered = delivery.clone();
                numbered.input = delivery.input.replace(ATTEMPT_NUMBER, &number).into();
                return self.deliver(&numbered).await;
            }
            self.deliver(delivery).await
        })
    }
}

fn operation(request: &Request) -> Result<Operation, DeliveryError> {
    let Request {
        service, action, ..
    } = request;
    let found = catalog()
        .service(service)
        .and_then(|service| service.operation(action));
    found.ok_or_else(|| {
        let why = format!("there is no operation {action} of {service}");
        DeliveryError::new(Retry::No, "ValidationException", why)
    })
}

fn is_missing_stream(request: &Request, error: &DeliveryError) -> bool {
    request.action == "putLogEvents" && error.code == "ResourceNotFoundException"
}

/// The members of StartExecution as its API spells them: a universal target has them as the SDKs do.
fn in_wire_names(input: &Value) -> Value {
    let members = input.as_object().into_iter().flatten();
    let members = members.map(|(name, value)| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        (first.into_iter().chain(letters).collect(), value.clone())
    });
    members.collect::<serde_json::Map<String, Value>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::delivery::Attribute;

    /// Every target as its API takes it: the names of all members are the model's, nothing that it requires is missing.
    #[tokio::test]
    async fn every_request_fits_its_api() {
        let config = AwsConfig::fixed("http://127.0.0.1:1", "eu-west-1", "a", "b");
        let client = AwsClient::for_rehearsal(Arc::new(config), "123456789012");
        let arn = |rest: &str| -> Arc<str> {
            let (service, resource) = rest.split_once(' ').unwrap();
            format!("arn:aws:{service}:eu-west-1:123456789012:{resource}").into()
        };
        let other = |rest: &str, parameters: Value| Target::Other {
            arn: arn(rest),
            parameters,
        };
        let subnets =
            json!({ "awsvpcConfiguration": { "Subnets": ["s"], "AssignPublicIp": "ENABLED" } });
        let ecs = json!({ "EcsParameters": {
            "TaskDefinitionArn": "t", "TaskCount": 2, "LaunchType": "FARGATE", "NetworkConfiguration": subnets,
            "PlatformVersion": "1", "Group": "g", "EnableECSManagedTags": true, "EnableExecuteCommand": true,
            "CapacityProviderStrategy": [{ "capacityProvider": "p", "weight": 1, "base": 0 }],
            "PlacementConstraints": [{ "type": "distinctInstance" }], "PropagateTags": "TASK_DEFINITION",
            "PlacementStrategy": [{ "type": "spread", "field": "x" }], "ReferenceId": "r",
            "Tags": [{ "Key": "k", "Value": "v" }],
        }});
        let batch = json!({ "BatchParameters": {
            "JobDefinition": "d", "JobName": "n", "ArrayProperties": { "Size": 2 }, "RetryStrategy": { "Attempts": 2 },
        }});
        let targets = json!([{ "Key": "InstanceIds", "Values": ["i-1"] }]);
        let run_command = json!({ "RunCommandParameters": { "RunCommandTargets": targets } });
        let pipeline = json!({ "PipelineParameterList": [{ "Name": "a", "Value": "b" }] });
        let pipeline = json!({ "SageMakerPipelineParameters": pipeline });
        let sql = json!({ "RedshiftDataParameters": {
            "Database": "d", "DbUser": "u", "Sql": "select 1", "StatementName": "s", "WithEvent": true,
            "SecretManagerArn": "arn",
        }});
        let sqls = json!({ "RedshiftDataParameters": { "Database": "d", "Sqls": ["select 1"] } });
        let attribute = |value| ("A".into(), value);
        let dead_letter = |rest| Target::DeadLetter {
            arn: arn(rest),
            attributes: [attribute(Attribute::Number(200))].into(),
        };
        let input = json!({
            "environmentVariablesOverride": [{ "name": "a", "value": "b", "type": "PLAINTEXT" }],
            "containerOverrides": [{ "name": "c", "command": ["x"] }],
            "ContainerOverrides": { "Command": ["x"] },
            "detail-type": "an event has such members too",
            "InstanceIds": ["i-1"],
        });
        for (target, input) in [
            (
                Target::StateMachine {
                    arn: arn("states stateMachine:m"),
                },
                &input,
            ),
            (
                Target::Function {
                    arn: arn("lambda function:f"),
                },
                &input,
            ),
            (
                Target::Sqs {
                    arn: arn("sqs q"),
                    message_group_id: Some("g".into()),
                },
                &input,
            ),
            (Target::Sns { arn: arn("sns t") }, &input),
            (
                Target::EventBus {
                    arn: arn("events event-bus/b"),
                    detail_type: "d".into(),
                    source: "s".into(),
                    resources: vec!["r".into()],
                },
                &input,
            ),
            (
                Target::LogGroup {
                    arn: arn("logs log-group:/a:*"),
                },
                &input,
            ),
            (
                Target::Kinesis {
                    arn: arn("kinesis stream/s"),
                    partition_key: "k".into(),
                },
                &input,
            ),
            (
                Target::Universal {
                    service: "ec2".into(),
                    action: "startInstances".into(),
                },
                &json!({ "InstanceIds": ["i-1"] }),
            ),
            (other("ecs cluster/c", ecs), &input),
            (other("codebuild project/p", json!({})), &input),
            (other("codepipeline p", json!({})), &input),
            (other("firehose deliverystream/d", json!({})), &input),
            (other("sagemaker pipeline/p", pipeline), &input),
            (other("inspector target/t/template/u", json!({})), &input),
            (other("batch job-queue/q", batch), &input),
            (other("ssm document/d", run_command), &input),
            (other("ssm automation-definition/d:1", json!({})), &input),
            (other("redshift cluster:c", sql), &input),
            (other("redshift-serverless workgroup/w", sqls), &input),
            (dead_letter("sqs q"), &input),
            (dead_letter("sns t"), &input),
        ] {
            let origin = Origin::Schedule {
                arn: arn("scheduler schedule/default/s"),
                occurrence_millis: 0,
                target_id: None,
            };
            let delivery = Delivery::new("d", origin, target, input.to_string(), 0);
            let request = delivery.request().unwrap();
            let operation = operation(&request).unwrap();
            let answer = client.call(operation, &request.arguments, "d", None).await;
            if let Err(error) = answer {
                panic!("{:?}: {error:?}", delivery.target);
            }
        }
    }
}
