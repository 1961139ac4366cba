//! Many seeds, and the proof that they would find something.

use simulator::{Sabotage, failure, simulate};

#[test]
fn a_thousand_seeds() {
    let failures: Vec<String> = (0..1000)
        .filter_map(|seed| Some(failure(seed, &simulate(seed, None, false).violation?)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_seed_is_one_schedule() {
    for seed in 0..20 {
        let (first, second) = (simulate(seed, None, true), simulate(seed, None, true));
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}

#[test]
fn every_sabotage_is_found() {
    for sabotage in Sabotage::ALL {
        let found = (0..100).any(|seed| simulate(seed, Some(sabotage), false).violation.is_some());
        assert!(found, "{sabotage:?}");
    }
}
