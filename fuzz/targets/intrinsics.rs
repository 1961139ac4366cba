//! An intrinsic function's call: parsed and evaluated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use query::intrinsics::Call;

fuzz_target!(|text: &str| {
    let limits = fuzz::limits();
    if let Ok(call) = Call::parse(text) {
        let _ = call.eval(&fuzz::Sight::default(), &fuzz::evaluation(&limits));
    }
});
