//! Resources of tasks against the catalog: services, actions, and names in `Parameters` and `Arguments`.

use query::template::Template;
use service_models::{Member, Operation, Shape, ShapeKind, Unsupported, catalog};

use super::{Checker, Object, Place};
use crate::diagnostic::{Severity, code};
use crate::integration::{self, Parameters};
use crate::machine::QueryLanguage;
use crate::resource::{Pattern, Resource, ResourceError, ResourceKind};
use crate::syntax::{self, Node, NodeValue};

/// What a task may name in its parameters.
enum Known {
    Shape {
        shape: Shape,
        is_optimized: bool,
        removed: &'static [&'static str],
    },
    Listed(&'static [&'static str]),
}

/// One check of a task's parameters.
struct Names<'p> {
    /// `Parameters` or `Arguments`: AWS's location for all findings inside.
    field: &'p Place<'p>,
    is_optimized: bool,
    language: QueryLanguage,
    severity: Severity,
}

impl<'s> Checker<'s> {
    /// The task's resource with service and action in their canonical forms.
    pub(super) fn resource(
        &mut self,
        object: Object<'s, '_>,
        parameters: Option<&Template>,
        language: QueryLanguage,
    ) -> Option<Resource> {
        let node = object.get("Resource")?;
        let place = object.place.key("Resource");
        let arn = self.string(node, &place)?;
        let parsed = Resource::parse(arn).map_err(|error| (error, None));
        let checked = parsed.and_then(|resource| {
            self.canonical(resource)
                .map_err(|hint| (ResourceError::NotRecognized(arn.to_owned()), hint))
        });
        match checked {
            Ok((resource, known)) => {
                let name = match language {
                    QueryLanguage::JsonPath => "Parameters",
                    QueryLanguage::Jsonata => "Arguments",
                };
                if let (Some(known), Some(node)) = (known, object.get(name)) {
                    // AWS looks at the names when the definition is made if nothing in them is dynamic, else when the task is run.
                    let severity = match parameters.is_some_and(Template::is_constant) {
                        true => Severity::Error,
                        false => Severity::Warning,
                    };
                    self.parameters(node, &object.place.key(name), &known, language, severity);
                }
                Some(resource)
            }
            Err((error, hint)) => {
                self.schema(&place, node.span, error.to_string()).hint = hint;
                None
            }
        }
    }

    fn parameters(
        &mut self,
        node: &'s Node,
        place: &Place<'_>,
        known: &Known,
        language: QueryLanguage,
        severity: Severity,
    ) {
        let mut names = Names {
            field: place,
            is_optimized: false,
            language,
            severity,
        };
        let top = node.members().unwrap_or_default();
        match *known {
            Known::Shape {
                shape,
                is_optimized,
                removed,
            } => {
                names.is_optimized = is_optimized;
                for member in top {
                    if removed.contains(&names.plain(&member.key)) {
                        self.not_supported(&names, names.severity, member, place, None);
                    }
                }
                self.members(&names, node, place, shape);
            }
            Known::Listed(listed) => {
                for member in top {
                    let name = names.plain(&member.key);
                    if !listed.contains(&name) && !member.key_unknown {
                        let hint = self.near(name, listed.iter().copied());
                        self.not_supported(&names, names.severity, member, place, hint);
                    }
                }
            }
        }
    }

    /// Literal names in `node` that `shape` does not have.
    fn members(&mut self, names: &Names<'_>, node: &'s Node, place: &Place<'_>, shape: Shape) {
        match (&node.value, shape.kind()) {
            (NodeValue::Object(members), ShapeKind::Structure) if !shape.is_document() => {
                for member in members.iter().filter(|member| !member.key_unknown) {
                    let name = names.plain(&member.key);
                    let Some(found) = shape.member(name) else {
                        let hint = self.near(name, shape.members().map(Member::sfn_name));
                        self.not_supported(names, names.severity, member, place, hint);
                        continue;
                    };
                    let is_known = names.knows(found, name);
                    if !is_known {
                        let severity = match self.allow_other_names {
                            true => Severity::Warning,
                            false => names.severity,
                        };
                        let hint = Some(format!("did you mean '{}'?", found.sfn_name()));
                        self.not_supported(names, severity, member, place, hint);
                    }
                    if is_known || self.allow_other_names {
                        let place = place.key(&member.key);
                        self.members(names, &member.value, &place, found.shape());
                    }
                }
            }
            (NodeValue::Array(items), ShapeKind::List) => {
                if let Some(inner) = shape.list_member() {
                    for (i, item) in items.iter().enumerate() {
                        self.members(names, item, &place.index(i), inner.shape());
                    }
                }
            }
            (NodeValue::Object(members), ShapeKind::Map) => {
                if let Some((_, inner)) = shape.map_members() {
                    for member in members {
                        let place = place.key(&member.key);
                        self.members(names, &member.value, &place, inner.shape());
                    }
                }
            }
            _ => {}
        }
    }

    fn not_supported(
        &mut self,
        names: &Names<'_>,
        severity: Severity,
        member: &syntax::Member,
        place: &Place<'_>,
        hint: Option<String>,
    ) {
        let code = match severity {
            Severity::Error => code::SCHEMA,
            Severity::Warning => code::UNKNOWN_MEMBER,
        };
        self.incomplete |= severity == Severity::Error;
        let name = names.plain(&member.key);
        let message = format!("The field \"{name}\" is not supported by Step Functions");
        let pointer = place.key(&member.key).pointer();
        let diagnostic = self.report(severity, code, names.field, member.key_span, message);
        diagnostic.pointer = pointer;
        diagnostic.hint = hint;
    }
}

impl Names<'_> {
    /// Whether Step Functions takes `name` for a member that it can stand for. The optimized integrations speak an older SDK,
    /// which spells some names like the model.
    fn knows(&self, member: Member, name: &str) -> bool {
        name == member.sfn_name() || (self.is_optimized && name == member.sdk_v1_name())
    }

    /// A member's name without the `.$` of a dynamic value.
    fn plain<'k>(&self, key: &'k str) -> &'k str {
        match self.language {
            QueryLanguage::JsonPath => key.strip_suffix(".$").unwrap_or(key),
            QueryLanguage::Jsonata => key,
        }
    }
}

impl Checker<'_> {
    /// The resource in its canonical form and what is known of its parameters; else what was probably meant.
    fn canonical(&self, resource: Resource) -> Result<(Resource, Option<Known>), Option<String>> {
        let Resource { arn, kind, pattern } = resource;
        let (kind, known) = match kind {
            ResourceKind::AwsSdk { service, action } => {
                if matches!(pattern, Pattern::Sync | Pattern::Sync2) {
                    return Err(Some("AWS SDK integrations have no '.sync'".to_owned()));
                }
                self.sdk(service, action)?
            }
            ResourceKind::Optimized { service, action } => {
                self.optimized(&service, &action, pattern)?
            }
            kind => (kind, None),
        };
        Ok((Resource { arn, kind, pattern }, known))
    }

    fn sdk(
        &self,
        service: String,
        action: String,
    ) -> Result<(ResourceKind, Option<Known>), Option<String>> {
        if integration::WITHOUT_MODEL.contains(&service.as_str()) {
            return Ok((ResourceKind::AwsSdk { service, action }, None));
        }
        let Some(found) = catalog().service(&service) else {
            let other = catalog()
                .service_by_any_name(&service)
                .map(|other| format!("did you mean '{}'?", other.segment()));
            return Err(other.or_else(|| {
                self.near(
                    &service,
                    catalog().services().map(|service| service.segment()),
                )
            }));
        };
        let Some(operation) = found.operation(&action) else {
            return Err(self.near(&action, found.operations().map(Operation::action)));
        };
        match operation.unsupported() {
            Some(Unsupported::ByStepFunctions) => {
                return Err(Some(format!(
                    "Step Functions does not offer {}",
                    operation.name()
                )));
            }
            Some(Unsupported::EventStream) => {
                return Err(Some(format!(
                    "{} is a stream of events, which a task cannot hold",
                    operation.name()
                )));
            }
            None => {}
        }
        let kind = ResourceKind::AwsSdk {
            service: found.segment().to_owned(),
            action: operation.action().to_owned(),
        };
        let known = operation.input().map(|shape| Known::Shape {
            shape,
            is_optimized: false,
            removed: &[],
        });
        Ok((kind, known))
    }

    fn optimized(
        &self,
        service: &str,
        action: &str,
        pattern: Pattern,
    ) -> Result<(ResourceKind, Option<Known>), Option<String>> {
        let Some(row) = integration::optimized(service, action) else {
            let sdk = catalog()
                .service_by_any_name(service)
                .and_then(|found| found.operation(action));
            let hint = sdk.map(|operation| {
                format!(
                    "the AWS SDK integration is arn:aws:states:::aws-sdk:{}:{}",
                    operation.service().segment(),
                    operation.action()
                )
            });
            let near = || match integration::optimized_actions(service).next() {
                Some(_) => self.near(action, integration::optimized_actions(service)),
                None => self.near(service, integration::optimized_services()),
            };
            return Err(hint.or_else(near));
        };
        if !row.allows(pattern) {
            return Err(Some(format!(
                "{}:{} does not support this integration pattern",
                row.service, row.action
            )));
        }
        let known = match row.parameters {
            Parameters::Unchecked => None,
            Parameters::Listed(names) => Some(Known::Listed(names)),
            Parameters::Api(segment, action, removed) => {
                let operation = catalog()
                    .service(segment)
                    .and_then(|service| service.operation(action));
                operation
                    .and_then(Operation::input)
                    .map(|shape| Known::Shape {
                        shape,
                        is_optimized: true,
                        removed,
                    })
            }
        };
        Ok((
            ResourceKind::Optimized {
                service: row.service.to_owned(),
                action: row.action.to_owned(),
            },
            known,
        ))
    }
}
