//! A small disk that can be filled.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A file system in memory; it is unmounted with this.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// A disk of some megabytes; none where we may not mount one, which it says.
    pub(crate) fn mount(what: &str, size_mb: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size_mb}m"), "smart-camp-test"]);
        let mounted = command.arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        let words = format!("SKIPPED: {what}: mounting a small disk takes root\n");
        std::io::stderr().write_all(words.as_bytes()).unwrap();
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).unwrap();
        let block = [0; 4096];
        while ballast.write_all(&block).is_ok() {}
    }

    /// Takes the ballast away.
    pub(crate) fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that was just killed may hold a file for a moment.
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}
