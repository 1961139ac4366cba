//! State machines, versions, aliases, activities and tags, as a client sees them.

mod activities;
mod aliases;
mod anything;
mod definitions;
mod durability;
mod state_machines;
mod support;
mod tags;
mod versions;
