//! Schedule expressions with time zones, event patterns and input transformers of EventBridge. No clock, no I/O: instants come in as
//! milliseconds since 1970.

mod cron;
mod expression;
mod pattern;
mod timetable;
mod transform;
mod zone;

pub use expression::{Dialect, Expression, ExpressionError};
pub use pattern::{Mismatch, Pattern, PatternError, PatternSet};
pub use timetable::{Timetable, flexible_delay_millis};
pub use transform::{InputPath, InputTransformer, Reserved, TransformError};
pub use zone::{Zone, ZoneError};
