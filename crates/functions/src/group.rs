//! Process groups that end with their host, whatever way it goes.

use std::io;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// Ends its process group when its standard input is cut.
const GUARD: &str = "read line; kill -KILL 0";

/// A process group, led by a guard. Dropping it kills all of it.
pub(crate) struct ProcessGroup {
    guard: Child,
    /// `None` when it has been killed.
    id: Option<Pid>,
}

impl ProcessGroup {
    pub(crate) fn start() -> io::Result<Self> {
        let guard = Command::new("/bin/sh")
            .args(["-c", GUARD])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let id = guard.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(Pid::from_raw);
        Ok(Self { guard, id })
    }

    /// Has the command's process start in this group: Ctrl-C in the terminal is not meant for it, and its children can be
    /// ended with it.
    pub(crate) fn take_in(&self, command: &mut Command) {
        command.process_group(self.id.map_or(0, |id| id.as_raw_nonzero().get()));
    }

    /// The group's id stays taken while a process of it is left, so that this reaches no stranger.
    pub(crate) fn kill(&mut self) {
        if let Some(id) = self.id.take() {
            // An error says that all of them are gone.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }

    /// Kills the group and collects its leader.
    pub(crate) async fn end(&mut self) {
        self.kill();
        drop(self.guard.wait().await);
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
