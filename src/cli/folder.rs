//! The report folder: replaced whole or not at all, by one run at a time.
//!
//! ```text
//! reports/first          the report                    stands there whole, old or new, at every moment
//! reports/.first.lock    held while a run is at work   a second run into the same folder is refused
//! reports/.first.new     the new report grows here     debris of a killed run is cleared by the next one
//! reports/.first.old     only where folders cannot be exchanged in one step
//! ```
//!
//! The new report is written beside the old one, then the two are exchanged in one step (Linux), so a process killed at any
//! moment leaves a whole report. Where the system cannot do that the old one steps aside first; a run killed between the two
//! renames leaves it under its `.old` name, and the next run puts it back before it begins.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A folder that this run alone may replace.
#[derive(Debug)]
pub struct Claim {
    folder: PathBuf,
    lock: PathBuf,
    /// Folders made for the lock, innermost first; they go again when nothing is put into them.
    made: Vec<PathBuf>,
    /// Locked as long as it is open; the system lets go of it however we end.
    _held: File,
}

/// Claims the folder before anything is run for it.
///
/// # Errors
/// `AlreadyExists`: it is something of somebody else. `WouldBlock`: another run is at work on it. Anything else: no place
/// beside it can be written.
pub fn claim(folder: &Path) -> io::Result<Claim> {
    check(folder)?;
    let lock = beside(folder, "lock")?;
    let parents = lock.ancestors().skip(1);
    let missing = parents.take_while(|part| !part.as_os_str().is_empty() && !part.exists());
    let made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    let locked = made.first().map_or(Ok(()), fs::create_dir_all).and_then(|()| held(&lock));
    let held = locked.inspect_err(|_| gone(&made))?;
    let claim = Claim { folder: folder.to_owned(), lock, made, _held: held };
    // What cannot be written in the end is found out now.
    let fresh = beside(folder, "new")?;
    clear(&fresh)?;
    fs::create_dir(&fresh)?;
    fs::remove_dir(&fresh)?;
    recover(folder, &beside(folder, "old")?)?;
    Ok(claim)
}

impl Claim {
    /// Replaces the folder by one that holds exactly `files`.
    pub fn replace(&self, files: &[(String, Vec<u8>)]) -> io::Result<()> {
        let (fresh, old) = (beside(&self.folder, "new")?, beside(&self.folder, "old")?);
        check(&self.folder)?;
        clear(&fresh)?;
        if let Err(error) = fill(&fresh, files) {
            // What was half written helps nobody; the report that stood there stays.
            let _ = fs::remove_dir_all(&fresh);
            return Err(error);
        }
        swap(&fresh, &self.folder, &old)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Whoever opened it meanwhile finds out that it is no longer the one that counts.
        let _ = fs::remove_file(&self.lock);
        gone(&self.made);
    }
}

/// Removes folders made in vain; one with something in it stays.
fn gone(made: &[PathBuf]) {
    made.iter().for_each(|part| drop(fs::remove_dir(part)));
}

/// Opens and locks the file; one that was removed while we waited for it is not taken.
fn held(lock: &Path) -> io::Result<File> {
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(lock)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            // A file system without locks cannot keep two runs apart; each report is still replaced whole.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_still(&file, lock) {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = |data: fs::Metadata| (data.dev(), data.ino());
    matches!((file.metadata().map(own), fs::metadata(path).map(own)), (Ok(ours), Ok(theirs)) if ours == theirs)
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_still(_file: &File, _path: &Path) -> bool {
    true
}

/// Refuses a folder that is not a report of ours.
fn check(folder: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_ok() && !is_report(folder)? {
        let why = "it exists and is not a report folder; choose another with --out";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    Ok(())
}

/// Puts the finished report into its place, and the one that stood there away.
fn swap(fresh: &Path, folder: &Path, old: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(fresh, folder);
    }
    if exchanged(fresh, folder) {
        return fs::remove_dir_all(fresh);
    }
    fs::rename(folder, old)?;
    fs::rename(fresh, folder)?;
    fs::remove_dir_all(old)
}

/// Exchanges two folders in one step; `false`: this system cannot.
#[cfg(target_os = "linux")]
fn exchanged(fresh: &Path, folder: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, fresh, CWD, folder, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn exchanged(_fresh: &Path, _folder: &Path) -> bool {
    false
}

/// Puts a report back that a killed run had set aside.
fn recover(folder: &Path, old: &Path) -> io::Result<()> {
    if !old.exists() {
        return Ok(());
    }
    if folder.exists() { fs::remove_dir_all(old) } else { fs::rename(old, folder) }
}

fn clear(fresh: &Path) -> io::Result<()> {
    if fresh.exists() { fs::remove_dir_all(fresh) } else { Ok(()) }
}

fn fill(fresh: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    for (name, bytes) in files {
        let path = fresh.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = File::create(&path)?;
        io::Write::write_all(&mut &file, bytes)?;
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

    fn replace(folder: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
        claim(folder)?.replace(files)
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
        assert!(!beside(&scratch, "lock").expect("a name").exists());
    }

    #[test]
    fn a_report_that_a_killed_run_set_aside_comes_back_and_its_debris_goes() {
        let scratch = scratch("killed");
        let folder = scratch.join("first");
        replace(&folder, &report("one")).expect("made");
        fs::rename(&folder, scratch.join(".first.old")).expect("killed between the renames");
        fs::create_dir(scratch.join(".first.new")).expect("killed while it wrote");
        fs::write(scratch.join(".first.lock"), "").expect("killed while it held the lock");
        let bad = [("a\0b".to_owned(), vec![])];
        replace(&folder, &bad).expect_err("a name that no disk takes");
        assert_eq!(fs::read_to_string(folder.join("manifest.json")).expect("it is back"), "one");
        assert_eq!(fs::read_dir(&scratch).expect("readable").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn two_runs_do_not_work_on_one_folder_at_once() {
        let scratch = scratch("twice");
        let folder = scratch.join("deep/er/first");
        let first = claim(&folder).expect("nobody is there");
        let second = claim(&folder).expect_err("somebody is");
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
        claim(&scratch.join("deep/er/second")).expect("another folder is free");
        drop(first);
        assert!(!scratch.join("deep").exists(), "what was made in vain goes again");
        claim(&folder).expect("it is free again").replace(&report("one")).expect("written");
        assert!(folder.join("manifest.json").exists());
    }
}
