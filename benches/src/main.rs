//! Speed, memory and size, each beside a baseline of the same run, so that figures of different machines compare.
//!
//! `cargo run --release -p benches` prints the table; `-- --check` also fails when a target is missed; `-- server` measures the
//! running server instead, `-- engine` the engine on SQLite. A plain program and no
//! benchmark framework: what counts are the fastest round and its ratio, and memory has to be measured in processes of its own.

mod calls;
mod catalog;
mod chains;
mod commits;
mod definition;
mod engine;
mod maps;
mod measure;
mod patterns;
mod program;
mod server;

use std::process::ExitCode;

use measure::Line;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, items] = arguments.as_slice()
        && mode == maps::CHILD
    {
        return maps::child(items);
    }
    if arguments == [catalog::CHILD] {
        return catalog::child();
    }
    if arguments == [server::CHILD] {
        return server::child();
    }
    let check = arguments.iter().any(|argument| argument == "--check");
    if let [first, names @ ..] = arguments.as_slice()
        && first == "server"
    {
        let names: Vec<String> = names
            .iter()
            .filter(|name| *name != "--check")
            .cloned()
            .collect();
        return server::run(&names, check);
    }
    if arguments.first().is_some_and(|first| first == "engine") {
        return show(&engine::lines(), check);
    }
    let mut lines = vec![catalog::decode_ec2()];
    lines.extend(catalog::sizes());
    lines.extend(calls::sequential());
    lines.extend(chains::small());
    lines.extend(chains::large());
    lines.extend(maps::inline());
    lines.extend(commits::lines());
    lines.push(definition::validate());
    lines.push(patterns::matching());
    lines.push(program::version());
    show(&lines, check)
}

fn show(lines: &[Line], check: bool) -> ExitCode {
    lines.iter().for_each(Line::print);
    let missed = lines.iter().filter(|line| line.is_missed()).count();
    println!("{missed} targets missed");
    if missed > 0 && check {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
