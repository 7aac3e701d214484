//! The report of the first scenario is kept in `reports/00-first`, to the byte: same input, same bytes, wherever it is
//! written and on any number of threads. After a meant change: `DRSIM_ACCEPT=1 cargo test --test golden`, and say why in the commit.

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
    let (wanted, made) = (files(&kept), files(&out));
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
