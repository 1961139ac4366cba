//! Reads state machines, and what starts them, by the generic client: nothing is changed.

use std::sync::Arc;

use connectors::aws::{AwsClient, AwsConfig, Options};
use connectors::{CallError, CallRequest, Connectors, ResourceRef};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::AwsArgs;
use crate::error::CliError;

/// What was found.
pub struct Account {
    pub region: String,
    pub machines: Vec<Machine>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

pub struct Machine {
    pub name: String,
    /// The name as a file's, each once.
    pub file: String,
    /// DescribeStateMachine's answer, in the names of Step Functions.
    pub description: Value,
    /// Key and value.
    pub tags: Vec<(String, String)>,
    pub versions: usize,
    /// Names.
    pub aliases: Vec<String>,
    /// GetSchedule's answers.
    pub schedules: Vec<Value>,
    pub rules: Vec<Rule>,
}

/// A rule, and its target that is the state machine.
pub struct Rule {
    /// DescribeRule's answer.
    pub rule: Value,
    pub target: Value,
}

impl Machine {
    pub fn text(&self, member: &str) -> &str {
        self.description[member].as_str().unwrap_or_default()
    }

    /// The definition, indented; as it is when it is no JSON.
    pub fn pretty_definition(&self) -> String {
        let text = self.text("Definition");
        match serde_json::from_str::<Value>(text) {
            Ok(value) => format!("{value:#}\n"),
            Err(_) => text.to_owned(),
        }
    }
}

struct Reader {
    connectors: Connectors,
    runtime: Runtime,
}

/// Services here that say that an answer is missing for want of permission or of the service itself.
type Refused = String;

impl Reader {
    fn call(&self, service: &str, action: &str, arguments: Value) -> Result<Value, Refused> {
        let request = CallRequest {
            resource: ResourceRef::AwsSdk {
                service: service.to_owned(),
                action: action.to_owned(),
            },
            arguments,
            role_arn: None,
            call_key: uuid::Uuid::new_v4().to_string(),
            execution_arn: None,
        };
        let answer = self.runtime.block_on(self.connectors.call(&request));
        answer.map_err(|error| match error {
            // Ids of requests would make every report another one.
            CallError::Failed(failure) => {
                let text = format!("{service}:{action}: {failure}");
                text.split(" (Service: ").next().unwrap_or(&text).to_owned()
            }
            CallError::Refused(why) => why,
        })
    }

    /// All pages of a list.
    fn list(
        &self,
        service: &str,
        action: &str,
        arguments: Value,
        member: &str,
    ) -> Result<Vec<Value>, Refused> {
        let mut found = Vec::new();
        let mut arguments = arguments;
        loop {
            let mut page = self.call(service, action, arguments.clone())?;
            if let Value::Array(items) = page[member].take() {
                found.extend(items);
            }
            match page["NextToken"].take() {
                Value::String(token) if !token.is_empty() && arguments["NextToken"] != *token => {
                    arguments["NextToken"] = token.into();
                }
                _ => return Ok(found),
            }
        }
    }
}

pub fn read(args: &AwsArgs) -> Result<Account, CliError> {
    let runtime = Runtime::new()
        .map_err(|error| CliError::Internal(format!("no asynchronous runtime: {error}")))?;
    let options = Options {
        endpoint_url: args.endpoint_url.clone(),
        region: args.region.clone(),
        profile: args.profile.clone(),
    };
    let config = runtime
        .block_on(AwsConfig::resolve(options))
        .map_err(|error| CliError::user(error.to_string()))?;
    let region = config.region().to_owned();
    let client = AwsClient::new(Arc::new(config));
    let reader = Reader {
        connectors: Connectors::new(client, None),
        runtime,
    };
    let listed = reader
        .list(
            "sfn",
            "listStateMachines",
            json!({"MaxResults": 100}),
            "StateMachines",
        )
        .map_err(CliError::user)?;
    let mut account = Account {
        region,
        machines: Vec::new(),
        unread: Vec::new(),
    };
    for item in listed {
        let name = item["Name"].as_str().unwrap_or_default();
        let Some(arn) = item["StateMachineArn"]
            .as_str()
            .filter(|_| name.starts_with(&args.prefix))
        else {
            continue;
        };
        let machine = machine(&reader, name, arn, &mut account)?;
        account.machines.push(machine);
    }
    account
        .machines
        .sort_by(|one, other| one.name.cmp(&other.name));
    files(&mut account.machines);
    starts(&reader, &mut account);
    account.unread.dedup();
    Ok(account)
}

fn machine(
    reader: &Reader,
    name: &str,
    arn: &str,
    account: &mut Account,
) -> Result<Machine, CliError> {
    let of_arn = json!({"StateMachineArn": arn});
    let description = reader
        .call("sfn", "describeStateMachine", of_arn.clone())
        .map_err(CliError::user)?;
    // What comes now is worth having, but an account may withhold it.
    let mut unread = |why: Refused| {
        account.unread.push(why);
        Vec::new()
    };
    let tags = reader
        .call("sfn", "listTagsForResource", json!({"ResourceArn": arn}))
        .map(|mut answer| answer["Tags"].take());
    let tags = tags.map(|tags| tags.as_array().cloned().unwrap_or_default());
    let tags = tags.unwrap_or_else(&mut unread);
    let versions = reader.list(
        "sfn",
        "listStateMachineVersions",
        of_arn.clone(),
        "StateMachineVersions",
    );
    let versions = versions.unwrap_or_else(&mut unread);
    let aliases = reader.list(
        "sfn",
        "listStateMachineAliases",
        of_arn,
        "StateMachineAliases",
    );
    let aliases = aliases.unwrap_or_else(&mut unread);
    let last = |alias: &Value| {
        let arn = alias["StateMachineAliasArn"].as_str()?;
        arn.rsplit(':').next().map(str::to_owned)
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(Machine {
        name: name.to_owned(),
        file: String::new(),
        description,
        tags: tags
            .iter()
            .map(|tag| (text(&tag["Key"]), text(&tag["Value"])))
            .collect(),
        versions: versions.len(),
        aliases: aliases.iter().filter_map(last).collect(),
        schedules: Vec::new(),
        rules: Vec::new(),
    })
}

/// Names of files: what a name may hold and a file should not becomes a hyphen.
fn files(machines: &mut [Machine]) {
    let mut taken = std::collections::BTreeSet::new();
    for machine in machines {
        let safe = |c: char| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        };
        let wished: String = machine.name.chars().map(safe).collect();
        let wished = wished.trim_start_matches('.').to_owned();
        let mut file = wished.clone();
        let mut number = 2;
        while !taken.insert(file.to_lowercase()) {
            file = format!("{wished}-{number}");
            number += 1;
        }
        machine.file = file;
    }
}

/// The schedules and rules that start state machines.
fn starts(reader: &Reader, account: &mut Account) {
    let machine_of = |machines: &[Machine], arn: &str| {
        machines.iter().position(|machine| {
            let own = machine.text("StateMachineArn");
            arn == own
                || arn
                    .strip_prefix(own)
                    .is_some_and(|rest| rest.starts_with(':'))
        })
    };
    match reader.list(
        "scheduler",
        "listSchedules",
        json!({"MaxResults": 100}),
        "Schedules",
    ) {
        Err(why) => account.unread.push(why),
        Ok(schedules) => {
            for item in schedules {
                let target = item["Target"]["Arn"].as_str().unwrap_or_default();
                let Some(number) = machine_of(&account.machines, target) else {
                    continue;
                };
                let wanted = json!({"Name": item["Name"], "GroupName": item["GroupName"]});
                match reader.call("scheduler", "getSchedule", wanted) {
                    Ok(schedule) => account.machines[number].schedules.push(schedule),
                    Err(why) => account.unread.push(why),
                }
            }
        }
    }
    for number in 0..account.machines.len() {
        let arn = account.machines[number].text("StateMachineArn").to_owned();
        let rules = reader.list(
            "eventbridge",
            "listRuleNamesByTarget",
            json!({"TargetArn": arn}),
            "RuleNames",
        );
        let rules = match rules {
            Ok(rules) => rules,
            Err(why) => {
                // One refusal is as good as one for each state machine.
                account.unread.push(why);
                return;
            }
        };
        for name in rules {
            let found = reader
                .call("eventbridge", "describeRule", json!({"Name": name}))
                .and_then(|rule| {
                    let targets = reader.list(
                        "eventbridge",
                        "listTargetsByRule",
                        json!({"Rule": name}),
                        "Targets",
                    )?;
                    Ok((rule, targets))
                });
            match found {
                Ok((rule, targets)) => {
                    let own = targets
                        .into_iter()
                        .filter(|target| target["Arn"] == arn.as_str());
                    let rules = own.map(|target| Rule {
                        rule: rule.clone(),
                        target,
                    });
                    account.machines[number].rules.extend(rules);
                }
                Err(why) => account.unread.push(why),
            }
        }
    }
}
