//! Azure Monitor: what `az monitor metrics list … -o json` prints, one answer or a list of them.
//!
//! ```text
//! {"interval": "PT5M", "value": [{"id": "…/virtualMachines/sql1/providers/…", "name": {"value": "Disk Write Bytes"}, "unit": "Bytes",
//!   "timeseries": [{"metadatavalues": [{"name": {"value": "lun"}, "value": "0"}],
//!                   "data": [{"timeStamp": "2024-05-01T00:00:00Z", "total": 1234.0}]}]}]}
//! ```
//! A stamp is the begin of its interval. `Disk Write Bytes` counts a machine's bytes: its total over the interval is the rate, else its
//! average a minute. The metrics per second are averages; those of the OS disk and of data disks add up. A machine is counted by the first of
//! the two that is met. Metrics of a disk are given to the machine that has a disk of that name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::units::Duration;

use super::Import;
use super::json::{self, Met};
use super::meter::{Clock, Sample};
use super::notes::Fault;
use super::numbers::moment;
use super::source::Source;

const CURE: &str =
    "az monitor metrics list --resource ID --metrics \"Disk Write Bytes\" --aggregation Total --interval PT5M";

/// How a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    /// Bytes of the interval, of the machine.
    Bytes,
    /// Bytes per second, of some of its disks.
    Rate,
}

pub fn read(source: Source, import: &mut Import) -> Result<(), Fault> {
    let name = source.name.clone();
    let shift = import.meter.clock(Clock::Utc, &name)?;
    let mut reader = Reader { file: name.clone(), interval_s: None, by: BTreeMap::new(), points: 0, shift };
    let mut elements = 0u64;
    let walked = json::walk(source.read, &["value"], &mut |met| {
        match met {
            Met::Beside(key, Value::String(text)) if key == "interval" => reader.interval_s = span(&text),
            Met::Beside(..) => {}
            Met::Element(metric) => {
                elements += 1;
                reader.metric(&metric, elements, import)?;
            }
        }
        Ok(())
    });
    if let Err(error) = walked {
        let wrong = format!("this is not an answer of Azure Monitor: {error}");
        return Err(Fault::new(&name, error.line() as u64, wrong, CURE));
    }
    if reader.points == 0 {
        return Err(Fault::new(&name, 0, "it has no point of a metric of written bytes", CURE));
    }
    Ok(())
}

struct Reader {
    file: String,
    interval_s: Option<f64>,
    /// By which of the metrics a resource is counted.
    by: BTreeMap<String, Counts>,
    points: u64,
    shift: i64,
}

impl Reader {
    fn metric(&mut self, metric: &Value, element: u64, import: &mut Import) -> Result<(), String> {
        let name = metric.get("name").and_then(|name| json::text(name, "value").or(name.as_str())).unwrap_or_default();
        let counts = match name.to_ascii_lowercase().as_str() {
            "disk write bytes" => Counts::Bytes,
            "os disk write bytes/sec" | "data disk write bytes/sec" | "composite disk write bytes/sec" => Counts::Rate,
            _ => {
                import.notes.unused(&self.file, element, &format!("the metric `{name}` is not one of written bytes"));
                return Ok(());
            }
        };
        let Some(resource) = json::text(metric, "id").and_then(resource) else {
            import.notes.unused(&self.file, element, "the metric has no id of a machine or disk");
            return Ok(());
        };
        let by = *self.by.entry(resource.to_string()).or_insert(counts);
        if by != counts {
            import.notes.unused(&self.file, element, "what this machine writes is counted by another metric already");
            return Ok(());
        }
        let interval_s =
            self.interval_s.ok_or_else(|| format!("no interval such as \"PT5M\" before the metrics; {CURE}"))?;
        import.saw(resource, None, None, None);
        for (index, series) in list(metric, "timeseries").iter().enumerate() {
            let values = list(series, "metadatavalues").iter().filter_map(|value| json::text(value, "value"));
            let disk = format!("{name} {} {index}", values.collect::<Vec<_>>().join(" "));
            let id = import.meter.series(resource, &disk);
            for point in list(series, "data") {
                let taken = self.point(point, counts, interval_s).and_then(|sample| import.meter.sample(id, sample));
                match taken {
                    Ok(()) => {
                        self.points += 1;
                        import.notes.used(&self.file);
                    }
                    Err(reason) => import.notes.unused(&self.file, element, reason),
                }
            }
        }
        Ok(())
    }

    fn point(&self, point: &Value, counts: Counts, interval_s: f64) -> Result<Sample, &'static str> {
        let begin = moment(json::text(point, "timeStamp").unwrap_or_default())?;
        let length = (interval_s * 1e3) as i64;
        let rate = match (json::number(point, "total"), json::number(point, "average"), counts) {
            (Some(total), _, Counts::Bytes) => total / interval_s,
            // The metric has one value a minute: the average of these is bytes a minute.
            (None, Some(average), Counts::Bytes) => average / 60.0,
            (_, Some(average), Counts::Rate) => average,
            _ => return Err("no value"),
        };
        Ok(Sample { at: begin.saturating_add(length).saturating_add(self.shift), length: Some(length), rate })
    }
}

fn list<'v>(object: &'v Value, key: &str) -> &'v [Value] {
    json::get(object, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The machine or disk of a resource id.
fn resource(id: &str) -> Option<&str> {
    let mut parts =
        id.split('/').skip_while(|part| !["virtualmachines", "disks"].contains(&part.to_ascii_lowercase().as_str()));
    parts.next()?;
    parts.next().filter(|name| !name.is_empty())
}

/// Seconds of `PT5M`, `PT1H`, `P1D` or `0:05:00`.
fn span(text: &str) -> Option<f64> {
    let seconds = if let Some(iso) = text.strip_prefix('P') {
        let plain: String = iso.replace('T', "").to_ascii_lowercase();
        plain.parse::<Duration>().ok()?.secs_f64()
    } else {
        let parts: Option<Vec<f64>> = text.split(':').map(|part| part.parse().ok()).collect();
        parts?.into_iter().fold(0.0, |sum, part| sum * 60.0 + part)
    };
    (1.0..=1e7).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_and_resources() {
        assert_eq!(
            ["PT5M", "PT1H", "P1D", "0:05:00", "PT0S", "x"].map(span),
            [Some(300.0), Some(3_600.0), Some(86_400.0), Some(300.0), None, None]
        );
        let id = "/subscriptions/1/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/sql1/providers/x";
        assert_eq!(resource(id), Some("sql1"));
        assert_eq!(resource("/subscriptions/1"), None);
    }
}
