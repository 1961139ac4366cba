//! What stands in rules and schedules: an expression, a pattern, a template. The pattern meets an event, alone and in a set.

#![no_main]

use libfuzzer_sys::fuzz_target;
use query::Environment;
use schedules::{
    Dialect, Expression, InputTransformer, Pattern, PatternSet, Reserved, Timetable, Zone,
};

const NOW_MILLIS: i64 = 1_767_225_600_000;

fuzz_target!(|text: &str| {
    let sight = fuzz::Sight::default();
    let event = sight.input();
    for dialect in [Dialect::Rule, Dialect::Scheduler] {
        if let Ok(expression) = Expression::parse(text, dialect) {
            let zone = Zone::named("America/New_York").expect("a zone");
            let table = Timetable {
                expression,
                zone,
                start_millis: None,
                end_millis: None,
                created_millis: NOW_MILLIS,
            };
            let mut last = NOW_MILLIS - 1;
            for due in table.between(last, i64::MAX).take(3) {
                assert!(due > last);
                last = due;
            }
        }
    }
    if let Ok(pattern) = Pattern::parse(text) {
        let matches = pattern.matches(event);
        assert_eq!(pattern.mismatches(event).is_empty(), matches);
        pattern.warnings();
        let mut set = PatternSet::default();
        set.insert(1, pattern);
        assert_eq!(set.matching(event).len(), usize::from(matches));
    }
    let paths = [
        ("a".to_owned(), "$.a".to_owned()),
        ("text".to_owned(), "$.text".to_owned()),
    ]
    .into();
    if let Ok(transformer) = InputTransformer::parse(&paths, text) {
        let reserved = Reserved {
            rule_arn: "arn",
            rule_name: "r",
            ingestion_time: "t",
        };
        transformer.apply(event, &reserved);
    }
});
