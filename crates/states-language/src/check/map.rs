//! Map and Parallel: states with workflows inside.

use std::sync::Arc;

use super::graph::Graph;
use super::{Checker, FROM_ZERO, Object, fields};
use crate::machine::{Dynamic, ExecutionType, Items, Map, Parallel, QueryLanguage, Workflow};
use crate::syntax::NodeValue;

/// `Mode` of a `ProcessorConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProcessorMode {
    Inline,
    /// Without the type where that is missing, which is an error already.
    Distributed(Option<ExecutionType>),
}

impl<'s> Checker<'s> {
    pub(super) fn parallel(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
        graph: &mut Graph<'s>,
    ) -> Option<Parallel> {
        self.required(object, &["Branches"]);
        let retry = self.retriers(object, language);
        let catch = self.catchers(object, language, graph);
        let items = self.filled_array(object, "Branches")?;
        let place = object.place.key("Branches");
        let mut branches = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let place = place.index(i);
            let Some(branch) = self.object(item, &place) else {
                continue;
            };
            self.fields(branch, &[fields::BRANCH], language);
            self.string_field(branch, "Comment");
            branches.extend(self.workflow(branch, None).map(Arc::new));
        }
        Some(Parallel {
            branches,
            retry,
            catch,
        })
    }

    pub(super) fn map(
        &mut self,
        object: Object<'s, '_>,
        state_name: &str,
        language: QueryLanguage,
        graph: &mut Graph<'s>,
    ) -> Option<Map> {
        let retry = self.retriers(object, language);
        let catch = self.catchers(object, language, graph);
        let items = self.items(object, language);
        self.at_most_one(object, &["ItemSelector", "Parameters"]);
        let item_selector = self.template_field(object, "ItemSelector", language);
        let max_concurrency = self.dynamic_integer(
            object,
            "MaxConcurrency",
            "MaxConcurrencyPath",
            FROM_ZERO,
            language,
        );
        let tolerated_failure_count = self.dynamic_integer(
            object,
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            FROM_ZERO,
            language,
        );
        let tolerated_failure_percentage = self.percentage(object, language);
        let (processor, mode) = self.processor(object, language);
        let distributed = self.distributed(object, state_name, mode, language);
        Some(Map {
            items: items?,
            item_selector,
            max_concurrency,
            processor: Arc::new(processor?),
            distributed: match mode? {
                ProcessorMode::Inline => None,
                ProcessorMode::Distributed(_) => Some(distributed?),
            },
            tolerated_failure_percentage,
            tolerated_failure_count,
            retry,
            catch,
        })
    }

    fn items(&mut self, object: Object<'s, '_>, language: QueryLanguage) -> Option<Items> {
        if let Some(node) = object
            .get("ItemsPath")
            .filter(|_| language == QueryLanguage::JsonPath)
        {
            return self
                .reference_path(node, &object.place.key("ItemsPath"))
                .map(Items::Path);
        }
        let Some(node) = object
            .get("Items")
            .filter(|_| language == QueryLanguage::Jsonata)
        else {
            return Some(Items::Input);
        };
        let place = object.place.key("Items");
        match &node.value {
            NodeValue::Array(_) | NodeValue::Object(_) => {
                self.template(node, &place, language).map(Items::Template)
            }
            NodeValue::String(_) => {
                self.expression(node, &place)?;
                self.template(node, &place, language).map(Items::Template)
            }
            _ if node.is_unknown() => self.unknown(),
            _ => self.wrong_type(node, &place, "Array"),
        }
    }

    fn percentage(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
    ) -> Option<Dynamic<f64>> {
        let (name, path_name) = (
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
        );
        self.at_most_one(object, &[name, path_name]);
        let Some(node) = object.get(name) else {
            let node = object.get(path_name)?;
            return self
                .scalar_path(node, &object.place.key(path_name))
                .map(Dynamic::Path);
        };
        let place = object.place.key(name);
        if language == QueryLanguage::Jsonata && node.as_str().is_some() {
            return self.expression(node, &place).map(Dynamic::Jsonata);
        }
        let value = self.number(node, &place)?.as_f64()?;
        if value < 0.0 {
            self.schema(&place, node.span, "Minimum value is 0.0");
        } else if value > 100.0 {
            self.schema(&place, node.span, "Maximum value is 100.0");
        }
        Some(Dynamic::Literal(value))
    }

    /// `ItemProcessor`, or `Iterator`, its old name.
    fn processor(
        &mut self,
        object: Object<'s, '_>,
        language: QueryLanguage,
    ) -> (Option<Workflow>, Option<ProcessorMode>) {
        self.exactly_one(object, &["ItemProcessor", "Iterator"]);
        let old = object.get("ItemProcessor").is_none();
        let name = if old { "Iterator" } else { "ItemProcessor" };
        let place = object.place.key(name);
        let Some(processor) = object.get(name).and_then(|node| self.object(node, &place)) else {
            return (None, None);
        };
        self.fields(processor, &[fields::PROCESSOR], language);
        self.string_field(processor, "Comment");
        let mode = self.processor_mode(processor, language);
        let around = self.express;
        if let Some(ProcessorMode::Distributed(execution_type)) = mode {
            // The children are executions of their own.
            self.express = execution_type == Some(ExecutionType::Express);
        }
        let workflow = self.workflow(processor, mode);
        self.express = around;
        (workflow, mode)
    }

    fn processor_mode(
        &mut self,
        processor: Object<'s, '_>,
        language: QueryLanguage,
    ) -> Option<ProcessorMode> {
        let Some(node) = processor.get("ProcessorConfig") else {
            return Some(ProcessorMode::Inline);
        };
        let place = processor.place.key("ProcessorConfig");
        let config = self.object(node, &place)?;
        self.fields(config, &[fields::PROCESSOR_CONFIG], language);
        let distributed = match config.get("Mode") {
            None => Some(false),
            Some(_) => {
                self.enumeration(config, "Mode", &[("INLINE", false), ("DISTRIBUTED", true)])
            }
        };
        if distributed == Some(true) {
            self.required(config, &["ExecutionType"]);
            if self.express {
                // The developer guide says so on Express workflows; AWS's words are not known.
                let message =
                    "Express state machine does not support Map state in 'DISTRIBUTED' mode";
                self.schema(&place.key("Mode"), config.span(), message);
            }
        }
        let execution_type = self.enumeration(
            config,
            "ExecutionType",
            &[
                ("STANDARD", ExecutionType::Standard),
                ("EXPRESS", ExecutionType::Express),
            ],
        );
        Some(if distributed? {
            ProcessorMode::Distributed(execution_type)
        } else {
            ProcessorMode::Inline
        })
    }
}
