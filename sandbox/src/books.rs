//! What every change of the books works with, whether a request asks for it or time brings it about.

use crate::Platform;
use crate::operation::Work;
use crate::storage::Connection;

/// One transaction that changes the books.
pub(crate) struct Books<'a> {
    pub platform: &'a Platform,
    pub connection: &'a mut Connection,
    pub now: i64,
}

/// Whoever has the books open.
pub(crate) trait OpenBooks: Send {
    fn books(&mut self) -> Books<'_>;
}

impl OpenBooks for Books<'_> {
    fn books(&mut self) -> Books<'_> {
        Books { platform: self.platform, connection: &mut *self.connection, now: self.now }
    }
}

impl OpenBooks for Work<'_> {
    fn books(&mut self) -> Books<'_> {
        Books { platform: self.platform, connection: &mut *self.connection, now: self.now }
    }
}
