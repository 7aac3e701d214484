//! `drsim import`: inventories and counters of other tools to a scenario. Nothing is ever overwritten, and a folder is written whole or not
//! at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::input::{Loaded, examine};
use crate::cli::{Exit, Failure, print, say};
use crate::import::{Create, Dates, Fault, Guest, Import as Work, Input, Kind, Map, Notes, Options, write};
use crate::scenario::{limits, schema, unreadable};
use crate::units::{Duration, Ratio, counted};

/// What the scenario's first line names, for editors.
const SCHEMA: &str = "drsim.schema.json";

/// Reads what other tools know and writes a scenario that runs. Several files and kinds are put together by the names of the machines:
/// `drsim import rvtools estate.xlsx perfmon monday.csv tuesday.csv`.
#[derive(Debug, Args)]
#[command(after_help = kinds())]
pub struct Import {
    /// A kind, its files, another kind, its files …; packed ones are read as they are, `-` is standard input
    #[arg(required = true, value_name = "KIND FILE…")]
    pub words: Vec<String>,
    /// Folder for the scenario and its tables; it must not exist
    #[arg(short, long, value_name = "DIR", default_value = "imported", env = "DRSIM_OUT")]
    pub out: PathBuf,
    /// Writes every row that was not used here: file, line, reason
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Columns of a table of kind csv, e.g. vm=Name,size=Size:GiB (one for each such file)
    #[arg(long, value_name = "KEY=COLUMN,…", value_parser = Map::parse)]
    pub map: Vec<Map>,
    /// Models fitted to the counters instead of the counters themselves
    #[arg(long)]
    pub fit: bool,
    /// The machine of files that name none [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub vm: Option<String>,
    /// What is assumed of machines whose system is not said
    #[arg(long, value_enum, default_value_t = Os::Windows)]
    pub os: Os,
    /// What is assumed to change in a day on machines without counters, as a share of their disks
    #[arg(long, value_name = "SHARE", default_value = "5 %")]
    pub daily_change: Ratio,
    /// The RPO that samples are held against, and the target that is written
    #[arg(long, value_name = "SPAN", default_value = "15m")]
    pub rpo: Duration,
    /// Step of the series [default: the shortest that the samples fill, at least a minute]
    #[arg(long, value_name = "SPAN", value_parser = step)]
    pub every: Option<Duration>,
    /// What local times without a zone are ahead of UTC
    #[arg(long, value_name = "+HH:MM", value_parser = offset, allow_hyphen_values = true)]
    pub utc_offset: Option<i64>,
    /// The order of day and month in dates with slashes
    #[arg(long, value_enum)]
    pub dates: Option<Order>,
    /// The name of the Windows counter of written bytes in your language
    #[arg(long, value_name = "COUNTER")]
    pub counter: Option<String>,
    /// Takes machines that are off, too
    #[arg(long)]
    pub with_off: bool,
    /// No notes on what was read
    #[arg(short, long, env = "DRSIM_QUIET", value_parser = clap::builder::FalseyValueParser::new())]
    pub quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Os {
    Windows,
    Linux,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    DayFirst,
    MonthFirst,
}

fn kinds() -> String {
    let width = Kind::ALL.iter().map(|(_, name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = Kind::ALL.iter().map(|(_, name, what)| format!("  {name:width$}  {what}")).collect();
    format!("Kinds:\n{}", lines.join("\n"))
}

/// `5m`: whole seconds, at least one, and a day at most.
fn step(text: &str) -> Result<Duration, String> {
    let step: Duration = text.parse().map_err(|error: crate::units::UnitError| error.to_string())?;
    let whole = step.ns().is_multiple_of(1_000_000_000);
    let within = (Duration::secs(1)..=Duration::days(1)).contains(&step);
    if whole && within { Ok(step) } else { Err("write whole seconds, from 1s to 1d, such as 5m".into()) }
}

/// `+01:00`, in seconds.
fn offset(text: &str) -> Result<i64, String> {
    let cure = || "write +01:00 or -05:30".to_string();
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return Err(cure()),
    };
    let (hours, minutes) = digits.split_once(':').ok_or_else(cure)?;
    let number = |text: &str, most: i64| text.parse().ok().filter(|n| (0..=most).contains(n)).ok_or_else(cure);
    Ok(sign * (number(hours, 14)? * 3_600 + number(minutes, 59)? * 60))
}

impl Import {
    fn options(&self) -> Options {
        Options {
            vm: self.vm.clone(),
            dates: self.dates.map(|order| if order == Order::DayFirst { Dates::DayFirst } else { Dates::MonthFirst }),
            counter: self.counter.clone(),
            every: self.every,
            utc_offset_s: self.utc_offset,
            maps: self.map.clone(),
            os: if self.os == Os::Windows { Guest::Windows } else { Guest::Linux },
            rpo: self.rpo,
            daily_change: self.daily_change,
            with_off: self.with_off,
            fit: self.fit,
        }
    }

    /// Kinds and files in their order.
    fn files(&self) -> Result<Vec<(Kind, &str)>, Failure> {
        let (mut files, mut kind, mut empty) = (Vec::new(), None, None);
        for word in &self.words {
            match (Kind::named(word), kind) {
                (Some(found), _) => {
                    if let Some(empty) = empty {
                        return Err(no_file(empty));
                    }
                    (kind, empty) = (Some(found), Some(word.as_str()));
                }
                (None, Some(kind)) => {
                    files.push((kind, word.as_str()));
                    empty = None;
                }
                (None, None) => {
                    let names = Kind::ALL.iter().map(|(_, name, _)| *name);
                    let mend = crate::scenario::cure_by_name(word, "kinds", names);
                    return Err(Failure::wrong(format!(
                        "error: `{}` is not a kind\nmend: {mend}",
                        word.escape_debug()
                    )));
                }
            }
        }
        empty.map_or(Ok(files), |empty| Err(no_file(empty)))
    }
}

fn no_file(kind: &str) -> Failure {
    Failure::wrong(format!(
        "error: no file behind `{kind}`\nmend: name its files behind the kind; a file of that name is ./{kind}"
    ))
}

pub fn import(args: &Import) -> Result<Exit, Failure> {
    let files = args.files()?;
    for path in std::iter::once(&args.out).chain(&args.report) {
        if fs::symlink_metadata(path).is_ok() {
            return Err(there_already(path));
        }
    }
    let list = args.report.as_ref().map(|path| File::create_new(path).map_err(|error| cannot(path, &error)));
    let done = read_and_write(args, &files, list.transpose()?);
    if let (Err(_), Some(report)) = (&done, &args.report) {
        // A list of half an import would be in the way of the next try.
        let _ = fs::remove_file(report);
    }
    let (written, notes) = done?;
    if !args.quiet {
        notes.remarks().iter().for_each(|remark| say(&format!("note: {remark}\n")));
        notes.unused_lines().iter().for_each(|line| say(&format!("{line}\n")));
    }
    tell(&args.out, &written)
}

/// Reads all files and writes the folder; the names of what was written, and what is to be said.
fn read_and_write(args: &Import, files: &[(Kind, &str)], list: Option<File>) -> Result<(Vec<String>, Notes), Failure> {
    let wrong = |fault: Fault| Failure::wrong(fault.to_string());
    let options = args.options();
    let limits = limits::profile(limits::DEFAULT_PROFILE).ok_or_else(|| Failure::wrong("error: no limits profile"))?;
    let notes = Notes::new(list.map(|file| Box::new(BufWriter::new(file)) as Box<dyn Write>));
    let mut work = Work::new(&options, notes);
    for (kind, file) in files {
        work.read(*kind, opened(file)?, &options).map_err(wrong)?;
    }
    let (fleet, mut notes) = work.fleet(&options, &limits).map_err(wrong)?;
    let read: Vec<String> = files.iter().map(|(_, file)| (*file).to_string()).collect();
    let written = whole(&args.out, |create| write(fleet, &mut notes, (&options, &limits), &read, create));
    let written = written.map_err(|error| cannot(&args.out, &error))?;
    notes.finish().map_err(|error| cannot(args.report.as_deref().unwrap_or(Path::new("")), &error))?;
    Ok((written, notes))
}

/// What was written, and whether it is good.
fn tell(out: &Path, written: &[String]) -> Result<Exit, Failure> {
    for name in written {
        print(&format!("{}\n", out.join(name).display()))?;
    }
    let scenario = out.join("scenario.toml");
    let loaded = examine(&scenario, &[]).and_then(Loaded::affordable).map_err(|refused| refused.failure())?;
    let inventory = &loaded.scenario.setup.inventory;
    let (vms, disks) = (counted(inventory.vms.len() as u64, "VM"), counted(inventory.disks.len() as u64, "disk"));
    print(&format!(
        "{vms}, {disks}; what is assumed stands in the comments; run it with: drsim run {}\n",
        scenario.display()
    ))?;
    Ok(Exit::Met)
}

fn opened(file: &str) -> Result<Input, Failure> {
    if file == "-" {
        return Ok(Input::new("standard input", io::stdin()));
    }
    let fault = |error: io::Error| {
        let (why, cure) = unreadable(&error);
        let cure = if error.kind() == io::ErrorKind::NotFound { "check the name" } else { cure };
        Failure::wrong(format!("error: {} {why}\nmend: {cure}", file.escape_debug()))
    };
    if fs::metadata(file).map_err(fault)?.is_dir() {
        return Err(fault(io::ErrorKind::IsADirectory.into()));
    }
    Ok(Input::new(file, File::open(file).map_err(fault)?))
}

/// Writes a folder beside its place and puts it there when it is whole.
fn whole(out: &Path, write: impl FnOnce(&mut Create<'_>) -> io::Result<Vec<String>>) -> io::Result<Vec<String>> {
    let mut beside = std::ffi::OsString::from(".");
    beside.push(out.file_name().ok_or_else(|| io::Error::other("the name is none of a folder"))?);
    beside.push(format!(".{}", std::process::id()));
    let fresh = out.with_file_name(beside);
    fs::create_dir_all(&fresh)?;
    let mut create = |name: &str| -> io::Result<Box<dyn Write>> {
        Ok(Box::new(BufWriter::new(File::create_new(fresh.join(name))?)))
    };
    let written = write(&mut create).and_then(|mut names| {
        fs::write(fresh.join(SCHEMA), schema::text())?;
        names.push(SCHEMA.to_string());
        fs::rename(&fresh, out)?;
        Ok(names)
    });
    written.inspect_err(|_| drop(fs::remove_dir_all(&fresh)))
}

fn there_already(path: &Path) -> Failure {
    Failure::wrong(format!(
        "error: {} exists already; nothing was written\nmend: name another place, or remove it",
        path.display()
    ))
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(format!("error: cannot write {}: {error}", path.display()))
}
