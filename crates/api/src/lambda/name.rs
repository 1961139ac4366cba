//! Which function, version or alias a request means.

use std::sync::Arc;

use functions::FunctionName;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::record::{Alias, Function, Version};
use super::{Lambda, error};
use crate::wire::ServiceError;

pub(super) const LATEST: &str = "$LATEST";

/// A function's name and a qualifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub qualifier: Option<String>,
}

/// What a name stands for.
pub(super) struct Found {
    pub function: Arc<Function>,
    pub version: Version,
}

impl Lambda {
    /// `NAME`, or `NAME:QUALIFIER`, as an ARN of this account.
    pub(super) fn arn(&self, name: &str, qualifier: Option<&str>) -> String {
        let options = self.options();
        let (partition, region, account) = (&options.partition, &options.region, &options.account);
        let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{name}");
        match qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }

    /// The members `FunctionName` and `Qualifier`.
    pub(super) fn named(&self, members: &Map<String, Value>) -> Result<Named, ServiceError> {
        let text = |member| members.get(member).and_then(Value::as_str);
        let identifier = text("FunctionName").unwrap_or_default();
        self.parse(identifier, text("Qualifier"))
    }

    /// The same, of an operation that takes no qualifier.
    pub(super) fn unqualified(&self, members: &Map<String, Value>) -> Result<String, ServiceError> {
        let named = self.named(members)?;
        match named.qualifier.as_deref() {
            None | Some(LATEST) => Ok(named.name),
            Some(_) => Err(error::invalid(
                "This operation does not support a qualifier in the function name.",
            )),
        }
    }

    pub(super) fn parse(
        &self,
        identifier: &str,
        qualifier: Option<&str>,
    ) -> Result<Named, ServiceError> {
        let options = self.options();
        let Some(parsed) = FunctionName::parse(identifier) else {
            return Err(error::invalid(format!(
                "Value '{identifier}' at 'functionName' is no function's name, partial ARN or ARN."
            )));
        };
        if let Some(region) = parsed.region
            && region != &*options.region
        {
            let here = &options.region;
            return Err(error::not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{here}')"
            )));
        }
        if parsed
            .account_id
            .is_some_and(|account| account != &*options.account)
        {
            return Err(error::function_not_found(identifier));
        }
        let qualifier = match (parsed.qualifier, qualifier) {
            (Some(own), Some(other)) if own != other => {
                return Err(error::invalid(
                    "The derived qualifier from the function name does not match the specified qualifier.",
                ));
            }
            (own, other) => own.or(other).map(str::to_owned),
        };
        Ok(Named {
            name: parsed.name.to_owned(),
            qualifier,
        })
    }

    pub(super) fn function(&self, name: &str) -> Result<Arc<Function>, ServiceError> {
        let function = self.tables().functions.get(name);
        function.ok_or_else(|| error::function_not_found(&self.arn(name, None)))
    }

    /// A version by its number.
    pub(super) fn version(
        &self,
        function: &Function,
        name: &str,
        number: &str,
    ) -> Result<Version, ServiceError> {
        if number == LATEST {
            return Ok(function.latest.clone());
        }
        let version = self.tables().versions.get(&key(name, number));
        let version =
            version.ok_or_else(|| error::function_not_found(&self.arn(name, Some(number))))?;
        Ok(Version::clone(&version))
    }

    /// `call_key`: of which of an alias' versions the choice is made.
    pub(super) fn find(
        &self,
        named: &Named,
        call_key: Option<&str>,
    ) -> Result<Found, ServiceError> {
        let function = self.tables().functions.get(&named.name);
        let not_found =
            || error::function_not_found(&self.arn(&named.name, named.qualifier.as_deref()));
        let function = function.ok_or_else(not_found)?;
        let qualifier = named.qualifier.as_deref().unwrap_or(LATEST);
        let alias = self.tables().aliases.get(&key(&named.name, qualifier));
        let number = match &alias {
            None => qualifier,
            Some(alias) => match call_key {
                None => &alias.version,
                Some(call_key) => choose(alias, call_key),
            },
        };
        let version = self.version(&function, &named.name, number)?;
        Ok(Found { function, version })
    }
}

/// Of a version or an alias.
pub(super) fn key(name: &str, qualifier: &str) -> String {
    format!("{name}:{qualifier}")
}

/// Whether a text can be no alias: `7`.
pub(super) fn is_number(qualifier: &str) -> bool {
    qualifier.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same call gets the same version, however often it is made.
fn choose<'a>(alias: &'a Alias, call_key: &str) -> &'a str {
    let digest: [u8; 32] = Sha256::digest(call_key).into();
    let [a, b, c, d, ..] = digest;
    let mut roll = f64::from(u32::from_be_bytes([a, b, c, d])) / 2_f64.powi(32);
    for (version, weight) in &alias.weights {
        if roll < *weight {
            return version;
        }
        roll -= weight;
    }
    &alias.version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_and_the_same_call_goes_the_same_way() {
        let alias = Alias {
            version: "1".to_owned(),
            description: String::new(),
            weights: [("2".to_owned(), 0.25)].into(),
            revision_id: String::new(),
        };
        let chosen = |n: u32| choose(&alias, &format!("execution/{n}"));
        let second = (0..10_000).filter(|n| chosen(*n) == "2").count();
        assert!((2_300..2_700).contains(&second), "{second}");
        assert!((0..100).all(|n| chosen(n) == chosen(n)));
    }
}
