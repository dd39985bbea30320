//! What a book of several meters says of a value of one.

use crate::domain::point::PointId;

/// What meters that see the same thing say of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Word {
    /// It is at fault.
    Doubt(PointId, i64, f64),
    /// It is right again.
    Acquit(PointId, i64, f64),
    /// This is what it should have said.
    Substitute(PointId, i64, f64),
}

/// At most two words a value.
pub(super) type Words = [Option<Word>; 2];
