//! What an expression refers to, found once, when it is parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jlens_core::ast::{Attrs, BinaryOp, Node, NodeKind, Span};
use jlens_core::reads::Read;
use jlens_core::stack;

use super::functions::OWN_FUNCTIONS;

/// What an expression refers to.
pub(super) struct Analysis {
    /// What it reads of `$states`; `None` when it does not.
    pub states: Option<Read>,
    /// Free variables, sorted.
    pub variables: Vec<String>,
    /// What it reads of each free variable, and of variables that are named like a built-in function.
    pub reads: BTreeMap<String, Read>,
    /// AWS's messages about references that its dialect does not have.
    pub unsupported: Vec<String>,
    /// Set when the expression is no more than a variable and names.
    pub path: Option<VariablePath>,
    /// Whether `$random` or `$uuid` is called.
    pub is_random: bool,
    /// Whether it may build something again and again: it has functions of its own, a range, or an operation that builds
    /// something inside a step that is done for every item.
    pub is_repeating: bool,
    /// Calls of built-in functions as the last thing that a function does: where they stand in the text, in bytes.
    pub tail_calls: Vec<Span>,
    /// Whether it contains a regular expression.
    pub has_regular_expression: bool,
}

/// `$variable.name.name`
pub(super) struct VariablePath {
    pub variable: String,
    pub names: Vec<String>,
}

pub(super) fn analyse(expression: &jlens_core::Expression) -> Analysis {
    let root = &expression.ast().root;
    let mut walk = Walk::default();
    walk.visit(root, true);
    let reads = expression.reads();
    let mut bindings = reads.bindings().clone();
    if reads.every_binding() {
        // The call to `$eval` fails, but what stands before it is evaluated.
        bindings.values_mut().for_each(|read| *read = Read::Whole);
    }
    let states = bindings.remove("states");
    for name in OWN_FUNCTIONS.iter().chain(&["eval"]) {
        bindings.remove(*name);
    }
    let variables = bindings.keys().cloned().collect();
    // The engine's analysis takes names of built-in functions as those. As values they can only be variables.
    for name in walk.values.iter().filter(|name| is_built_in(name)) {
        bindings.insert(name.clone(), Read::Whole);
    }
    Analysis {
        states,
        variables,
        reads: bindings,
        unsupported: walk.unsupported,
        path: variable_path(root),
        is_random: walk.is_random,
        is_repeating: walk.is_repeating,
        tail_calls: walk.tail_calls,
        has_regular_expression: walk.has_regular_expression,
    }
}

fn is_built_in(name: &str) -> bool {
    static NAMES: OnceLock<BTreeSet<&str>> = OnceLock::new();
    let names = || {
        let catalog = jlens_core::function_catalog();
        catalog.iter().map(|function| function.name).collect()
    };
    NAMES.get_or_init(names).contains(name)
}

/// Looks at every node once.
#[derive(Default)]
struct Walk {
    /// Variables in places where their value is used, not called.
    values: BTreeSet<String>,
    unsupported: Vec<String>,
    is_random: bool,
    is_repeating: bool,
    tail_calls: Vec<Span>,
    has_regular_expression: bool,
}

impl Walk {
    /// `top` tells whether the context of the node is the one of the whole expression.
    fn visit(&mut self, node: &Node, top: bool) {
        stack::grow(|| self.visit_node(node, top));
    }

    fn visit_node(&mut self, node: &Node, top: bool) {
        self.is_repeating |= match &node.kind {
            NodeKind::Lambda(definition) => !definition.thunk,
            NodeKind::Transform(_) => true,
            NodeKind::Binary {
                op: BinaryOp::Range,
                ..
            } => true,
            NodeKind::Binary {
                op: BinaryOp::Concat,
                ..
            }
            | NodeKind::Array { .. }
            | NodeKind::Function { .. }
            | NodeKind::Apply { .. }
            | NodeKind::Descendant => !top,
            // A path that starts at an item gives a part of the item.
            NodeKind::Path { steps, .. } => !top && starts_at_variable(steps),
            _ => false,
        };
        if let NodeKind::Lambda(definition) = &node.kind
            && definition.thunk
            && let NodeKind::Function { procedure, .. } = &definition.body.kind
            && let NodeKind::Variable { name } = &procedure.kind
            && (is_built_in(name) || OWN_FUNCTIONS.contains(&name.as_str()))
        {
            self.tail_calls.push(definition.body.span);
        }
        let inner = match &node.kind {
            NodeKind::Path { steps, .. } => {
                for (i, step) in steps.iter().enumerate() {
                    self.visit(step, top && i == 0);
                }
                self.visit_stages(node);
                return;
            }
            NodeKind::Name { name } if top => {
                self.report(format!(
                    "Reference to '{name}' at the top level is not supported."
                ));
                top
            }
            NodeKind::Wildcard | NodeKind::Descendant | NodeKind::Parent { .. } if top => {
                let symbol = match node.kind {
                    NodeKind::Wildcard => "*",
                    NodeKind::Descendant => "**",
                    _ => "%",
                };
                self.report(format!(
                    "Reference to '{symbol}' at the top level is not supported."
                ));
                top
            }
            NodeKind::Variable { name } => {
                match name.as_str() {
                    "$" => self.report("Reference to '$$' is not supported.".to_owned()),
                    "" if top => self
                        .report("Reference to '$' at the top level is not supported.".to_owned()),
                    name => {
                        self.is_random |= matches!(name, "random" | "uuid");
                        self.values.insert(name.to_owned());
                    }
                }
                top
            }
            NodeKind::Function { procedure, args } | NodeKind::Partial { procedure, args } => {
                match &procedure.kind {
                    NodeKind::Variable { name } => {
                        self.is_random |= matches!(name.as_str(), "random" | "uuid")
                    }
                    _ => self.visit(procedure, top),
                }
                args.iter().for_each(|argument| self.visit(argument, top));
                self.visit_stages(node);
                return;
            }
            NodeKind::Bind { rhs, .. } => {
                self.visit(rhs, top);
                return;
            }
            NodeKind::Apply { lhs, rhs } => {
                self.visit(lhs, top);
                match &rhs.kind {
                    NodeKind::Variable { name } => {
                        self.is_random |= matches!(name.as_str(), "random" | "uuid")
                    }
                    _ => self.visit(rhs, top),
                }
                return;
            }
            NodeKind::Regex { .. } => {
                self.has_regular_expression = true;
                top
            }
            // Sort keys are evaluated on the items; so are the parts of a transform.
            NodeKind::Sort { .. } | NodeKind::Transform(_) => false,
            _ => top,
        };
        // Direct children without those of the stages, which have another context.
        let stages = stage_nodes(&node.attrs);
        node.for_each_child(|child| {
            let is_stage = stages.iter().any(|stage| std::ptr::eq(*stage, child));
            self.visit(child, inner && !is_stage);
        });
    }

    fn visit_stages(&mut self, node: &Node) {
        for stage in stage_nodes(&node.attrs) {
            self.visit(stage, false);
        }
    }

    fn report(&mut self, message: String) {
        if !self.unsupported.contains(&message) {
            self.unsupported.push(message);
        }
    }
}

fn starts_at_variable(steps: &[Node]) -> bool {
    let first = steps.first().map(|step| &step.kind);
    matches!(
        first,
        Some(NodeKind::Variable { .. } | NodeKind::Block { .. })
    )
}

/// Predicates and groupings of a node.
fn stage_nodes(attrs: &Attrs) -> Vec<&Node> {
    use jlens_core::ast::Stage;
    let filters = attrs
        .stages
        .iter()
        .chain(&attrs.predicate)
        .filter_map(|stage| match stage {
            Stage::Filter { expr, .. } => Some(&**expr),
            Stage::Index { .. } => None,
        });
    let group = attrs
        .group
        .iter()
        .flat_map(|group| &group.pairs)
        .flat_map(|(key, value)| [key, value]);
    filters.chain(group).collect()
}

fn variable_path(root: &Node) -> Option<VariablePath> {
    let steps = match &root.kind {
        NodeKind::Path {
            steps,
            keep_singleton_array: false,
        } if is_plain(&root.attrs) => steps.as_slice(),
        NodeKind::Variable { .. } => std::slice::from_ref(root),
        _ => return None,
    };
    let (first, rest) = steps.split_first()?;
    let variable = match &first.kind {
        NodeKind::Variable { name }
            if is_plain(&first.attrs) && !matches!(name.as_str(), "" | "$") =>
        {
            name.clone()
        }
        _ => return None,
    };
    let name = |step: &Node| match &step.kind {
        NodeKind::Name { name } if is_plain(&step.attrs) => Some(name.clone()),
        _ => None,
    };
    let names = rest.iter().map(name).collect::<Option<Vec<_>>>()?;
    Some(VariablePath { variable, names })
}

/// Whether nothing is attached to the node that would change its value.
fn is_plain(attrs: &Attrs) -> bool {
    let Attrs {
        keep_array,
        cons_array,
        tuple,
        focus,
        index,
        stages,
        predicate,
        group,
        ancestor,
        ancestor_label,
        seeking_parent,
    } = attrs;
    !keep_array
        && !cons_array
        && !tuple
        && focus.is_none()
        && index.is_none()
        && stages.is_empty()
        && predicate.is_empty()
        && group.is_none()
        && ancestor.is_none()
        && ancestor_label.is_none()
        && seeking_parent.is_empty()
}
