//! What was read from a file, in one line.

use std::fmt;

use crate::scenario::InputNote;
use crate::units::counted;

impl InputNote {
    /// Why nothing of the file can be used: "2 rows: no value; 1 row: not a number", or that it has no rows.
    pub fn reasons(&self) -> String {
        if self.rows_left_out.is_empty() {
            return "there are no rows below the header".into();
        }
        let one = |(reason, count): &(String, u64)| format!("{}: {reason}", counted(*count, "row"));
        self.rows_left_out.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// "churn.csv (churn of files): 17856 rows used; 12 left out (no number); 368 steps without a sample filled".
impl fmt::Display for InputNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} used", self.file, self.purpose, counted(self.rows_used, "row"))?;
        for (reason, count) in &self.rows_left_out {
            write!(f, "; {count} left out ({reason})")?;
        }
        self.said().iter().try_for_each(|remark| write!(f, "; {remark}"))
    }
}

impl InputNote {
    /// How the rows that were used were used, a remark each.
    pub fn said(&self) -> Vec<String> {
        let filled = (self.gaps_filled > 0).then(|| {
            format!("{} without a sample filled from the same time of day", counted(self.gaps_filled, "step"))
        });
        let doubled = (self.doubled_steps > 0)
            .then(|| format!("{} with several samples, the largest taken", counted(self.doubled_steps, "step")));
        filled.into_iter().chain(doubled).chain(self.remarks.iter().cloned()).collect()
    }
}
