//! Task states.

use std::sync::Arc;

use super::graph::Graph;
use super::{Checker, FROM_ONE, Object};
use crate::machine::{Dynamic, QueryLanguage, Task};
use crate::resource::Resource;

impl<'s> Checker<'s> {
    pub(super) fn task(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        graph: &mut Graph<'s>,
    ) -> Option<Task> {
        self.required(object, &["Resource"]);
        let resource = self.resource(object);
        let timeout_seconds = self.dynamic_integer(
            object,
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            FROM_ONE,
            language,
        );
        let heartbeat_seconds = self.dynamic_integer(
            object,
            "HeartbeatSeconds",
            "HeartbeatSecondsPath",
            FROM_ONE,
            language,
        );
        if let (Some(Dynamic::Literal(timeout)), Some(Dynamic::Literal(heartbeat))) =
            (&timeout_seconds, &heartbeat_seconds)
            && heartbeat >= timeout
        {
            let span = object
                .get("HeartbeatSeconds")
                .map_or(object.span(), |node| node.span);
            self.schema(
                &object.place.key("HeartbeatSeconds"),
                span,
                format!(
                    "HeartbeatSeconds ({heartbeat}) must be smaller than TimeoutSeconds ({timeout})"
                ),
            );
        }
        let credentials = self.template_field(object, "Credentials", language);
        let retry = self.retriers(object, language);
        let catch = self.catchers(object, language, graph);
        Some(Task {
            resource: Arc::new(resource?),
            timeout_seconds,
            heartbeat_seconds,
            credentials,
            retry,
            catch,
        })
    }

    fn resource(&mut self, object: Object<'s, '_>) -> Option<Resource> {
        let node = object.get("Resource")?;
        let place = object.place.key("Resource");
        let arn = self.string(node, &place)?;
        match Resource::parse(arn) {
            Ok(resource) => Some(resource),
            Err(error) => {
                self.schema(&place, node.span, error.to_string());
                None
            }
        }
    }
}
