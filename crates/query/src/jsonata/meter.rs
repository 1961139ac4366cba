//! Counts the memory that an evaluation asks for.
//!
//! The engine counts steps, but one step may build an array of a million items, and an expression that keeps building them
//! would fill the memory of the machine long before its steps are used up. The meter looks at what each operation gave,
//! adds up, and stops the evaluation when it has had enough. Watching costs up to half the speed, so it is only done for
//! expressions that can repeat an operation.

use jlens_core::CancelToken;
use jlens_core::ast::{BinaryOp, Node, NodeKind, Span};
use jlens_core::audit::{CaptureLimits, Outcome, Tracer};
use serde_json::Value;

/// What an item of an array, or a small text, takes in the engine: roughly.
const ITEM_BYTES: usize = 64;
/// The same for a field of an object.
const FIELD_BYTES: usize = 128;

/// Captures of arrays and objects with these limits hold nothing but the number of items left out.
const COUNT_ONLY: CaptureLimits = CaptureLimits {
    max_items: 0,
    max_string: 0,
    max_depth: 1,
    max_rejected: 0,
    max_nodes: 0,
    max_source: 0,
};

/// Watches one evaluation.
pub(super) struct Meter {
    left_bytes: usize,
    token: CancelToken,
    /// Whether the evaluation was stopped here.
    pub(super) exceeded: bool,
}

impl Meter {
    /// Cancels `token` after `max_bytes`.
    pub(super) fn new(max_bytes: usize, token: CancelToken) -> Self {
        Meter {
            left_bytes: max_bytes,
            token,
            exceeded: false,
        }
    }
}

impl Tracer for Meter {
    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Outcome::Value(value) = outcome else {
            return;
        };
        if !creates(&node.kind) {
            return;
        }
        let bytes = match value.type_name() {
            "array" => count(value.capture(&COUNT_ONLY)).saturating_mul(ITEM_BYTES),
            "object" => count(value.capture(&COUNT_ONLY)).saturating_mul(FIELD_BYTES),
            "string" => value
                .to_json()
                .as_ref()
                .and_then(Value::as_str)
                .map_or(0, str::len),
            _ => return,
        };
        match self.left_bytes.checked_sub(bytes) {
            Some(left) => self.left_bytes = left,
            None => {
                self.exceeded = true;
                self.token.cancel();
            }
        }
    }
}

/// The expression without calls of built-in functions at the end of a function: the engine runs those after it has left
/// the function, where the meter sees nothing of their results. `f(x)` becomes `(f(x) ?? ())`, which means the same. Calls
/// of the expression's own functions stay as they are, so that loops made of them need no depth.
pub(super) fn without_tail_calls(text: &str, calls: &[Span]) -> Option<String> {
    if calls.is_empty() {
        return None;
    }
    let mut insertions: Vec<(usize, &str)> = Vec::with_capacity(2 * calls.len());
    for call in calls {
        insertions.push((call.start, "("));
        insertions.push((call.end, " ?? ())"));
    }
    // Stable, so that calls that stand side by side keep their order.
    insertions.sort_by_key(|(offset, _)| *offset);
    let mut rewritten = String::with_capacity(text.len() + 8 * calls.len());
    let mut position = 0;
    for (offset, insertion) in insertions {
        rewritten.push_str(text.get(position..offset)?);
        rewritten.push_str(insertion);
        position = offset;
    }
    rewritten.push_str(text.get(position..)?);
    Some(rewritten)
}

/// Whether a node of that kind can give something larger than what it is made of.
fn creates(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Binary {
            op: BinaryOp::Range | BinaryOp::Concat,
            ..
        } | NodeKind::Array { .. }
            | NodeKind::Function { .. }
            | NodeKind::Apply { .. }
            | NodeKind::Path { .. }
            | NodeKind::Descendant
    )
}

/// The number of items in an array or object from the text that stands for all of them (`… 12 more`).
fn count(captured: Option<Value>) -> usize {
    let text = match &captured {
        Some(Value::Array(items)) => items.first(),
        Some(Value::Object(fields)) => fields.values().next(),
        _ => None,
    };
    let text = text.and_then(Value::as_str).unwrap_or("");
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or(0)
}
