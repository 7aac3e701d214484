//! The report of the first scenario is kept in `reports/00-first`, to the byte: same input, same bytes, wherever it is
//! written and on any number of threads. After a meant change: `DRSIM_ACCEPT=1 cargo test --test golden`, and say why in the commit.
//!
//! A build without workbook and columns writes the same report without these files: same digest, same numbers, same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// What a build with fewer features writes of the kept report; its manifest names its own features and files.
fn as_this_build_writes(mut kept: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    kept.retain(|name, _| !is_left_out(&name.to_string_lossy()));
    let manifest = kept.get_mut(Path::new("manifest.json")).expect("a report has a manifest");
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

#[test]
fn the_report_of_the_first_scenario_is_the_kept_one_to_the_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = root.join("reports/00-first");
    let accept = std::env::var_os("DRSIM_ACCEPT").is_some();
    let scratch = std::env::temp_dir().join(format!("drsim-golden-{}", std::process::id()));
    let out = if accept { kept.clone() } else { scratch };
    let status = Command::new(env!("CARGO_BIN_EXE_drsim"))
        .args(["run", "scenarios/00-first.toml", "--quiet", "--threads", "1", "--out"])
        .arg(&out)
        .current_dir(root)
        .output()
        .expect("drsim runs");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let (wanted, made) = (as_this_build_writes(files(&kept)), as_this_build_writes(files(&out)));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&wanted));
    let differ: Vec<_> = made.iter().filter(|(name, bytes)| wanted[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(
        differ.is_empty(),
        "differ from reports/00-first: {differ:?}; if that is meant: DRSIM_ACCEPT=1 cargo test --test golden"
    );
    if !accept {
        std::fs::remove_dir_all(&out).expect("the scratch folder goes");
    }
}
