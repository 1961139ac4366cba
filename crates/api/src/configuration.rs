//! What a revision consists of, as CreateStateMachine and UpdateStateMachine take it.

use serde::Deserialize;

use crate::Error;
use crate::control::records::{
    Configuration, Encryption, EncryptionType, LogLevel, Logging, Tracing,
};

/// Members that both operations have. Which of them are required, the model says.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigurationInput {
    definition: Option<String>,
    role_arn: Option<String>,
    logging_configuration: Option<Logging>,
    tracing_configuration: Option<TracingInput>,
    encryption_configuration: Option<Encryption>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct TracingInput {
    enabled: Option<bool>,
}

impl ConfigurationInput {
    pub fn is_empty(&self) -> bool {
        matches!(
            self,
            ConfigurationInput {
                definition: None,
                role_arn: None,
                logging_configuration: None,
                tracing_configuration: None,
                encryption_configuration: None,
            }
        )
    }

    /// Of a new state machine.
    pub fn for_new(self) -> Result<Configuration, Error> {
        self.over(&Configuration {
            definition: "".into(),
            role_arn: "".into(),
            logging: Logging::default(),
            tracing: Tracing::default(),
            encryption: None,
        })
    }

    /// What is not given stays as it was.
    ///
    /// # Errors
    /// For a member that is not what the service takes; the definition is not looked at.
    pub fn over(self, before: &Configuration) -> Result<Configuration, Error> {
        let mut after = before.clone();
        if let Some(definition) = self.definition {
            after.definition = definition.into();
        }
        if let Some(role_arn) = self.role_arn {
            if !is_role_arn(&role_arn) {
                return Err(Error::InvalidRoleArn(role_arn));
            }
            after.role_arn = role_arn.into();
        }
        if let Some(logging) = self.logging_configuration {
            check_logging(&logging)?;
            after.logging = logging;
        }
        if let Some(tracing) = self.tracing_configuration {
            let enabled = tracing.enabled.ok_or_else(|| {
                Error::InvalidTracingConfiguration("'enabled' must be true or false.".to_owned())
            })?;
            after.tracing = Tracing { enabled };
        }
        if let Some(encryption) = self.encryption_configuration {
            check_encryption(&encryption)?;
            after.encryption = Some(encryption);
        }
        Ok(after)
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/NAME`.
fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, role]
        if !partition.is_empty()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

fn check_logging(logging: &Logging) -> Result<(), Error> {
    let invalid = |message: &str| Err(Error::InvalidLoggingConfiguration(message.to_owned()));
    let destinations = logging.destinations.as_deref().unwrap_or_default();
    let is_needed = logging.level != LogLevel::Off;
    if destinations.len() > 1 || (is_needed && destinations.is_empty()) {
        return invalid("Must specify exactly one Log Destination.");
    }
    match logging.log_group_arn() {
        Some(arn) if !is_log_group_arn(arn) => {
            invalid("Log Destination is not a valid log group ARN.")
        }
        None if !destinations.is_empty() => invalid("Log Destination must have a log group ARN."),
        _ => Ok(()),
    }
}

/// `arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME`, normally with `:*`.
fn is_log_group_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "logs", _, _, "log-group", name] if !name.is_empty())
}

/// # Errors
/// `InvalidEncryptionConfiguration`.
pub(crate) fn check_encryption(encryption: &Encryption) -> Result<(), Error> {
    let wrong = match encryption.kind {
        EncryptionType::CustomerManagedKmsKey if encryption.kms_key_id.is_none() => {
            "'kmsKeyId' is required when 'type' is 'CUSTOMER_MANAGED_KMS_KEY'"
        }
        EncryptionType::AwsOwnedKey if encryption.kms_key_id.is_some() => {
            "'kmsKeyId' must not be given when 'type' is 'AWS_OWNED_KEY'"
        }
        _ => return Ok(()),
    };
    Err(Error::InvalidEncryptionConfiguration(wrong.to_owned()))
}
