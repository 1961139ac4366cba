//! Draining: an execution is wound down gently, so that its own Catch and clean-up run. See [`Input::Drain`](crate::Input::Drain).

use std::collections::BTreeSet;

use states_language::machine::{Kind, Next, State, Workflow};

use crate::execution::{Frame, Parent, Phase};
use crate::failure::{Failure, names};
use crate::step::Turn;

impl Turn<'_> {
    pub(crate) fn drain(&mut self) {
        // What is inside a Map finishes; parents come before their children in the order of ids.
        let mut inside_maps = BTreeSet::new();
        for frame in self.execution.frames.values_mut() {
            let inside_map = frame.parent.is_some_and(|p| inside_maps.contains(&p.frame));
            match &mut frame.phase {
                Phase::Children(children) => {
                    children.draining = true;
                    // A Parallel that succeeds all the same hands the error on to the state after it.
                    frame.drain_pending =
                        !inside_map && matches!(frame.state.kind, Kind::Parallel(_));
                }
                Phase::Distributed(work) => work.children.draining = true,
                _ => frame.drain_pending = !inside_map,
            }
            if inside_map || matches!(frame.state.kind, Kind::Map(_)) {
                inside_maps.insert(frame.id);
            }
            self.out.changes.frames.insert(frame.id);
        }
    }

    /// Whether the state that the frame has come to is not begun any more. A Map below a draining one never is. Otherwise the
    /// drain is raised at the next state; but a Pass, Choice or Wait, which can catch nothing, hands it on while a state
    /// that can is still to come: the clean-up it leads to is what a drain is for.
    pub(crate) fn is_drained_at(&self, frame: &Frame) -> bool {
        match &frame.state.kind {
            Kind::Map(_) if self.is_below_draining(frame) => true,
            _ if !frame.drain_pending => false,
            Kind::Succeed | Kind::Fail(_) => false,
            Kind::Pass(_) | Kind::Choice(_) | Kind::Wait(_) => {
                !catches_later(&frame.workflow, &frame.state)
            }
            Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_) => true,
        }
    }

    pub(crate) fn raise_drained(&mut self, mut frame: Frame) {
        frame.drain_pending = false;
        self.fail(
            frame,
            drained("The run was asked to stop before this state began."),
        );
    }

    fn is_below_draining(&self, frame: &Frame) -> bool {
        let frame_of = |parent: &Parent| self.execution.frames.get(&parent.frame);
        std::iter::successors(frame.parent, |parent| frame_of(parent)?.parent)
            .filter_map(|parent| frame_of(&parent))
            .any(|outer| {
                // A Parallel that drains does not count: a branch of it may be in its clean-up.
                matches!(outer.state.kind, Kind::Map(_))
                    && matches!(&outer.phase, Phase::Children(children) if children.draining)
            })
    }
}

pub(crate) fn drained(cause: &str) -> Failure {
    Failure::new(names::DRAINED, cause)
}

/// Whether a state behind this one, in the same workflow, would catch a drain.
fn catches_later(workflow: &Workflow, state: &State) -> bool {
    let drained = drained("");
    let mut seen = BTreeSet::new();
    let mut open = successors(state);
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let Some(next) = workflow.states.get(name) else {
            continue;
        };
        if next
            .catchers()
            .iter()
            .any(|catcher| drained.matches(&catcher.error_equals))
        {
            return true;
        }
        open.extend(successors(next));
    }
    false
}

/// Where a state goes on when nothing fails.
fn successors(state: &State) -> Vec<&str> {
    match (&state.kind, &state.next) {
        (Kind::Choice(choice), _) => {
            let rules = choice.rules.iter().map(|rule| rule.next.as_ref());
            rules.chain(choice.default.as_deref()).collect()
        }
        (_, Next::State(name)) => vec![name],
        (_, Next::End) => Vec::new(),
    }
}
