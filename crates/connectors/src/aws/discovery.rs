//! Endpoints that no rule knows: Timestream's services tell where an account's calls go to, and predictions of Machine
//! Learning go to the endpoint that its models have.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use service_models::Operation;

/// The operation that tells the endpoint of `operation`, where it has to be asked.
pub fn described_by(operation: Operation) -> Option<Operation> {
    let describe = || operation.service().operation("describeEndpoints");
    operation
        .requires_endpoint_discovery()
        .then(describe)
        .flatten()
}

/// The endpoint that the arguments name, without a slash at the end.
pub fn in_arguments(operation: Operation, arguments: &Map<String, Value>) -> Option<String> {
    let is_prediction =
        (operation.service().boto_name(), operation.name()) == ("machinelearning", "Predict");
    let url = arguments.get("PredictEndpoint").filter(|_| is_prediction)?;
    Some(url.as_str()?.trim_end_matches('/').to_owned())
}

/// Endpoints that were told.
#[derive(Debug, Default)]
pub struct Discovered(Mutex<HashMap<Key, (String, SystemTime)>>);

/// Service and access key: the endpoint is an account's.
type Key = (&'static str, String);

/// One identity an item could fill the memory of a long run otherwise.
const MAX_KNOWN: usize = 1000;

impl Discovered {
    pub fn get(
        &self,
        operation: Operation,
        access_key_id: &str,
        now: SystemTime,
    ) -> Option<String> {
        let known = self.lock();
        let (url, until) = known.get(&key(operation, access_key_id))?;
        (now < *until).then(|| url.clone())
    }

    /// The endpoint in the result of [`described_by`], kept for as long as it says.
    pub fn keep(
        &self,
        operation: Operation,
        access_key_id: &str,
        result: &Value,
        now: SystemTime,
    ) -> Option<String> {
        let endpoint = &result["Endpoints"][0];
        let url = format!("https://{}", endpoint["Address"].as_str()?);
        let minutes = endpoint["CachePeriodInMinutes"].as_u64()?;
        let lifetime = Duration::from_secs(minutes.saturating_mul(60));
        let mut known = self.lock();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        if let Some(until) = now.checked_add(lifetime) {
            known.insert(key(operation, access_key_id), (url.clone(), until));
        }
        Some(url)
    }

    /// After the endpoint refused a call: the next one asks again.
    pub fn forget(&self, operation: Operation, access_key_id: &str) {
        self.lock().remove(&key(operation, access_key_id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (String, SystemTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(operation: Operation, access_key_id: &str) -> Key {
    (operation.service().boto_name(), access_key_id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;
    use std::time::UNIX_EPOCH;

    fn operation(service: &str, action: &str) -> Operation {
        catalog()
            .service(service)
            .unwrap()
            .operation(action)
            .unwrap()
    }

    #[test]
    fn only_timestream_has_to_be_asked() {
        let query = operation("timestreamquery", "query");
        assert_eq!(described_by(query).unwrap().name(), "DescribeEndpoints");
        let asked = catalog().services().filter(|service| {
            let mut operations = service.operations();
            operations.any(|operation| described_by(operation).is_some())
        });
        let asked: Vec<_> = asked.map(|service| service.segment()).collect();
        assert_eq!(asked, ["timestreamquery", "timestreamwrite"]);
        let describe = operation("timestreamquery", "describeEndpoints");
        assert!(described_by(describe).is_none());
    }

    #[test]
    fn endpoints_are_kept_as_long_as_they_are_good() {
        let query = operation("timestreamquery", "query");
        let known = Discovered::default();
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let result = json!({"Endpoints": [{"Address": "cell1.test", "CachePeriodInMinutes": 2}]});
        assert_eq!(known.get(query, "a", at(0)), None);
        let url = Some("https://cell1.test".to_owned());
        assert_eq!(known.keep(query, "a", &result, at(0)), url);
        assert_eq!(known.get(query, "a", at(119)), url);
        assert_eq!(known.get(query, "a", at(120)), None);
        assert_eq!(known.get(query, "b", at(0)), None);
        let write = operation("timestreamwrite", "writeRecords");
        assert_eq!(known.get(write, "a", at(0)), None);
        known.forget(query, "a");
        assert_eq!(known.get(query, "a", at(0)), None);
        for broken in [
            json!({}),
            json!({"Endpoints": []}),
            json!({"Endpoints": [{"Address": "x"}]}),
        ] {
            assert_eq!(known.keep(query, "a", &broken, at(0)), None);
        }
    }

    #[test]
    fn predictions_go_where_their_model_is() {
        let arguments = json!({"PredictEndpoint": "https://realtime.test/"});
        let named = |action| {
            in_arguments(
                operation("machinelearning", action),
                arguments.as_object().unwrap(),
            )
        };
        assert_eq!(named("predict").as_deref(), Some("https://realtime.test"));
        assert_eq!(named("getMLModel"), None);
    }
}
