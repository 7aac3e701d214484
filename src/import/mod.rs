//! FLOOR 5, FROM OTHER TOOLS: inventories and counters become a scenario that runs, and every row that is not used is told.
//!
//! ```text
//! files ─ kind ─▶ Estate   machines, disks          ─┐
//!               ▶ Meter    what machines write      ─┼─ fleet ─▶ groups ─ scenario ─▶ scenario.toml, machines-*.csv, churn-*.csv
//!               ▶ Study    block traces, coalescing ─┘            └ fit ─▶ models instead of traces
//! ```
//! Files are read as streams, once, in the order they are named; series are added up on the way (`grid.rs` has the bound on memory).
//! Nothing is guessed in silence: what is not known is assumed, and said where it is written. Formats: docs/import.md.

mod azure;
mod bitbrains;
mod blocks;
mod coalescing;
mod columns;
mod devices;
mod estate;
mod fit;
mod fleet;
mod grid;
mod groups;
mod json;
mod meter;
mod migrate;
mod monitor;
mod notes;
mod numbers;
mod perfmon;
mod rvtools;
mod scenario;
mod source;
mod sysstat;
mod table;
mod traces;
mod warnings;
mod write;

use std::collections::BTreeMap;

use crate::units::{Bytes, Duration, Ratio};

pub use columns::Map;
pub use estate::Guest;
pub use fleet::Fleet;
pub use notes::{Fault, Notes};
pub use numbers::Dates;
pub use source::Input;
pub use write::{Create, write};

use blocks::Study;
use estate::Estate;
use meter::Meter;
use source::Source;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Rvtools,
    AzureMigrate,
    AzureVm,
    Csv,
    Perfmon,
    Sysstat,
    Iostat,
    AzureMonitor,
    Bitbrains,
    Vscsi,
    Msr,
    Blkparse,
}

impl Kind {
    /// Every kind, its name on the command line, and what it reads.
    pub const ALL: [(Kind, &'static str, &'static str); 12] = [
        (Kind::Rvtools, "rvtools", "RVTools: workbook, or the sheets vInfo, vDisk, vPartition as CSV"),
        (
            Kind::AzureMigrate,
            "azure-migrate",
            "Azure Migrate: assessment, disks, inventory, import template; CSV or workbook",
        ),
        (Kind::AzureVm, "azure-vm", "Get-AzVM, Get-AzDisk, az vm list, az disk list: JSON"),
        (Kind::Csv, "csv", "any table, its columns said with --map"),
        (Kind::Perfmon, "perfmon", "Windows counters: typeperf, relog -f csv, in any language"),
        (Kind::Sysstat, "sysstat", "sadf -d FILE -- -d, or sadf -j"),
        (Kind::Iostat, "iostat", "iostat -xt, or with -o JSON"),
        (Kind::AzureMonitor, "azure-monitor", "az monitor metrics list: JSON"),
        (Kind::Bitbrains, "bitbrains", "vSphere counters as in GWA-T-12: one CSV a machine"),
        (Kind::Vscsi, "vscsi", "block trace of CloudPhysics, binary or CSV"),
        (Kind::Msr, "msr", "block trace of MSR Cambridge, CSV"),
        (Kind::Blkparse, "blkparse", "block trace of Linux: the text of blkparse"),
    ];

    pub fn named(name: &str) -> Option<Kind> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(kind, _, _)| *kind)
    }
}

/// What the user says about the files.
#[derive(Clone, Debug)]
pub struct Options {
    /// The machine of files that name none; else the file's name is taken.
    pub vm: Option<String>,
    /// The order of day and month in dates with slashes.
    pub dates: Option<Dates>,
    /// The name of the counter of written bytes, where it is none that is known.
    pub counter: Option<String>,
    /// Step of the series; else the shortest that the intervals fill.
    pub every: Option<Duration>,
    /// What local times are ahead of UTC [s].
    pub utc_offset_s: Option<i64>,
    /// Columns of the files of kind `csv`, one for each in turn; the last one serves the rest.
    pub maps: Vec<Map>,
    /// What is assumed of machines whose system is not said.
    pub os: Guest,
    /// Samples are held against it.
    pub rpo: Duration,
    /// What is assumed to change in a day of machines without counters, as a share of their disks.
    pub daily_change: Ratio,
    /// Whether machines that are off are taken.
    pub with_off: bool,
    /// Models instead of traces.
    pub fit: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vm: None,
            dates: None,
            counter: None,
            every: None,
            utc_offset_s: None,
            maps: Vec::new(),
            os: Guest::Windows,
            rpo: Duration::minutes(15),
            daily_change: Ratio::percent(5),
            with_off: false,
            fit: false,
        }
    }
}

impl Options {
    /// The machine of a file that names none: as said, else the file's name without folder and endings.
    fn machine_of(&self, file: &str) -> String {
        if let Some(vm) = &self.vm {
            return vm.clone();
        }
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(name);
        stem.to_string()
    }
}

/// What a machine's own counters say of it beside what it writes.
#[derive(Clone, Debug, Default)]
struct Seen {
    guest: Option<Guest>,
    cores: Option<u32>,
    memory: Option<Bytes>,
}

/// Written and distinct bytes by window [ms].
type Windows = BTreeMap<i64, (f64, f64)>;

/// An import in work.
pub struct Import {
    estate: Estate,
    meter: Meter,
    pub notes: Notes,
    /// Machines of counters, by the name there.
    seen: BTreeMap<String, Seen>,
    studies: BTreeMap<String, Study>,
    shares: BTreeMap<String, Windows>,
    disks: BTreeMap<String, azure::LooseDisk>,
    csv_count: usize,
}

impl Import {
    pub fn new(options: &Options, notes: Notes) -> Self {
        let step_s = options.every.map(|every| (every.secs_f64() as i64).max(1));
        Self {
            estate: Estate::default(),
            meter: Meter::new(step_s, options.utc_offset_s),
            notes,
            seen: BTreeMap::new(),
            studies: BTreeMap::new(),
            shares: BTreeMap::new(),
            disks: BTreeMap::new(),
            csv_count: 0,
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// The file is not what it was said to be; nothing of the import is of use then.
    pub fn read(&mut self, kind: Kind, input: Input, options: &Options) -> Result<(), Fault> {
        let name = input.name.clone();
        match kind {
            Kind::Rvtools => rvtools::read(input, self)?,
            Kind::AzureMigrate => migrate::read(input, self)?,
            Kind::AzureVm => azure::read(Source::open(input, &mut self.notes)?, self)?,
            Kind::Csv => {
                let map = options.maps.get(self.csv_count.min(options.maps.len().saturating_sub(1)));
                self.csv_count += 1;
                let mend = "write --map vm=Name,size=Size:GiB with the names of your columns";
                let map = map.ok_or_else(|| Fault::new(&name, 0, "which columns are what?", mend))?;
                columns::read(Source::open(input, &mut self.notes)?, map, self, options)?;
            }
            Kind::Perfmon => perfmon::read(Source::open(input, &mut self.notes)?, self, options)?,
            Kind::Sysstat => sysstat::read(Source::open(input, &mut self.notes)?, self, options)?,
            Kind::Iostat => sysstat::read_iostat(Source::open(input, &mut self.notes)?, self, options)?,
            Kind::AzureMonitor => monitor::read(Source::open(input, &mut self.notes)?, self)?,
            Kind::Bitbrains => bitbrains::read(Source::open(input, &mut self.notes)?, self, options)?,
            Kind::Vscsi => traces::vscsi(input, self, options)?,
            Kind::Msr => traces::msr(Source::open(input, &mut self.notes)?, self)?,
            Kind::Blkparse => traces::blkparse(Source::open(input, &mut self.notes)?, self, options)?,
        }
        self.meter.end_of_file();
        Ok(())
    }

    /// What counters say of a machine beside what it writes.
    fn saw(&mut self, host: &str, guest: Option<Guest>, cores: Option<u32>, memory: Option<Bytes>) {
        let seen = self.seen.entry(host.to_string()).or_default();
        seen.guest = seen.guest.or(guest);
        seen.cores = seen.cores.max(cores);
        seen.memory = seen.memory.max(memory);
    }
}
