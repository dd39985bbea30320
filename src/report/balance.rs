//! The book of a fuel tank: what left it beside what the sets should have burnt.
//!
//! `B = level + litres expected so far - deliveries` stands still while the book is right. Its mean over a
//! window of each local day is an anchor; what it fell from one anchor to the next is lost. A curve that errs and
//! a sensor that drifts lose (or gain) a little every day: a Kalman filter learns both, from the days that fit.
//! What is beyond is summed by Page's CUSUM (Montgomery, Introduction to Statistical Quality Control, ch. 9).

mod anchors;
mod filter;
mod repair;
#[cfg(test)]
mod tests;

pub use filter::{BookDay, Suspicion};

/// What the book is made from: one entry a slot.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Level of the tank, L; nothing where the sensor said nothing good.
    pub level_l: Vec<Option<f64>>,
    /// What the sets should have burnt in the slot, L.
    pub expected_l: Vec<f64>,
    /// Of that, guessed over gaps of the meters, L.
    pub guessed_l: Vec<f64>,
    /// The day whose anchor the slot belongs to, as a running number.
    pub anchor_day: Vec<Option<i64>>,
    /// What the tank holds, L.
    pub capacity_l: f64,
    /// How far the expected litres may be off for as long as nobody looks, share of them, one standard error.
    pub curve_error_frac: f64,
}

/// A delivery that the level shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delivery {
    /// Slots in which the level rose.
    pub from: usize,
    /// The last of them.
    pub to: usize,
    /// How much came.
    pub delivered_l: f64,
    pub(crate) error_l: f64,
}

/// What the book says.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Each stretch between anchors, oldest first; usually a day.
    pub days: Vec<BookDay>,
    /// Fuel that is missing beyond the band, if it still is.
    pub suspicion: Option<Suspicion>,
    /// Deliveries, oldest first.
    pub deliveries: Vec<Delivery>,
    /// Slots in which the sensor stood still while fuel was burnt.
    pub stuck_slots: u64,
}

/// Litres expected up to the middle of each slot.
fn so_far(book: &Book) -> Vec<f64> {
    let mut sum = 0.0;
    let middle = |l: &f64| {
        sum += l;
        sum - l / 2.0
    };
    book.expected_l.iter().map(middle).collect()
}

/// The level without what a sensor shows that is no loss: stretches in which it stood still are empty, and
/// what was delivered is taken out.
pub(crate) fn without_deliveries(book: &Book) -> Vec<Option<f64>> {
    let (mut level, so_far) = (book.level_l.clone(), so_far(book));
    repair::drop_stuck(&mut level, &book.expected_l, book.capacity_l);
    let balance = level.iter().zip(&so_far).map(|(l, s)| l.map(|l| l + s));
    let mut balance: Vec<Option<f64>> = balance.collect();
    let noise_l = repair::noise_l(&balance);
    repair::take_deliveries(&mut balance, noise_l, book.capacity_l);
    balance.iter().zip(&so_far).map(|(b, s)| b.map(|b| b - s)).collect()
}

/// Does the book.
pub fn reconcile(book: &Book) -> Found {
    let so_far = so_far(book);
    let mut level = book.level_l.clone();
    let stuck_slots = repair::drop_stuck(&mut level, &book.expected_l, book.capacity_l);
    let balance = level.iter().zip(&so_far).map(|(l, s)| l.map(|l| l + s));
    let mut balance: Vec<Option<f64>> = balance.collect();
    let noise_l = repair::noise_l(&balance);
    let deliveries = repair::take_deliveries(&mut balance, noise_l, book.capacity_l);
    let anchors = anchors::anchors(book, &balance, noise_l, &so_far);
    let (days, suspicion) = filter::run(book, &anchors, &deliveries);
    Found { days, suspicion, deliveries, stuck_slots }
}
