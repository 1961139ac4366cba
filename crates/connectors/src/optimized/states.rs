//! `states:startExecution`: AWS shows its dates as milliseconds since 1970.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use super::with_metadata;
use crate::aws::ApiAnswer;
use crate::failure::TaskFailure;

/// The result with what the HTTP response told.
pub fn started(mut answer: ApiAnswer) -> Result<Value, TaskFailure> {
    if let Some(date) = answer.result.get_mut("StartDate")
        && let Some(millis) = date.as_str().and_then(millis)
    {
        *date = millis.into();
    }
    Ok(with_metadata(answer))
}

fn millis(date: &str) -> Option<i64> {
    DateTime::from_str(date, Format::DateTime)
        .ok()?
        .to_millis()
        .ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_milliseconds() {
        let shown = started(ApiAnswer {
            status: 200,
            headers: HeaderMap::new(),
            result: json!({"StartDate": "2016-12-05T21:29:29.123Z", "ExecutionArn": "arn"}),
        });
        assert_eq!(shown.unwrap()["StartDate"], json!(1_480_973_369_123_i64));
    }
}
