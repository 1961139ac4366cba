//! Records at rest: any bytes, and good records with some bytes changed.

#![no_main]

use std::sync::{Arc, OnceLock};

use interpreter::{Encoded, Execution, ExecutionRecord, FrameId, decode_events};
use libfuzzer_sys::fuzz_target;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};

/// A Map in a Parallel with calls, waits and variables, somewhere in the middle.
fn good() -> &'static (Arc<Machine>, ExecutionRecord) {
    static GOOD: OnceLock<(Arc<Machine>, ExecutionRecord)> = OnceLock::new();
    GOOD.get_or_init(|| {
        let text = include_str!("../seeds/records.json");
        let source = Source::with_format("seed", text, Format::Json);
        let machine = states_language::parse(&source, &ParseOptions::default()).machine;
        let machine = machine.expect("the seed is valid");
        let mut execution = fuzz::execution(&machine);
        fuzz::run(&machine, &mut execution, 2);
        let record = execution.encode();
        (machine, record)
    })
}

fuzz_target!(|data: &[u8]| {
    let bytes = |bytes: &[u8]| Encoded {
        bytes: bytes.to_vec(),
        payloads: vec![],
    };
    let _ = decode_events(&bytes(data));
    let (machine, good) = good();
    let [which, changes @ ..] = data else { return };
    let mut record = good.clone();
    let target = match record.frames.get_mut(&FrameId(u64::from(*which))) {
        Some(frame) => frame,
        None => &mut record.header,
    };
    for change in changes.chunks_exact(2) {
        let length = target.bytes.len();
        if let Some(byte) = target.bytes.get_mut(usize::from(change[0]) % length.max(1)) {
            *byte = change[1];
        }
    }
    let _ = Execution::decode(machine, &record);
    record.header = bytes(changes);
    let _ = Execution::decode(machine, &record);
});
