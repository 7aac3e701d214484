//! What was read from a file, in one line.

use std::fmt;

use crate::scenario::InputNote;

/// "churn.csv (churn of files): 17856 rows used; 12 left out (no number); 368 steps without a sample filled".
impl fmt::Display for InputNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} rows used", self.file, self.purpose, self.rows_used)?;
        for (reason, count) in &self.rows_left_out {
            write!(f, "; {count} left out ({reason})")?;
        }
        self.said().iter().try_for_each(|remark| write!(f, "; {remark}"))
    }
}

impl InputNote {
    /// How the rows that were used were used, a remark each.
    pub fn said(&self) -> Vec<String> {
        let filled = (self.gaps_filled > 0)
            .then(|| format!("{} steps without a sample filled from the same time of day", self.gaps_filled));
        let doubled = (self.doubled_steps > 0)
            .then(|| format!("{} steps with several samples, the largest taken", self.doubled_steps));
        filled.into_iter().chain(doubled).chain(self.remarks.iter().cloned()).collect()
    }
}
