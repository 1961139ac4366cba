//! JSONPath in AWS's dialect, States.* intrinsic functions and JSONata: parse once, evaluate many, within limits.
