//! A Map Run at rest: in the frame of its Map, and beside the execution for DescribeMapRun.

use super::FORMAT;
use crate::codec::{DecodeError, Encoded, Reader, Writer};
use crate::map_run::{MapRun, MapRunCounts, MapRunStatus};

impl MapRun {
    /// The record that DescribeMapRun reads.
    pub fn encode(&self) -> Encoded {
        let mut w = Writer::new(FORMAT);
        write_map_run(&mut w, self);
        w.finish()
    }

    pub fn decode(encoded: &Encoded) -> Result<MapRun, DecodeError> {
        let (mut r, _) = Reader::new(encoded, FORMAT)?;
        read_map_run(&mut r)
    }
}

const MAP_RUN_STATUSES: [MapRunStatus; 4] = [
    MapRunStatus::Running,
    MapRunStatus::Succeeded,
    MapRunStatus::Failed,
    MapRunStatus::Aborted,
];

pub(super) fn write_map_run(w: &mut Writer, run: &MapRun) {
    w.text(&run.arn);
    let status = MAP_RUN_STATUSES
        .iter()
        .position(|known| *known == run.status);
    w.u64(status.map_or(u64::MAX, |position| position as u64));
    w.i64(run.start_millis);
    w.option(run.stop_millis, Writer::i64);
    w.u64(run.max_concurrency);
    w.u64(run.tolerated_failure_percentage.to_bits());
    w.u64(run.tolerated_failure_count);
    for counts in [&run.item_counts, &run.execution_counts] {
        for number in [
            counts.pending,
            counts.running,
            counts.succeeded,
            counts.failed,
            counts.timed_out,
            counts.aborted,
            counts.pending_redrive,
        ] {
            w.u64(number);
        }
    }
    w.u64(run.redrive_count.into());
    w.option(run.redrive_millis, Writer::i64);
}

pub(super) fn read_map_run(r: &mut Reader<'_>) -> Result<MapRun, DecodeError> {
    let arn = r.arc()?;
    let status = r.u64()?;
    let known = usize::try_from(status)
        .ok()
        .and_then(|index| MAP_RUN_STATUSES.get(index).copied());
    Ok(MapRun {
        arn,
        status: known
            .ok_or_else(|| DecodeError::Invalid(format!("unknown Map Run status {status}")))?,
        start_millis: r.i64()?,
        stop_millis: r.option(Reader::i64)?,
        max_concurrency: r.u64()?,
        tolerated_failure_percentage: f64::from_bits(r.u64()?),
        tolerated_failure_count: r.u64()?,
        item_counts: read_counts(r)?,
        execution_counts: read_counts(r)?,
        redrive_count: r.u32()?,
        redrive_millis: r.option(Reader::i64)?,
    })
}

fn read_counts(r: &mut Reader<'_>) -> Result<MapRunCounts, DecodeError> {
    Ok(MapRunCounts {
        pending: r.u64()?,
        running: r.u64()?,
        succeeded: r.u64()?,
        failed: r.u64()?,
        timed_out: r.u64()?,
        aborted: r.u64()?,
        pending_redrive: r.u64()?,
    })
}
