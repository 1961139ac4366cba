//! Task states.

use std::sync::Arc;

use super::graph::Graph;
use super::{Checker, FROM_ONE, Object};
use crate::machine::{DataFlow, Dynamic, QueryLanguage, Task};
use crate::resource::{Pattern, Resource, ResourceKind};

impl<'s> Checker<'s> {
    pub(super) fn task(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        flow: &DataFlow,
        graph: &mut Graph<'s>,
    ) -> Option<Task> {
        self.required(object, &["Resource"]);
        let resource = self.resource(object, flow.arguments.as_ref(), language);
        if self.express
            && let Some(resource) = &resource
        {
            self.check_express(object, resource);
        }
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

    /// In AWS's words, which are the same for a task token.
    fn check_express(&mut self, object: Object<'s, '_>, resource: &Resource) {
        let what = match (&resource.kind, resource.pattern) {
            (ResourceKind::Activity, _) => "Activity ARN",
            (_, Pattern::RequestResponse) => return,
            (_, Pattern::Sync | Pattern::Sync2 | Pattern::WaitForTaskToken) => {
                "'.sync' service integration"
            }
        };
        let span = object
            .get("Resource")
            .map_or(object.span(), |node| node.span);
        let message = format!("Express state machine does not support {what}");
        self.schema(&object.place.key("Resource"), span, message);
    }
}
