//! What the operating system says to a server.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// From its making on none of these signals ends the process by itself.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// SIGINT, SIGTERM.
    End,
    /// SIGHUP.
    Reload,
}

impl Signals {
    /// Within a runtime.
    pub fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::End,
            _ = self.terminate.recv() => Told::End,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }
}
