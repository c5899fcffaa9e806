//! A server that this command starts, waits for, and always ends.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::cannot_start;
use crate::interrupt::on_interrupt;
use crate::project::Project;

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(60);
/// How long a program may take to end once it is asked to.
const STOP: Duration = Duration::from_secs(5);

/// How often we look whether something happened.
pub const TICK: Duration = Duration::from_millis(50);

/// Whether a person, a terminal or a supervisor has asked this command to end.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on a Ctrl-C does not end us at once but is remembered here.
    pub fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&asked);
        on_interrupt(move || handler.store(true, Ordering::SeqCst))?;
        Ok(Self(asked))
    }

    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A program of ours that runs beside us. Dropping it ends it.
pub struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        // In a group of its own, a Ctrl-C in the terminal reaches us only, and we end it in our order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.stdin(Stdio::null()).spawn().with_context(|| cannot_start(command))?;
        Ok(Self { name, child })
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("could not ask after the {}", self.name))
    }

    fn ask_to_end(&mut self) {
        #[cfg(unix)]
        if let Ok(id) = i32::try_from(self.child.id()) {
            use nix::sys::signal::{Signal, kill};
            // It may have ended by itself; it has not been waited for, so the id is still its own.
            let _ = kill(nix::unistd::Pid::from_raw(id), Signal::SIGTERM);
        }
        #[cfg(not(unix))]
        let _ = self.child.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        self.ask_to_end();
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if start.elapsed() > STOP {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A server that prints `ready URL` on its output when it takes requests.
pub struct Service {
    running: Running,
    log: PathBuf,
    pub url: String,
    /// Of a sandbox that serves the wallet's page: it prints `wallet URL` before it is ready.
    pub wallet: Option<String>,
}

impl Service {
    pub fn start(
        project: &Project,
        name: &'static str,
        stop: &Stop,
        command: &mut Command,
    ) -> Result<Self> {
        let log = project.target.join(format!("demo/{name}.log"));
        fs::create_dir_all(project.target.join("demo"))?;
        let file =
            File::create(&log).with_context(|| format!("could not write {}", log.display()))?;
        let mut running =
            Running::start(name, command.stdout(Stdio::piped()).stderr(file.try_clone()?))?;
        let ready = listen(&mut running.child, file);
        let start = Instant::now();
        loop {
            match ready.recv_timeout(TICK) {
                Ok((url, wallet)) => return Ok(Self { running, log, url, wallet }),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = running.child.wait()?;
                    bail!("the {name} ended with {status} before it was ready\n{}", read(&log))
                }
                Err(RecvTimeoutError::Timeout) if stop.asked() => {
                    bail!("stopped before the {name} was ready")
                }
                Err(RecvTimeoutError::Timeout) if start.elapsed() > START => {
                    bail!(
                        "the {name} did not say within {} s that it is ready\n{}",
                        START.as_secs(),
                        read(&log)
                    )
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Fails if the server is no longer there.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.running.ended()? {
            bail!("the {} ended with {status}\n{}", self.running.name, read(&self.log));
        }
        Ok(())
    }
}

/// Reads a server's output for as long as it lives: its addresses go into the channel, the rest into the log.
fn listen(child: &mut Child, mut log: File) -> mpsc::Receiver<(String, Option<String>)> {
    let (sender, receiver) = mpsc::channel();
    let output = child.stdout.take();
    thread::spawn(move || {
        let mut sender = Some(sender);
        let mut wallet = None;
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
            .map_while(Result::ok)
        {
            match line.split_once(' ').filter(|_| sender.is_some()) {
                Some(("wallet", url)) => wallet = Some(url.trim().to_owned()),
                Some(("ready", url)) => drop(
                    sender.take().map(|sender| sender.send((url.trim().to_owned(), wallet.take()))),
                ),
                _ => drop(writeln!(log, "{line}")),
            }
        }
    });
    receiver
}

fn read(log: &PathBuf) -> String {
    fs::read_to_string(log).unwrap_or_default()
}
