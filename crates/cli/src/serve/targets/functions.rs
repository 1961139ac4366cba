//! Functions of this server.

use api::delivery::{Delivered, Delivery, DeliveryError, FunctionResponse, Origin, Retry};
use api::lambda::{InvocationType, Invoke, Lambda};
use api::wire::ServiceError;
use connectors::{LocalFunctions, LocalInvocation};

use crate::wiring::local::Functions;

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

/// The template's functions take no asynchronous invocations that outlive the server: the delivery waits for the function, three attempts
/// long.
pub async fn deliver_to_declared(
    functions: &Functions,
    delivery: &Delivery,
    arn: &str,
) -> Result<Delivered, DeliveryError> {
    let invoked = functions.invoke(LocalInvocation {
        function_name: arn,
        qualifier: None,
        payload: &delivery.input,
        invocation_type: None,
        client_context: None,
        log_type: None,
        call_key: &delivery.id,
    });
    match invoked.await {
        None => {
            let why = format!("Function not found: {arn}");
            Err(DeliveryError::new(
                Retry::No,
                "ResourceNotFoundException",
                why,
            ))
        }
        Some(Err(refusal)) => Err(DeliveryError::new(Retry::No, refusal.code, refusal.message)),
        Some(Ok(answer)) => match answer.function_error {
            None => Ok(Delivered::default()),
            Some(error) => {
                let retry = match delivery.attempts < 2 {
                    true => Retry::Yes,
                    false => Retry::No,
                };
                Err(DeliveryError::new(retry, error, answer.payload))
            }
        },
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
