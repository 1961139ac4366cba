//! Names in a task's parameters that AWS would refuse and Stepwright takes: said once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use connectors::{CallRequest, OtherName, other_names};

use crate::progress::Progress;

pub struct OtherNames {
    progress: Arc<Progress>,
    /// State and name.
    told: Mutex<BTreeSet<(String, String)>>,
}

impl OtherNames {
    pub fn new(progress: Arc<Progress>) -> OtherNames {
        OtherNames {
            progress,
            told: Mutex::default(),
        }
    }

    /// Warns of the names in a call's arguments, of each once in a state.
    pub fn tell(&self, state_name: &str, request: &CallRequest) {
        for OtherName { written, expected } in other_names(&request.resource, &request.arguments) {
            let key = (state_name.to_owned(), written.clone());
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.insert(key) {
                drop(told);
                self.progress.note(&format!(
                    "the state '{state_name}' gives \"{written}\", which AWS does not support: \
                     Step Functions calls it \"{expected}\" (--strict refuses it)"
                ));
            }
        }
    }
}
