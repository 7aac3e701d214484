//! The reports of the numbered scenarios are kept in `reports/`, to the byte: same input, same bytes, wherever it is written and
//! on any number of threads. Of the first one every file is kept, of the others `summary.md` and `manifest.json`.
//! After a meant change: `DRSIM_ACCEPT=1 cargo test --test golden`, and say why in the commit.
//!
//! A build without workbook and columns writes the same reports without these files: same digest, same numbers, same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const FIRST: &str = "00-first";
const KEPT: [&str; 2] = ["summary.md", "manifest.json"];

/// Every file below `folder` by its relative name.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_owned();
                found.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// Formats that this build cannot write.
const LEFT_OUT: [(&str, bool); 2] = [("parquet", !cfg!(feature = "parquet")), ("xlsx", !cfg!(feature = "xlsx"))];

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(end, left_out)| *left_out && name.ends_with(end))
}

/// What a build with fewer features writes of a kept report; its manifest names its own features and files.
fn as_this_build_writes(mut kept: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    kept.retain(|name, _| !is_left_out(&name.to_string_lossy()));
    let Some(manifest) = kept.get_mut(Path::new("manifest.json")) else { return kept };
    let mut says: serde_json::Value = serde_json::from_slice(manifest).expect("JSON");
    for list in ["features", "files"] {
        let own = says[list].as_array_mut().expect("a list");
        own.retain(|entry| !is_left_out(entry.as_str().or(entry["name"].as_str()).expect("a name")));
    }
    if LEFT_OUT.iter().any(|(_, left_out)| *left_out) {
        // Keys come back sorted; only a build that leaves something out may depend on that.
        *manifest = serde_json::to_vec(&says).expect("JSON");
    }
    kept
}

/// The files of a report that are kept in the tree.
fn kept(stem: &str, folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    if stem == FIRST {
        return as_this_build_writes(files(folder));
    }
    let read = |name: &str| std::fs::read(folder.join(name)).ok().map(|bytes| (PathBuf::from(name), bytes));
    as_this_build_writes(KEPT.into_iter().filter_map(read).collect())
}

/// Numbered scenarios need nothing from outside.
fn numbered(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("scenarios")).expect("the folder").map(|entry| entry.expect("an entry"));
    let names = entries.map(|entry| entry.file_name().to_string_lossy().to_string());
    let stems = names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned));
    let mut stems: Vec<String> = stems.filter(|stem| stem.starts_with(|c: char| c.is_ascii_digit())).collect();
    stems.sort_unstable();
    stems
}

/// Runs a scenario, the first ones on one thread, the others on several; the verdict does not matter here.
fn run(root: &Path, stem: &str, out: &Path) {
    let threads = if stem < "05" { "1" } else { "3" };
    let ran = Command::new(env!("CARGO_BIN_EXE_drsim"))
        .args(["run", &format!("scenarios/{stem}.toml"), "--quiet", "--threads", threads, "--out"])
        .arg(out)
        .current_dir(root)
        .output()
        .expect("drsim runs");
    let verdict = matches!(ran.status.code(), Some(0 | 1 | 3));
    assert!(verdict, "{stem}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_reports_of_the_numbered_scenarios_are_the_kept_ones_to_the_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = std::env::temp_dir().join(format!("drsim-golden-{}", std::process::id()));
    let accept = std::env::var_os("DRSIM_ACCEPT").is_some();
    let mut differ = Vec::new();
    for stem in numbered(root) {
        let (home, out) = (root.join("reports").join(&stem), scratch.join(&stem));
        run(root, &stem, &out);
        if accept {
            accept_all(&home, &stem, &out);
        }
        let (made, wanted) = (kept(&stem, &out), kept(&stem, &home));
        let names = made.keys().chain(wanted.keys()).collect::<std::collections::BTreeSet<_>>();
        let other = names.into_iter().filter(|name| made.get(*name) != wanted.get(*name));
        differ.extend(other.map(|name| format!("reports/{stem}/{}", name.display())));
    }
    std::fs::remove_dir_all(&scratch).expect("the scratch folder goes");
    assert!(
        differ.is_empty(),
        "changed, new or gone: {differ:#?}\nif that is meant: DRSIM_ACCEPT=1 cargo test --test golden"
    );
}

/// Puts the new files in the place of the old ones; of the first report none of the old ones stays.
fn accept_all(home: &Path, stem: &str, out: &Path) {
    let of_first = stem == FIRST;
    if of_first && home.is_dir() {
        std::fs::remove_dir_all(home).expect("the old report goes");
    }
    for (name, bytes) in files(out) {
        if of_first || KEPT.iter().any(|kept| name == Path::new(kept)) {
            let path = home.join(name);
            std::fs::create_dir_all(path.parent().expect("below the report")).expect("a folder");
            std::fs::write(path, bytes).expect("written");
        }
    }
}
