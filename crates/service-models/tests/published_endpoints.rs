//! The endpoint cases that botocore publishes with its source distribution, whose folder `STEPWRIGHT_BOTOCORE_SOURCE` names.
//! The test command fetches it.

use std::path::Path;

use serde_json::Value;
use service_models::catalog;
use service_models::endpoint::{Params, resolve};

#[test]
fn every_published_case() {
    let Ok(source) = std::env::var("STEPWRIGHT_BOTOCORE_SOURCE") else {
        eprintln!(
            "SKIPPED: STEPWRIGHT_BOTOCORE_SOURCE does not name botocore's source distribution"
        );
        return;
    };
    let folder = Path::new(&source).join("tests/functional/endpoint-rules");
    let (mut passed, mut failed) = (0, Vec::new());
    for service in catalog().services() {
        let path = folder
            .join(service.boto_name())
            .join("endpoint-tests-1.json");
        let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for case in file["testCases"].as_array().unwrap() {
            let params: Params = case["params"]
                .as_object()
                .cloned()
                .unwrap_or_default()
                .into_iter()
                .collect();
            let expected = &case["expect"];
            let right = match resolve(service, &params) {
                Ok(endpoint) => {
                    let scheme = &expected["endpoint"]["properties"]["authSchemes"][0];
                    let ours = endpoint.auth_schemes.first();
                    expected["endpoint"]["url"] == endpoint.url
                        && scheme["name"].as_str() == ours.map(|scheme| scheme.name.as_str())
                        && scheme["signingName"].as_str()
                            == ours.and_then(|scheme| scheme.signing_name.as_deref())
                        && scheme["signingRegion"].as_str()
                            == ours.and_then(|scheme| scheme.signing_region.as_deref())
                }
                Err(error) => expected["error"] == error.to_string(),
            };
            match right {
                true => passed += 1,
                false => failed.push(format!(
                    "{}: {}",
                    service.boto_name(),
                    case["documentation"]
                )),
            }
        }
    }
    println!("{passed} cases passed");
    assert!(
        failed.is_empty(),
        "{} cases failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
