//! Bad input too large to keep: made here, given to the program as a user would, refused within a time and a memory bound.
//!
//! The child may use one gibibyte of addresses ([`MEMORY_KIB`], by `ulimit`) and must be done within [`PATIENCE`], also where
//! it would wait for a pipe instead of computing; what it says must fit a page or two.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::SOUND;

const STEADY: &str = r#"churn.steady = { rate = "300 KiB/s" }"#;
const TRACE: &str = r#"churn.trace = { file = "t.csv", vm = 17, every = "5m", unit = "KiB/s", column = "w" }"#;
const MEMORY_KIB: u64 = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest answer [bytes].
const ANSWER_MAX: usize = 40_000;

/// A folder that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("drsim-big-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        Scratch(folder)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Scratch {
        std::fs::write(self.0.join(name), bytes).expect("the scratch folder can be written");
        self
    }

    /// A file of this length that takes no room.
    fn sparse(&self, name: &str, length: u64) -> &Scratch {
        let file = File::create(self.0.join(name)).expect("the scratch folder can be written");
        file.set_len(length).expect("a file with a hole can be made");
        self
    }

    /// Exit code and what `drsim COMMAND scenario.toml` says, data and talk.
    fn drsim(&self, command: &str) -> (Option<i32>, String) {
        let out = File::create(self.0.join("said")).expect("the scratch folder can be written");
        let err = out.try_clone().expect("a handle can be doubled");
        let program = env!("CARGO_BIN_EXE_drsim");
        let line = format!("ulimit -v {MEMORY_KIB}; exec '{program}' {command} scenario.toml");
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).current_dir(&self.0).stdin(Stdio::null()).stdout(out).stderr(err);
        let mut child = shell.spawn().expect("a shell starts");
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait().expect("the child can be asked") {
                break status.code();
            }
            if begun.elapsed() > PATIENCE {
                let _ = child.kill();
                panic!("it is not done after {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        (code, std::fs::read_to_string(self.0.join("said")).expect("it speaks UTF-8"))
    }

    /// Refused, in words that hold these.
    fn refused(&self, words: &[&str]) {
        let (code, said) = self.drsim("validate");
        assert_eq!(code, Some(2), "{said:.2000}");
        for word in words {
            assert!(said.contains(word), "`{word}` is not in: {said:.2000}");
        }
        assert!(said.contains("error: ") && said.contains("\nmend: "), "{said:.2000}");
        assert!(said.len() < ANSWER_MAX, "{} bytes are said", said.len());
        let longest = said.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest < 2_000, "a line of {longest} characters");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sound(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SOUND.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "`{old}` is not in the sound scenario");
        text.replacen(old, new, 1)
    })
}

fn scenario(name: &str, text: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.file("scenario.toml", text);
    scratch
}

fn with_trace(name: &str) -> Scratch {
    scenario(name, &sound(&[(STEADY, TRACE)]))
}

#[test]
fn a_line_of_ten_megabytes_is_no_scenario() {
    scenario("line", &format!("title = \"{}\"\n{SOUND}", "x".repeat(10 << 20))).refused(&["longer than 4.00 MiB"]);
}

#[test]
fn a_fault_on_a_line_of_three_megabytes_is_shown_with_what_is_around_it() {
    let long = TRACE.replace("t.csv", &"x".repeat(3 << 20)).replace("every", "evry");
    scenario("long", &sound(&[(STEADY, &long)])).refused(&[
        "`evry` is not a key",
        "evry = \"5m\"",
        "scenario.toml:28:314",
    ]);
}

#[test]
fn a_file_of_sixty_four_mebibytes_of_nothing_is_no_scenario() {
    Scratch::new("nothing").sparse("scenario.toml", 64 << 20).refused(&["longer than 4.00 MiB"]);
}

#[test]
fn ten_thousand_brackets_are_no_scenario() {
    for (name, text) in [
        ("open", format!("a = {}", "[".repeat(10_000))),
        ("closed", format!("a = {}1{}", "[".repeat(10_000), "]".repeat(10_000))),
        ("tables", format!("{}a = 1", "a.".repeat(10_000))),
        ("braces", format!("a = {}", "{ a = ".repeat(10_000))),
        ("header", format!("[{}a]", "a.".repeat(10_000))),
    ] {
        scenario(name, &text).refused(&["is this deep"]);
    }
}

#[test]
fn a_hundred_thousand_faults_are_counted_and_not_all_shown() {
    let keys: String = (0..100_000).map(|n| format!("key{n} = {n}\n")).collect();
    scenario("faults", &format!("{keys}{SOUND}")).refused(&[
        "`key0` is not a key",
        "and 475 more, not shown",
        "500 faults",
    ]);
}

#[test]
fn a_hundred_thousand_sections_are_refused() {
    for kind in ["stamp", "vms", "policy", "plan", "link"] {
        let sections: String = (0..100_000).map(|n| format!("[{kind}.x{n}]\n")).collect();
        scenario(kind, &format!("{SOUND}{sections}")).refused(&["entries", "at most 10000 are taken"]);
    }
    let outages = "[[outage.link-down]]\nlink = \"wan\"\nat = \"1d\"\nlasts = \"1h\"\n".repeat(50_000);
    scenario("outages", &format!("{SOUND}{outages}")).refused(&["[outage.link-down] has 50000 entries"]);
}

#[test]
fn orders_that_unfold_into_a_million_commands_are_refused() {
    let disk = ("[\"128 GiB\", \"256 GiB\"]", "\"64 GiB\"");
    let fleet = sound(&[("count = 2", "count = 150000"), disk]);
    let orders = "[[order]]\nat = \"1d\"\ndo = \"commit\"\nvms = \"sql\"\n".repeat(8);
    scenario("orders", &format!("{fleet}{orders}")).refused(&["the orders become more than 1000000 commands"]);
    let names = "\"sql-149999\",".repeat(200_001);
    let order = format!("[[order]]\nat = \"1d\"\ndo = \"commit\"\nvms = [{names}]\n");
    scenario("names", &format!("{fleet}{order}")).refused(&["this names more than 200000 machines"]);
}

#[test]
fn a_long_override_is_refused() {
    let scratch = scenario("set", SOUND);
    let (code, said) = scratch.drsim(&format!("validate --set title={}", "[".repeat(100_000)));
    assert_eq!(code, Some(0), "text that is no TOML is text: {said:.500}");
    let (code, said) = scratch.drsim(&format!("validate --set title='{}1{}'", "[".repeat(60), "]".repeat(60)));
    assert_eq!((code, said.contains("nested deeper")), (Some(2), true), "{said:.500}");
}

#[test]
fn a_csv_line_of_ten_megabytes_is_read_or_refused() {
    let long = "x".repeat(10 << 20);
    with_trace("csv-header").file("t.csv", format!("{long},w\n17,1\n")).refused(&["no column `vm`", "xxx…"]);
    with_trace("csv-row").file("t.csv", format!("vm,w\n{long},1\n")).refused(&["no rows of vm `17`", "xxx…"]);
    with_trace("csv-value").file("t.csv", format!("vm,w\n17,{long}\n")).refused(&["1 row: not a number"]);
    with_trace("csv-quote").file("t.csv", format!("vm,w\n\"17,{long}\n")).refused(&["1 row: fewer fields"]);
}

#[test]
fn a_trace_of_a_hundred_gigabytes_is_refused_by_its_size() {
    with_trace("sparse").sparse("t.csv", 100 << 30).refused(&["`t.csv` has 100 GiB; at most 500 MiB are read"]);
}

#[test]
fn what_unpacks_into_more_than_is_read_is_refused() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b'7'; 1 << 20];
    for _ in 0..600 {
        packer.write_all(&block).expect("packs");
    }
    let packed = packer.finish().expect("packs");
    with_trace("packed").file("t.csv", packed).refused(&["cannot be unpacked: it holds more than 500 MiB"]);
}

#[test]
fn what_never_ends_is_not_waited_for() {
    let endless = TRACE.replace("t.csv", "/dev/zero");
    scenario("endless", &sound(&[(STEADY, &endless)])).refused(&["it is no plain file"]);
    let pipe = with_trace("pipe");
    let made = Command::new("mkfifo").arg(pipe.0.join("t.csv")).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe can be made");
    pipe.refused(&["it is no plain file"]);
}

#[test]
fn more_rows_and_steps_than_are_read_are_refused() {
    with_trace("rows")
        .file("t.csv", format!("vm,w\n{}", "17,1\n".repeat(20_000_001)))
        .refused(&["more than 20000000 rows"]);
    let each = r#"each_from_trace = { file = "t.csv", every = "1s", unit = "KiB/s", column = "w", time_column = "t" }"#;
    let fleet = sound(&[("count = 2\n", ""), (STEADY, each)]);
    let rows: String = (0..2_000).map(|vm| format!("{vm},0,1\n{vm},86400,1\n")).collect();
    let seconds = scenario("seconds", &fleet);
    seconds
        .file("t.csv", format!("vm,t,w\n{rows}"))
        .refused(&["spans 86402 steps of 1s for 2000 VMs", "60000000 values"]);
}
