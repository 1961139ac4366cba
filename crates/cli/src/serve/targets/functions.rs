//! Functions of this server.

use api::delivery::{Delivered, Delivery, DeliveryError, FunctionResponse, Origin, Retry};
use api::lambda::{InvocationType, Invoke, Lambda};
use api::wire::ServiceError;

/// An asynchronous invocation is carried out; whatever else is for a function becomes one, as on AWS.
pub async fn deliver(
    lambda: &Lambda,
    delivery: &Delivery,
    arn: &str,
) -> Result<Delivered, DeliveryError> {
    let invoke = Invoke {
        function_name: arn.to_owned(),
        payload: delivery.input.as_bytes().to_vec().into(),
        call_key: Some(delivery.id.clone()),
        ..Invoke::default()
    };
    let Origin::Invocation { request_id, .. } = &delivery.origin else {
        let event = Invoke {
            invocation_type: InvocationType::Event,
            ..invoke
        };
        lambda.invoke(event).await.map_err(refused)?;
        return Ok(Delivered::default());
    };
    let invoked = lambda.invoke(Invoke {
        request_id: Some(request_id.to_string()),
        ..invoke
    });
    let invoked = invoked.await.map_err(refused)?;
    let response = Some(FunctionResponse {
        executed_version: invoked.executed_version.unwrap_or_default().into(),
        function_error: invoked.function_error.clone().map(Into::into),
        payload: invoked.payload.as_str().into(),
    });
    match invoked.function_error {
        None => Ok(Delivered {
            execution_arn: None,
            response,
        }),
        Some(error) => Err(DeliveryError {
            response,
            ..DeliveryError::new(Retry::Yes, error, invoked.payload)
        }),
    }
}

/// Throttling and faults of this server do not count as attempts (Lambda Developer Guide, "Understanding retry behavior in Lambda").
fn refused(error: ServiceError) -> DeliveryError {
    let retry = match error.status {
        429 | 500.. => Retry::TurnedAway,
        _ => Retry::No,
    };
    DeliveryError::new(retry, error.code, error.message)
}
