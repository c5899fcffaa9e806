//! What a Ctrl-C or SIGTERM does. A process has one handler; what it does can be changed.

use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result};

type Action = Box<dyn FnMut() + Send>;

static ACTION: OnceLock<Mutex<Action>> = OnceLock::new();

/// From now on an interruption does this, in place of what it did before.
pub fn on_interrupt(action: impl FnMut() + Send + 'static) -> Result<()> {
    let mut action: Option<Action> = Some(Box::new(action));
    let slot = ACTION.get_or_init(|| Mutex::new(action.take().unwrap_or_else(|| Box::new(|| ()))));
    match action {
        Some(action) => *slot.lock().unwrap_or_else(PoisonError::into_inner) = action,
        None => ctrlc::set_handler(|| slot.lock().unwrap_or_else(PoisonError::into_inner)())
            .context("could not listen for Ctrl-C")?,
    }
    Ok(())
}
