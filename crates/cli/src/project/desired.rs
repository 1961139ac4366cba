//! What a template wants: its resources with the members that the API knows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::kinds::functions;
use super::kinds::{self, Declared, Kind, Members};
use crate::template::{Evaluated, Output, Problem, Skipped, Template};

pub struct Desired {
    /// In an order in which each stands behind what it needs.
    pub resources: Vec<Resource>,
    pub skipped: Vec<Skipped>,
    pub outputs: Vec<Output>,
    /// What only AWS would know, and what stands for it here.
    pub assumed: BTreeMap<String, String>,
    pub notes: Vec<String>,
    pub secrets: Vec<String>,
}

pub struct Resource {
    pub logical_id: String,
    pub kind: &'static Kind,
    /// Some of their values may be known only once others are made.
    pub members: Members,
}

impl Desired {
    pub fn of(template: &Template) -> Result<Desired, Vec<Problem>> {
        let evaluation = template.evaluate(&super::is_supported)?;
        let mut skipped = evaluation.skipped;
        let all = without_those_elsewhere(evaluation.resources, &mut skipped);
        let notes = RefCell::default();
        let mut problems = Vec::new();
        let mut resources = Vec::with_capacity(all.len());
        for resource in &all {
            let Some(kind) = kinds::find(&resource.type_name) else {
                continue;
            };
            let declared = Declared {
                resource,
                template,
                all: &all,
                notes: &notes,
            };
            match (kind.wanted)(&declared) {
                Ok(members) => resources.push(Resource {
                    logical_id: resource.logical_id.clone(),
                    kind,
                    members,
                }),
                Err(found) => problems.extend(found),
            }
        }
        problems.extend(same_names(&all, &resources));
        // Also what was asked for several times over is told once.
        let mut told = BTreeSet::new();
        problems.retain(|problem| told.insert(problem.to_string()));
        match problems.is_empty() {
            true => Ok(Desired {
                resources,
                skipped,
                outputs: evaluation.outputs,
                assumed: evaluation.assumed,
                notes: notes.into_inner(),
                secrets: evaluation.secrets,
            }),
            false => Err(problems),
        }
    }
}

/// Functions whose code is not here, and what belongs to them, are skipped.
fn without_those_elsewhere(all: Vec<Evaluated>, skipped: &mut Vec<Skipped>) -> Vec<Evaluated> {
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let mut kept = Vec::with_capacity(all.len());
    for resource in all {
        let is_function = resource.type_name == functions::FUNCTION.type_name;
        let reason = match functions::elsewhere(&resource).filter(|_| is_function) {
            Some(reason) => Some(reason.to_owned()),
            None if resource.type_name.starts_with("AWS::Lambda::") => {
                let of = resource.depends_on.iter().find(|id| gone.contains(*id));
                of.map(|id| format!("it belongs to {id}, which is skipped"))
            }
            None => None,
        };
        match reason {
            None => kept.push(resource),
            Some(reason) => {
                gone.insert(resource.logical_id.clone());
                skipped.push(Skipped {
                    logical_id: resource.logical_id,
                    type_name: resource.type_name,
                    reason,
                    reference: resource.name,
                });
            }
        }
    }
    kept
}

/// Two resources of one name would be one.
fn same_names(all: &[Evaluated], resources: &[Resource]) -> Vec<Problem> {
    let mut seen: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for resource in resources
        .iter()
        .filter(|resource| resource.kind.has_own_name())
    {
        let name = resource.kind.physical_id(&resource.members);
        let before = seen.insert(
            (resource.kind.type_name, name.clone()),
            &resource.logical_id,
        );
        let place = all.iter().find(|one| one.logical_id == resource.logical_id);
        if let (Some(before), Some(resource)) = (before, place) {
            let message = format!(
                "'{}' and '{before}' have the same name '{name}'",
                resource.logical_id
            );
            problems.push(resource.place.problem(message));
        }
    }
    problems
}
