//! The client as a whole: against servers of these tests, with configurations of all kinds.

mod bad_answers;
mod behaviour;
mod calls;
mod child;
mod config;
mod credentials;
mod local_api;
mod network;
mod support;
mod world;
