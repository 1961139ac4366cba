//! The validated definition: what the interpreter walks.
//!
//! A [`Machine`] is immutable and shared. Every expression in it is parsed; every `Next`, `Default` and `StartAt` names a
//! state that exists in the same [`Workflow`]. The vocabulary is that of the Amazon States Language specification
//! (<https://states-language.net/spec.html>) and of the Step Functions developer guide.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use query::intrinsics::Call;
use query::jsonata::Expression;
use query::jsonpath::{Path, ReferencePath};
use query::template::Template;
use serde_json::Value;

use crate::resource::Resource;

/// A whole state machine definition.
#[derive(Debug, Clone)]
pub struct Machine {
    pub comment: Option<String>,
    /// `TimeoutSeconds` of the whole execution.
    pub timeout_seconds: Option<u64>,
    pub query_language: QueryLanguage,
    pub workflow: Arc<Workflow>,
}

/// `StartAt` and `States`: of the machine, of a Parallel branch or of a Map's processor.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub start_at: Arc<str>,
    pub states: IndexMap<Arc<str>, Arc<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryLanguage {
    JsonPath,
    Jsonata,
}

#[derive(Debug, Clone)]
pub struct State {
    pub name: Arc<str>,
    pub comment: Option<String>,
    /// Of this state: its own `QueryLanguage` or the machine's.
    pub query_language: QueryLanguage,
    pub flow: DataFlow,
    /// Where a Pass, Task, Wait, Parallel or Map state goes on. `End` for Succeed and Fail; a Choice has its own.
    pub next: Next,
    pub kind: Kind,
    /// Names of the variables that it reads itself, sorted.
    pub variables: Vec<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    State(Arc<str>),
    End,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Pass(Pass),
    Task(Box<Task>),
    Choice(Choice),
    Wait(Wait),
    Succeed,
    Fail(Fail),
    Parallel(Parallel),
    Map(Box<Map>),
}

/// The fields that shape data on its way through a state. JSONPath states use the first five and `assign`; JSONata states
/// use `arguments`, `output` and `assign`. What a state does not declare is at its default.
#[derive(Debug, Clone, Default)]
pub struct DataFlow {
    pub input_path: Selection,
    /// `Parameters` (JSONPath) or `Arguments` (JSONata).
    pub arguments: Option<Template>,
    pub result_selector: Option<Template>,
    pub result_path: ResultPath,
    pub output_path: Selection,
    /// `Output` (JSONata).
    pub output: Option<Template>,
    /// `Assign`: an object template, one member a variable, in the order of the text.
    pub assign: Option<Template>,
}

/// `InputPath` and `OutputPath`.
#[derive(Debug, Clone, Default)]
pub enum Selection {
    /// Absent or `$`: the value as it is; its text moves unparsed.
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// `ResultPath`.
#[derive(Debug, Clone, Default)]
pub enum ResultPath {
    /// Absent or `$`: the result replaces the input.
    #[default]
    Replace,
    /// `null`: the result is dropped, the input goes on.
    Discard,
    At(ReferencePath),
}

/// A scalar field: written out, or found at run time.
#[derive(Debug, Clone)]
pub enum Dynamic<T> {
    Literal(T),
    /// The `…Path` twin of the field.
    Path(Path),
    /// A `States.*` call where the `…Path` twin allows one (`ErrorPath`, `CausePath`).
    Intrinsic(Call),
    /// `{% … %}`.
    Jsonata(Expression),
}

#[derive(Debug, Clone)]
pub struct Pass {
    /// `Result` (JSONPath), as written.
    pub result: Option<Value>,
}

#[derive(Debug, Clone)]
pub struct Task {
    pub resource: Arc<Resource>,
    pub timeout_seconds: Option<Dynamic<u64>>,
    pub heartbeat_seconds: Option<Dynamic<u64>>,
    /// `Credentials`: an object template, normally with `RoleArn`.
    pub credentials: Option<Template>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub rules: Vec<ChoiceRule>,
    pub default: Option<Arc<str>>,
}

/// One of `Choices`. What the state's own `Assign` and `Output` are for `Default`, these are for the rule.
#[derive(Debug, Clone)]
pub struct ChoiceRule {
    pub condition: Condition,
    pub next: Arc<str>,
    pub assign: Option<Template>,
    pub output: Option<Template>,
}

#[derive(Debug, Clone)]
pub enum Condition {
    /// `Condition` of a JSONata state, normally one expression; a literal boolean is allowed.
    Jsonata(Dynamic<bool>),
    Rule(Rule),
}

/// A JSONPath choice rule.
#[derive(Debug, Clone)]
pub enum Rule {
    And(Vec<Rule>),
    Or(Vec<Rule>),
    Not(Box<Rule>),
    Compare {
        variable: Path,
        comparison: Comparison,
    },
}

#[derive(Debug, Clone)]
pub enum Comparison {
    /// `StringEquals` … `TimestampGreaterThanEquals`, `BooleanEquals`, with the operand or, for `…Path`, where it stands.
    Order {
        kind: ComparisonKind,
        operator: OrderOperator,
        operand: Operand,
    },
    StringMatches(String),
    /// `IsNull`, `IsPresent`, … and the truth that is expected of it.
    Is {
        test: IsTest,
        expected: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonKind {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderOperator {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Debug, Clone)]
pub enum Operand {
    Literal(Value),
    Path(Path),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsTest {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

#[derive(Debug, Clone)]
pub enum Wait {
    Seconds(Dynamic<u64>),
    Timestamp(Dynamic<String>),
}

#[derive(Debug, Clone)]
pub struct Fail {
    pub error: Option<Dynamic<String>>,
    pub cause: Option<Dynamic<String>>,
}

#[derive(Debug, Clone)]
pub struct Parallel {
    pub branches: Vec<Arc<Workflow>>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
}

#[derive(Debug, Clone)]
pub struct Map {
    pub items: Items,
    /// `ItemSelector`, or `Parameters` of the old form.
    pub item_selector: Option<Template>,
    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 is no limit but the mode's own.
    pub max_concurrency: Option<Dynamic<u64>>,
    pub processor: Arc<Workflow>,
    /// What a Distributed Map has besides; none of an inline one.
    pub distributed: Option<Distributed>,
    pub tolerated_failure_percentage: Option<Dynamic<f64>>,
    pub tolerated_failure_count: Option<Dynamic<u64>>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
}

#[derive(Debug, Clone)]
pub enum Items {
    /// The state's input after `InputPath`: neither `ItemsPath` nor `Items` is given.
    Input,
    /// `ItemsPath`.
    Path(Path),
    /// `Items` of a JSONata state: an expression, or an array with expressions inside.
    Template(Template),
}

/// A Map whose items are child executions.
#[derive(Debug, Clone)]
pub struct Distributed {
    pub execution_type: ExecutionType,
    /// `Label`, or one made of the state's name: unique in the machine, and part of the ARNs of Map Runs and children.
    pub label: Arc<str>,
    pub batcher: Option<ItemBatcher>,
    /// It has an `ItemReader`, which the model does not know yet.
    pub has_item_reader: bool,
    /// It has a `ResultWriter`, which the model does not know yet.
    pub has_result_writer: bool,
}

/// Of the child executions of a Distributed Map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionType {
    Standard,
    Express,
}

/// `ItemBatcher`: several items go to one child execution. At least one of the bounds is given.
#[derive(Debug, Clone)]
pub struct ItemBatcher {
    /// `MaxItemsPerBatch` or its `…Path` twin.
    pub max_items: Option<Dynamic<u64>>,
    /// `MaxInputBytesPerBatch` or its `…Path` twin: bytes of a child's whole input.
    pub max_input_bytes: Option<Dynamic<u64>>,
    /// `BatchInput`: goes into the input of every child.
    pub input: Option<Template>,
}

#[derive(Debug, Clone)]
pub struct Retrier {
    pub error_equals: Vec<String>,
    pub interval_seconds: u64,
    pub max_attempts: u64,
    pub backoff_rate: f64,
    pub max_delay_seconds: Option<u64>,
    pub jitter: JitterStrategy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JitterStrategy {
    None,
    Full,
}

#[derive(Debug, Clone)]
pub struct Catcher {
    pub error_equals: Vec<String>,
    pub next: Arc<str>,
    pub result_path: ResultPath,
    pub output: Option<Template>,
    pub assign: Option<Template>,
}

impl Machine {
    /// What the children of the Distributed Map with this label run: its processor, as a machine of its own. Maps inside other
    /// Maps and Parallels are found too.
    pub fn processor(&self, label: &str) -> Option<Machine> {
        let Kind::Map(map) = &self.distributed_map(label)?.kind else {
            return None;
        };
        Some(Machine {
            comment: None,
            timeout_seconds: None,
            query_language: self.query_language,
            workflow: map.processor.clone(),
        })
    }

    /// The Distributed Map with this label.
    pub fn distributed_map(&self, label: &str) -> Option<&State> {
        self.workflow.distributed_map(label)
    }
}

impl Workflow {
    fn distributed_map(&self, label: &str) -> Option<&State> {
        self.states.values().find_map(|state| match &state.kind {
            Kind::Map(map) => match &map.distributed {
                Some(distributed) if *distributed.label == *label => Some(&**state),
                _ => map.processor.distributed_map(label),
            },
            Kind::Parallel(parallel) => parallel
                .branches
                .iter()
                .find_map(|branch| branch.distributed_map(label)),
            _ => None,
        })
    }
}

impl State {
    /// The word of `Type`, as in the events `PassStateEntered` and `PassStateExited`.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Pass(_) => "Pass",
            Kind::Task(_) => "Task",
            Kind::Choice(_) => "Choice",
            Kind::Wait(_) => "Wait",
            Kind::Succeed => "Succeed",
            Kind::Fail(_) => "Fail",
            Kind::Parallel(_) => "Parallel",
            Kind::Map(_) => "Map",
        }
    }

    pub fn retriers(&self) -> &[Retrier] {
        match &self.kind {
            Kind::Task(task) => &task.retry,
            Kind::Parallel(parallel) => &parallel.retry,
            Kind::Map(map) => &map.retry,
            _ => &[],
        }
    }

    pub fn catchers(&self) -> &[Catcher] {
        match &self.kind {
            Kind::Task(task) => &task.catch,
            Kind::Parallel(parallel) => &parallel.catch,
            Kind::Map(map) => &map.catch,
            _ => &[],
        }
    }
}

impl Machine {
    /// `variableReferences`, as AWS describes state machines: which state reads which variables. States that read none, and what
    /// stands around them, are not in it.
    pub fn variable_references(&self) -> BTreeMap<&str, &[Arc<str>]> {
        let mut references = BTreeMap::new();
        self.workflow.collect_variables(&mut references);
        references
    }
}

impl Workflow {
    fn collect_variables<'m>(&'m self, references: &mut BTreeMap<&'m str, &'m [Arc<str>]>) {
        for state in self.states.values() {
            if !state.variables.is_empty() {
                references.insert(&state.name, &state.variables);
            }
            match &state.kind {
                Kind::Parallel(parallel) => {
                    for branch in &parallel.branches {
                        branch.collect_variables(references);
                    }
                }
                Kind::Map(map) => map.processor.collect_variables(references),
                _ => {}
            }
        }
    }
}
