//! Runs Lambda functions as local processes through the Lambda Runtime API.
