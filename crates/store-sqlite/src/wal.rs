//! A look at the WAL that a crash left, before SQLite reads it.
//!
//! SQLite takes a WAL up to the first frame that is wrong and silently drops the rest: right for a tail that was torn by a crash,
//! and a loss without a word when a disk has damaged what was acknowledged. The two can be told apart. A frame's checksum goes
//! on from the one before it, and a transaction is only begun when the one before it is durable. So if behind the wrong frame
//! one whole transaction follows another, the first of the two was acknowledged, and would be dropped.
//! (Format: <https://www.sqlite.org/fileformat2.html#walformat>.)

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;

/// A running checksum.
type Sum = (u32, u32);

/// Whether SQLite would drop acknowledged commits from this WAL.
pub(crate) fn lost_commits(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => BufReader::new(opened?),
    };
    let mut header = [0; HEADER];
    if !filled(&mut file, &mut header)? {
        return Ok(false);
    }
    let mut reader = Reader {
        // The last bit of the magic number.
        big_endian: header[3] & 1 == 1,
        salts: at(&header, 16),
    };
    let (begun, end) = header.split_at(24);
    let sum = reader.sum((0, 0), begun);
    let mut valid = (sum == at(end, 0)).then_some(sum);
    let mut frame = [0; FRAME_HEADER + PAGE];
    // Behind the first wrong frame: the checksum of the frame before, and whether a transaction ended since they go on
    // from each other.
    let mut before: Option<Sum> = None;
    let mut after_commit = false;
    let mut first = true;
    while filled(&mut file, &mut frame)? {
        if std::mem::take(&mut first) && valid.is_none() {
            // The header is wrong, and so may be what it says: frames say it too.
            reader.salts = at(&frame, 8);
        }
        let sum = at(&frame, 16);
        if let Some(last) = valid {
            valid = reader.goes_on(last, &frame).then_some(sum);
            if valid.is_some() {
                continue;
            }
        }
        let goes_on = before.is_some_and(|before| reader.goes_on(before, &frame));
        after_commit &= goes_on;
        let is_ours = at(&frame, 8) == reader.salts;
        let (_, pages_after_commit) = at(&frame, 0);
        if is_ours && pages_after_commit != 0 {
            if after_commit {
                return Ok(true);
            }
            after_commit = true;
        }
        before = is_ours.then_some(sum);
    }
    Ok(false)
}

struct Reader {
    big_endian: bool,
    /// What the frames of this round carry; those of earlier rounds carry others.
    salts: (u32, u32),
}

impl Reader {
    fn goes_on(&self, before: Sum, frame: &[u8]) -> bool {
        let (header, page) = frame.split_at(FRAME_HEADER);
        let (named, _) = header.split_at(8);
        at(header, 8) == self.salts && self.sum(self.sum(before, named), page) == at(header, 16)
    }

    fn sum(&self, begun: Sum, bytes: &[u8]) -> Sum {
        let (words, _) = bytes.as_chunks::<4>();
        let (pairs, _) = words.as_chunks::<2>();
        let word = |bytes| match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        };
        pairs.iter().fold(begun, |(one, other), &[x, y]| {
            let one = one.wrapping_add(word(x)).wrapping_add(other);
            (one, other.wrapping_add(word(y)).wrapping_add(one))
        })
    }
}

/// Two numbers, big-endian as all in the headers; zeros past the end.
fn at(bytes: &[u8], place: usize) -> (u32, u32) {
    let number = |place| {
        let found: Option<&[u8; 4]> = bytes.get(place..).and_then(<[u8]>::first_chunk);
        found.map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    (number(place), number(place + 4))
}

/// Fills the buffer, or says that the file ended.
fn filled(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}
