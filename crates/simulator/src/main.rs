//! `simulator --seed N [--trace]` shows one seed, `simulator --seeds A..B` runs many.

use std::ops::Range;
use std::process::ExitCode;

use simulator::simulate;

const USAGE: &str = "usage: simulator --seed N [--trace] | --seeds A..B";

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)) {
        Some(arguments) => arguments.run(),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

struct Arguments {
    seeds: Range<u64>,
    is_traced: bool,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
        let mut arguments = Arguments {
            seeds: 0..0,
            is_traced: false,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seed" => {
                    let seed = words.next()?.parse().ok()?;
                    arguments.seeds = seed..seed + 1;
                }
                "--seeds" => {
                    let range = words.next()?;
                    let (first, end) = range.split_once("..")?;
                    arguments.seeds = first.parse().ok()?..end.parse().ok()?;
                }
                "--trace" => arguments.is_traced = true,
                _ => return None,
            }
        }
        (!arguments.seeds.is_empty()).then_some(arguments)
    }

    fn run(self) -> ExitCode {
        let (mut executions, mut compared, mut crashes, mut failed) = (0, 0, 0, 0);
        let count = self.seeds.end - self.seeds.start;
        for seed in self.seeds {
            let report = simulate(seed, None, self.is_traced);
            for line in &report.trace {
                println!("{line}");
            }
            executions += report.executions;
            compared += report.compared;
            crashes += report.crashes;
            if let Some(violation) = &report.violation {
                failed += 1;
                println!("{}", simulator::failure(seed, violation));
            }
        }
        println!(
            "{count} seeds: {executions} executions, {crashes} crashes, {compared} results compared, {failed} seeds failed"
        );
        match failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}
