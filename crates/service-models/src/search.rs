//! Finding actions by what people remember of them: words in any order, part of a name, a service by any of its names.

use std::collections::{BTreeSet, HashSet};

use crate::catalog::{Catalog, Service};
use crate::model::Operation;

/// A search that [`Query::rank`] holds names against.
#[derive(Debug, Clone)]
pub struct Query {
    /// Given before a colon: then nothing but the service answers to it.
    service: Option<String>,
    terms: Vec<Term>,
    /// All terms together, as one name.
    phrase: String,
}

#[derive(Debug, Clone)]
struct Term {
    text: String,
    stem: String,
}

/// The names of a service, ready to be compared.
#[derive(Debug, Clone)]
pub struct ServiceNames {
    names: Vec<String>,
    stems: HashSet<String>,
}

/// Words that say nothing when others are there.
const FILLERS: &[&str] = &[
    "a", "an", "the", "of", "to", "in", "for", "and", "aws", "amazon",
];

/// Of equally good answers those of these services come first: most workflows mean them.
const FREQUENT: &[&str] = &[
    "ec2",
    "s3",
    "lambda",
    "dynamodb",
    "sns",
    "sqs",
    "ssm",
    "rds",
    "ecs",
    "cloudwatch",
    "cloudwatchlogs",
    "eventbridge",
    "elasticloadbalancingv2",
    "sfn",
    "iam",
    "secretsmanager",
    "kms",
    "autoscaling",
    "route53",
    "cloudformation",
    "ecr",
    "eks",
    "athena",
    "glue",
    "batch",
];

impl Query {
    /// `reboot instance`, `ec2 reboot`, `ssm:describeInst`, `elbv2 describe_load_balancers` or a task's `Resource`.
    pub fn new(text: &str) -> Query {
        let text = text.trim();
        let text = match text.strip_prefix("arn:") {
            Some(arn) => arn.rsplit(":::").next().unwrap_or(arn),
            None => text,
        };
        let text = text.strip_prefix("aws-sdk:").unwrap_or(text);
        let (service, words) = match text.split_once(':') {
            Some((service, words)) => (Some(key(service)), words),
            None => (None, text),
        };
        // The suffix of an integration pattern is no part of a name.
        let words = words.split('.').next().unwrap_or(words);
        let all: Vec<Term> = words
            .split_whitespace()
            .map(|word| Term::new(&key(word)))
            .filter(|term| !term.text.is_empty())
            .collect();
        let telling = |term: &Term| !FILLERS.contains(&term.text.as_str());
        let terms = match all.iter().any(telling) {
            true => all.into_iter().filter(telling).collect(),
            false => all,
        };
        Query {
            service: service.filter(|service| !service.is_empty()),
            phrase: terms.iter().map(|term| term.text.as_str()).collect(),
            terms,
        }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.service.is_none() && self.terms.is_empty()
    }

    /// How well an action answers, more is better; `None` when a word of the search is not in it.
    pub fn rank(&self, service: &ServiceNames, action: &str) -> Option<u32> {
        let mut rank = match &self.service {
            Some(name) => service.rank(&Term::new(name))?,
            None => 0,
        };
        let lower = action.to_ascii_lowercase();
        let words: Vec<&str> = words(action, &lower).map(stem).collect();
        let mut said = 0;
        for term in &self.terms {
            let of_action = term.rank(&lower, &words);
            let of_service = match self.service {
                Some(_) => None,
                None => service.rank(term),
            };
            said += usize::from(of_action.is_some());
            rank += of_action.max(of_service)?;
        }
        if stem(&lower) == stem(&self.phrase) {
            rank += 100;
        }
        if self.service.is_none() && service.names.contains(&self.phrase) {
            rank += 100;
        }
        // The fewer words are left over, the better; of actions that no word named, all are alike.
        if said > 0 {
            rank += 20_u32.saturating_sub(words.len().saturating_sub(said) as u32);
        }
        Some(rank)
    }

    /// The search with each word that nothing answers to replaced by the nearest of `known`; `None` when there is none to
    /// replace or nothing is near.
    fn corrected(&self, known: &Vocabulary) -> Option<String> {
        let mut text = String::new();
        let mut changed = false;
        let mut correct = |word: &str, known: &BTreeSet<String>| -> Option<String> {
            if known.iter().any(|name| name.contains(word)) {
                return Some(word.to_owned());
            }
            changed = true;
            nearest(word, known.iter().map(String::as_str))
                .next()
                .map(str::to_owned)
        };
        if let Some(service) = &self.service {
            text = correct(service, &known.services)? + ":";
        }
        let terms: Option<Vec<String>> = self
            .terms
            .iter()
            .map(|term| correct(&term.text, &known.words))
            .collect();
        text += &terms?.join(" ");
        changed.then_some(text)
    }
}

impl Term {
    fn new(text: &str) -> Term {
        Term {
            text: text.to_owned(),
            stem: stem(text).to_owned(),
        }
    }

    /// Against an action in lower case and the stems of its words.
    fn rank(&self, action: &str, words: &[&str]) -> Option<u32> {
        let best = if action == self.text {
            100
        } else if words.first() == Some(&self.stem.as_str()) {
            70
        } else if words.contains(&self.stem.as_str()) {
            60
        } else if action.starts_with(&self.text) {
            50
        } else if words.iter().any(|word| word.starts_with(&self.text)) {
            40
        } else if self.text.len() > 2 && action.contains(&self.text) {
            20
        } else {
            return None;
        };
        Some(best)
    }
}

impl ServiceNames {
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> ServiceNames {
        let mut keys = Vec::new();
        let mut stems = HashSet::new();
        for name in names {
            keys.push(key(name));
            let lower = name.to_ascii_lowercase();
            let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
            let words = words.filter(|word| !word.is_empty());
            stems.extend(words.map(|word| stem(word).to_owned()));
        }
        ServiceNames { names: keys, stems }
    }

    fn rank(&self, term: &Term) -> Option<u32> {
        let starts = |name: &String| term.text.len() > 1 && name.starts_with(&term.text);
        if self.names.contains(&term.text) {
            Some(70)
        } else if self.stems.contains(&term.stem) {
            Some(30)
        } else if self.names.iter().any(starts) {
            Some(25)
        } else {
            None
        }
    }
}

impl Service {
    /// Every name that people give it.
    pub fn names(&self) -> ServiceNames {
        ServiceNames::new([
            self.segment(),
            self.boto_name(),
            self.service_id(),
            self.endpoint_prefix(),
            self.signing_name(),
            self.full_name(),
        ])
    }

    /// Its place among services that answer a search equally well, from 0.
    pub fn precedence(&self) -> usize {
        let place = FREQUENT.iter().position(|name| *name == self.segment());
        place.unwrap_or(FREQUENT.len())
    }
}

/// Words that a search can mean.
struct Vocabulary {
    services: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Catalog {
    /// The operations that answer, the best first. Decodes all models when none was before (about 65 ms).
    pub fn search(&'static self, query: &Query) -> Vec<(u32, Operation)> {
        let mut found = Vec::new();
        for service in self.services() {
            let names = service.names();
            for operation in service.operations() {
                if let Some(rank) = query.rank(&names, operation.action()) {
                    found.push((rank, operation));
                }
            }
        }
        found.sort_by_key(|(rank, operation)| {
            let service = operation.service();
            (
                std::cmp::Reverse(*rank),
                service.precedence(),
                service.segment(),
                operation.action(),
            )
        });
        found
    }

    /// What was probably meant by a search that finds nothing.
    pub fn correction(&'static self, query: &Query) -> Option<String> {
        let mut known = Vocabulary {
            services: BTreeSet::new(),
            words: BTreeSet::new(),
        };
        for service in self.services() {
            known.services.insert(service.segment().to_owned());
            known.services.insert(key(service.boto_name()));
            for operation in service.operations() {
                let lower = operation.action().to_ascii_lowercase();
                let words = words(operation.action(), &lower);
                known.words.extend(words.map(str::to_owned));
                known.words.insert(lower);
            }
        }
        known.words.extend(known.services.iter().cloned());
        query.corrected(&known)
    }

    /// A service by any name people give it, spelled with or without blanks, hyphens and underscores.
    pub fn service_by_spelling(&'static self, name: &str) -> Option<&'static Service> {
        let wanted = key(name);
        self.service_by_any_name(name).or_else(|| {
            self.services()
                .find(|service| service.names().names.contains(&wanted))
        })
    }
}

/// The names near enough to be meant, the nearest first; compared without regard to case.
pub fn nearest<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> impl Iterator<Item = &'k str> {
    let lower = written.to_lowercase();
    let limit = (written.chars().count() / 3).clamp(1, 4);
    let mut near: Vec<(usize, usize, &str)> = known
        .into_iter()
        .map(|name| (name.len().abs_diff(written.len()), name))
        .filter(|(difference, _)| *difference <= limit)
        .map(|(difference, name)| {
            let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
            (distance, difference, name)
        })
        .filter(|(distance, ..)| *distance <= limit)
        .collect();
    near.sort();
    near.into_iter().map(|(.., name)| name)
}

/// A name without regard to case and to what separates its words.
fn key(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What `balancer`, `balancers` and `balancing` have in common.
fn stem(word: &str) -> &str {
    let endings = ["ings", "ing", "ers", "er", "ies", "es", "ed", "s", "y", "e"];
    let stem = endings
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() > 2));
    stem.unwrap_or(word)
}

/// The words of an action, cut out of its form in lower case: `describe`, `db`, `instances`.
fn words<'l>(action: &str, lower: &'l str) -> impl Iterator<Item = &'l str> {
    let bytes = action.as_bytes();
    let is = |i: usize, test: fn(&u8) -> bool| bytes.get(i).is_some_and(test);
    let starts: Vec<usize> = (1..bytes.len())
        .filter(|&i| {
            is(i, u8::is_ascii_uppercase)
                && (!is(i - 1, u8::is_ascii_uppercase) || is(i + 1, u8::is_ascii_lowercase))
        })
        .collect();
    let ends = starts.clone().into_iter().chain([bytes.len()]);
    let starts = std::iter::once(0).chain(starts);
    starts
        .zip(ends)
        .filter_map(|(start, end)| lower.get(start..end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[track_caller]
    fn found(text: &str) -> Vec<String> {
        let found = catalog().search(&Query::new(text));
        let name = |o: Operation| format!("{}:{}", o.service().segment(), o.action());
        found.into_iter().map(|(_, o)| name(o)).collect()
    }

    #[test]
    fn the_action_that_is_meant_comes_first() {
        for (text, expected) in [
            ("reboot instance", "ec2:rebootInstances"),
            ("instances reboot", "ec2:rebootInstances"),
            ("ec2 reboot", "ec2:rebootInstances"),
            ("ec2:reb", "ec2:rebootInstances"),
            ("EC2 RebootInstances", "ec2:rebootInstances"),
            ("ssm:describeInst", "ssm:describeInstanceInformation"),
            (
                "elbv2 describe_target_health",
                "elasticloadbalancingv2:describeTargetHealth",
            ),
            (
                "describe load balancers",
                "elasticloadbalancingv2:describeLoadBalancers",
            ),
            ("cloudwatch logs start query", "cloudwatchlogs:startQuery"),
            ("arn:aws:states:::aws-sdk:s3:getObject", "s3:getObject"),
            (
                "arn:aws:states:::sns:publish.waitForTaskToken",
                "sns:publish",
            ),
            ("dynamodb put item", "dynamodb:putItem"),
            ("put item", "dynamodb:putItem"),
            ("describeDBInstances", "rds:describeDBInstances"),
            ("start execution", "sfn:startExecution"),
        ] {
            let first = found(text).into_iter().next().unwrap_or_default();
            assert_eq!(first, expected, "{text}");
        }
    }

    #[test]
    fn letters_that_no_name_has_are_not_left_out() {
        for text in ["日本", "ünïcode", "reboot ü", "é:reboot"] {
            assert!(!Query::new(text).is_empty(), "{text}");
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_service_answers_to_all_its_names() {
        for (text, segment) in [
            ("elbv2", "elasticloadbalancingv2"),
            ("cloudwatch logs", "cloudwatchlogs"),
            ("cloudwatch-logs", "cloudwatchlogs"),
            ("load balancer", "elasticloadbalancingv2"),
            ("Secrets Manager", "secretsmanager"),
            ("ssm", "ssm"),
            ("stepfunctions", "sfn"),
            ("events", "eventbridge"),
        ] {
            let first = &found(text)[0];
            assert!(first.starts_with(&format!("{segment}:")), "{text}: {first}");
        }
        let logs = catalog().service("cloudwatchlogs").unwrap();
        let all = found("logs:");
        assert!(all.len() >= logs.operations().len());
        assert!(
            all[..logs.operations().len()]
                .iter()
                .all(|name| name.starts_with("cloudwatchlogs:"))
        );
    }

    #[test]
    fn what_nothing_answers_to_is_corrected() {
        for (text, expected) in [
            ("rebot instances", Some("reboot instances")),
            ("ce2:rebootInstances", Some("ec2:rebootinstances")),
            ("ec2:rebotInstances", Some("ec2:rebootinstances")),
            ("dynamodb desribe", Some("dynamodb describe")),
            ("qqqqqqqq", None),
            ("", None),
        ] {
            let corrected = catalog().correction(&Query::new(text));
            assert_eq!(corrected.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn any_text_is_a_search() {
        for text in [
            "",
            ":",
            "::",
            "arn:",
            "arn:aws:states:::",
            ".sync",
            "é:ü",
            "a the",
        ] {
            drop(found(text));
        }
        assert!(Query::new(" : ").is_empty());
    }
}
