//! What a sweep has finished so far: one line a point, in a file beside its folder, so that a sweep killed at any moment goes on.
//!
//! ```text
//! reports/.first-sweep.half    {"schema":"drsim-sweep-half/1","plan":"…"}      what the points are, as a hash
//!                              {"point":0,"digest":"…","values":[[…]]}         one line a point, written through to the disk
//! ```
//! A line that a kill has cut is dropped and its point run again. Values are kept bit by bit, so the files at the end are
//! those of a sweep that was never interrupted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::planner::sweep::PointOutcome;

const SCHEMA: &str = "drsim-sweep-half/1";

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    plan: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    point: usize,
    digest: String,
    /// By yardstick and replication: the bits of the value.
    values: Vec<Vec<Option<u64>>>,
}

/// The file, open.
#[derive(Debug)]
pub struct Halfway {
    path: PathBuf,
    file: File,
    pub done: BTreeMap<usize, PointOutcome>,
}

/// Why it cannot be gone on with.
#[derive(Debug)]
pub enum Refused {
    /// Another sweep stands half done there.
    OtherPlan(PathBuf),
    Machine(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::Machine(error)
    }
}

impl Halfway {
    /// Opens what is there, or begins. `plan`: what the points are; `fresh`: what is there is dropped.
    pub fn open(folder: &Path, plan: &str, fresh: bool) -> Result<Halfway, Refused> {
        let path = beside(folder)?;
        let text = match fs::read(&path) {
            Ok(text) if !fresh => text,
            Err(error) if error.kind() != io::ErrorKind::NotFound && !fresh => return Err(error.into()),
            Ok(_) | Err(_) => Vec::new(),
        };
        // Only whole lines count; the rest was cut by a kill.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = text[..whole].split_inclusive(|byte| *byte == b'\n');
        let (mut done, mut sound) = (BTreeMap::new(), 0);
        if let Some(head) = lines.next() {
            let known: Result<Head, _> = serde_json::from_slice(head);
            if !known.is_ok_and(|own| own.schema == SCHEMA && own.plan == plan) {
                return Err(Refused::OtherPlan(path));
            }
            sound = head.len();
            for line in lines {
                let Some((point, outcome)) = read(line) else { break };
                sound += line.len();
                done.insert(point, outcome);
            }
        }
        let mut file = File::options().create(true).truncate(false).write(true).open(&path)?;
        file.set_len(sound as u64)?;
        file.seek(io::SeekFrom::End(0))?;
        let mut halfway = Halfway { path, file, done };
        if sound == 0 {
            halfway.append(&Head { schema: SCHEMA.into(), plan: plan.into() })?;
        }
        Ok(halfway)
    }

    /// Keeps a point.
    pub fn put(&mut self, point: usize, outcome: PointOutcome) -> io::Result<()> {
        let bits = |values: &Vec<Option<f64>>| values.iter().map(|value| value.map(f64::to_bits)).collect();
        let values = outcome.values.iter().map(bits).collect();
        self.append(&Line { point, digest: format!("{:032x}", outcome.digest), values })?;
        self.done.insert(point, outcome);
        Ok(())
    }

    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }

    /// The sweep is complete and reported.
    pub fn finish(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn read(line: &[u8]) -> Option<(usize, PointOutcome)> {
    let Line { point, digest, values } = serde_json::from_slice(line).ok()?;
    let own = |bits: Vec<Option<u64>>| bits.into_iter().map(|bits| bits.map(f64::from_bits)).collect();
    let digest = u128::from_str_radix(&digest, 16).ok()?;
    Some((point, PointOutcome { digest, values: values.into_iter().map(own).collect() }))
}

fn beside(folder: &Path) -> io::Result<PathBuf> {
    let name = folder.file_name().ok_or_else(|| io::Error::other(format!("{} names no folder", folder.display())))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".half");
    Ok(folder.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: f64) -> PointOutcome {
        PointOutcome { digest: 7, values: vec![vec![Some(value), None], vec![Some(1.0 / 3.0), Some(-0.0)]] }
    }

    #[test]
    fn a_file_cut_at_any_byte_goes_on_with_the_whole_points_before() {
        let scratch = std::env::temp_dir().join(format!("drsim-halfway-{}", std::process::id()));
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).expect("a scratch folder can be made");
        let folder = scratch.join("sweep");
        let mut whole = Halfway::open(&folder, "plan", false).expect("nothing is there");
        for point in 0..3 {
            whole.put(point, outcome(point as f64 + 0.1)).expect("written");
        }
        let path = whole.path.clone();
        let bytes = fs::read(&path).expect("readable");
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).expect("cut");
            let mut again = Halfway::open(&folder, "plan", false).expect("the same plan");
            for (point, own) in &again.done {
                assert_eq!(*own, outcome(*point as f64 + 0.1), "bit by bit");
            }
            for point in again.done.len()..3 {
                again.put(point, outcome(point as f64 + 0.1)).expect("written");
            }
            assert_eq!(fs::read(&path).expect("readable"), bytes, "cut at {cut}");
        }
        assert!(matches!(Halfway::open(&folder, "other", false), Err(Refused::OtherPlan(_))));
        assert!(Halfway::open(&folder, "other", true).expect("dropped").done.is_empty());
        fs::remove_dir_all(&scratch).expect("removed");
    }
}
