//! The report folder: replaced whole or not at all.
//!
//! Everything is written to a folder beside it first. Then the old one steps aside, the new one takes its place, the old
//! one goes. If we are killed between the two renames the old report stands complete under its `.old` name, and the next
//! run puts it back before it begins.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Refuses a folder that is not a report of ours, before anything is run for it.
fn check(folder: &Path) -> io::Result<()> {
    if folder.exists() && !is_report(folder)? {
        let why = "it exists and is not a report folder; choose another with --out";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    Ok(())
}

/// Refuses what could not be written in the end, before anything is run: a foreign folder, or no place beside it.
pub fn ready(folder: &Path) -> io::Result<()> {
    check(folder)?;
    let fresh = beside(folder, "new")?;
    let made: Vec<&Path> =
        fresh.ancestors().take_while(|part| !part.as_os_str().is_empty() && !part.exists()).collect();
    let tried = fs::create_dir_all(&fresh);
    // Only what was made here goes again.
    made.iter().for_each(|part| drop(fs::remove_dir(part)));
    tried
}

/// Replaces `folder` by one that holds exactly `files`. A folder that is not a report of ours is never touched.
pub fn replace(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    let (fresh, old) = (beside(folder, "new")?, beside(folder, "old")?);
    recover(folder, &old)?;
    check(folder)?;
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    if let Err(error) = fill(&fresh, files) {
        // What was half written helps nobody; the report that stood there stays.
        let _ = fs::remove_dir_all(&fresh);
        return Err(error);
    }
    if folder.exists() {
        fs::rename(folder, &old)?;
    }
    fs::rename(&fresh, folder)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// Puts a report back that a killed run had set aside.
fn recover(folder: &Path, old: &Path) -> io::Result<()> {
    if !old.exists() {
        return Ok(());
    }
    if folder.exists() { fs::remove_dir_all(old) } else { fs::rename(old, folder) }
}

fn fill(fresh: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    for (name, bytes) in files {
        let path = fresh.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = fs::File::create(&path)?;
        io::Write::write_all(&mut io::BufWriter::new(&file), bytes)?;
        file.sync_all()?;
    }
    Ok(())
}

/// An empty folder, or one with our manifest in it.
fn is_report(folder: &Path) -> io::Result<bool> {
    Ok(folder.is_dir() && (folder.join("manifest.json").exists() || fs::read_dir(folder)?.next().is_none()))
}

fn beside(folder: &Path, what: &str) -> io::Result<PathBuf> {
    let name = folder.file_name().ok_or_else(|| io::Error::other(format!("{} names no folder", folder.display())))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{what}"));
    Ok(folder.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("drsim-folder-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder can be made");
        folder
    }

    fn report(text: &str) -> Vec<(String, Vec<u8>)> {
        vec![("manifest.json".into(), text.into()), ("charts/rpo.svg".into(), text.into())]
    }

    #[test]
    fn a_report_is_replaced_whole() {
        let scratch = scratch("whole");
        let folder = scratch.join("first");
        replace(&folder, &report("one")).expect("a new folder is made");
        fs::write(folder.join("stale.txt"), "x").expect("a stale file stands there");
        replace(&folder, &report("two")).expect("an older report is replaced");
        assert_eq!(fs::read_to_string(folder.join("charts/rpo.svg")).expect("the chart is there"), "two");
        assert!(!folder.join("stale.txt").exists());
        assert_eq!(fs::read_dir(&scratch).expect("readable").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_touched() {
        let scratch = scratch("foreign");
        fs::write(scratch.join("thesis.txt"), "x").expect("written");
        let error = replace(&scratch, &report("one")).expect_err("refused");
        assert!(error.to_string().contains("not a report folder"), "{error}");
        assert!(scratch.join("thesis.txt").exists());
    }

    #[test]
    fn a_report_that_a_killed_run_set_aside_comes_back() {
        let scratch = scratch("killed");
        let folder = scratch.join("first");
        replace(&folder, &report("one")).expect("made");
        fs::rename(&folder, scratch.join(".first.old")).expect("killed between the renames");
        let bad = [("a\0b".to_owned(), vec![])];
        replace(&folder, &bad).expect_err("a name that no disk takes");
        assert_eq!(fs::read_to_string(folder.join("manifest.json")).expect("it is back"), "one");
    }
}
