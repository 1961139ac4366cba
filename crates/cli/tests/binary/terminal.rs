//! A terminal of a test's own: what runs in it takes it for a person's.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A program that says nothing for longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Starts a program in a terminal of 80 columns and 24 rows.
    pub fn start(mut command: Command) -> Terminal {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&controller, size).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap();
        let side = || -> Stdio {
            let path = path.to_str().unwrap();
            let mut options = OpenOptions::new();
            options.read(true).write(true).open(path).unwrap().into()
        };
        let child = command
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        // The command holds the terminal too: with it the screen would never go dark.
        drop(command);
        let keyboard = File::from(controller);
        let mut screen = keyboard.try_clone().unwrap();
        let (shown, seen) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // When the program has gone, reading fails.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if shown.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal {
            child,
            keyboard,
            screen: seen,
            seen: String::new(),
        }
    }

    pub fn write(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown, after what was waited for before.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                // A bell is no text.
                Ok(bytes) => self.seen += &String::from_utf8_lossy(&bytes).replace('\x07', ""),
                Err(_) => panic!("no {text:?} in:\n{}", self.seen),
            }
        }
    }

    /// All that is shown until the program ends.
    pub fn rest(self) -> String {
        self.end().0
    }

    /// The same, and its exit code.
    pub fn end(mut self) -> (String, Option<i32>) {
        loop {
            match self.screen.recv_timeout(PATIENCE) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it hangs:\n{}", self.seen),
            }
        }
        let code = self.child.wait().unwrap().code();
        (std::mem::take(&mut self.seen), code)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
