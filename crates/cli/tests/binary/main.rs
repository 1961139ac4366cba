//! The binary as people and scripts meet it: options, files, what it prints, exit codes, signals, effects.

mod support;
mod terminal;

mod actions;
mod aws;
mod aws_itself;
mod bad_input;
mod console;
mod console_misuse;
mod examples;
mod export;
mod functions;
mod guide;
mod import;
mod inputs;
mod login;
mod match_event;
mod mocks;
mod moto;
mod names;
mod project;
mod results;
mod resume;
mod safety;
mod schedules;
mod serve;
mod serve_http;
mod serve_tells;
mod serving;
mod signals;
mod validate;
