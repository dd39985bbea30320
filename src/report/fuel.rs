//! The fuel of the camp: the tank's book from the meters, and what it says in words.

use super::balance::{self, Book, Found};
use super::estimate::TWO_SIDED_90;
use super::learn::fuel_curve::Curve;
use super::learn::gather::running;
use super::learn::{Learnt, LearntSet};
use super::measured::{Measured, SLOT_H, date_of};
use camp_solver::Site;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The window of an anchor, local hours: by day, when fuel is not taken unseen and the level is read long.
const ANCHOR_S: std::ops::Range<i64> = 9 * 3600..17 * 3600;
/// Error of a curve of a data sheet, and least error of one that was learnt from a meter, share. ISO 3046-1
/// lets a maker be off by 5 %; good fuel meters are off by 1 %.
const STATED_ERROR_FRAC: f64 = 0.05;
const METER_ERROR_FRAC: f64 = 0.01;

/// A night, from the anchor of the day before to that of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FuelNight {
    /// The local day on which it ends.
    pub day: NaiveDate,
    /// The local day on which it begins; some nights earlier where the level was not known between.
    pub from_day: NaiveDate,
    /// What the sets should have burnt, L.
    #[schema(example = 2861.0)]
    pub expected_l: f64,
    /// What left the tank, deliveries taken out, L.
    #[schema(example = 2874.0)]
    pub drawn_l: f64,
    /// Drawn less expected, less what is usual for this camp, L; less than 0 where less was drawn.
    #[schema(example = 6.0)]
    pub missing_l: f64,
    /// Half of the 90 % band in which that lies while nothing is missing, L.
    #[schema(example = 22.0)]
    pub band_l: f64,
    /// The least loss a night that three nights would show, L.
    #[schema(example = 32.0)]
    pub told_from_l: f64,
    /// Whether the sum of the nights up to this one is beyond the band.
    pub is_suspect: bool,
}

/// A delivery that the level shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FuelDelivery {
    /// When the level began to rise.
    pub from: DateTime<Utc>,
    /// When it had risen.
    pub to: DateTime<Utc>,
    /// How much came, L.
    #[schema(example = 19_980.0)]
    pub delivered_l: f64,
    /// Half of its 90 % band, L.
    #[schema(example = 40.0)]
    pub band_l: f64,
}

/// Fuel that is missing beyond the band, and still is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MissingFuel {
    /// The first local day that it shows on.
    pub since_day: NaiveDate,
    /// Nights that it lasts.
    #[schema(example = 3)]
    pub nights: u32,
    /// What is missing in them, L.
    #[schema(example = 355.0)]
    pub missing_l: f64,
    /// Half of its 90 % band, L.
    #[schema(example = 60.0)]
    pub band_l: f64,
    /// The same in a sentence.
    pub about: String,
}

/// The book of the fuel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FuelBook {
    /// Each night, oldest first.
    pub nights: Vec<FuelNight>,
    /// Deliveries that the level shows, oldest first.
    pub deliveries: Vec<FuelDelivery>,
    /// Fuel that is missing, if any is.
    pub missing: Option<MissingFuel>,
    /// Hours in which the level sensor stood still while fuel was burnt, h.
    #[schema(example = 0.0)]
    pub stuck_h: f64,
}

/// The curves that litres are expected by: those learnt from a set's own meter, else those stated; and the
/// error of their sum, share.
pub fn curves(site: &Site, learnt: &[LearntSet]) -> (BTreeMap<String, Curve>, f64) {
    let mut error_frac: f64 = METER_ERROR_FRAC;
    let mut curves = BTreeMap::new();
    for (id, set) in &site.genset {
        let asset = format!("genset.{id}");
        let by_meter = learnt.iter().find(|l| l.asset == asset && l.from == "flow");
        let curve = match by_meter {
            Some(learnt) => Curve::learnt(&learnt.curve),
            None => {
                error_frac = STATED_ERROR_FRAC;
                Curve::of(set)
            }
        };
        curves.insert(id.clone(), curve);
    }
    (curves, error_frac)
}

/// As [`curves`], but a set without a learnt curve takes that of a like one, else its own stated one times the mean
/// of what the others were found to burn more; and whether any was learnt.
pub fn like_curves(site: &Site, learnt: &[LearntSet]) -> (BTreeMap<String, Curve>, bool) {
    let by_flow: Vec<&LearntSet> = learnt.iter().filter(|l| l.from == "flow").collect();
    let points = || by_flow.iter().flat_map(|l| &l.curve);
    let (found, stated) =
        points().fold((0.0, 0.0), |(f, s), p| (f + p.learnt_l_per_h, s + p.stated_l_per_h));
    let more = if stated > 0.0 { found / stated } else { 1.0 };
    let mut curves = curves(site, learnt).0;
    for (id, set) in &site.genset {
        let asset = format!("genset.{id}");
        if by_flow.iter().any(|l| l.asset == asset) {
            continue;
        }
        let own = Curve::of(set);
        let like = by_flow.iter().find(|l| {
            let other = l.asset.strip_prefix("genset.").and_then(|id| site.genset.get(id));
            other.is_some_and(|other| Curve::of(other) == own)
        });
        let curve = like.map_or_else(|| own.times(more), |l| Curve::learnt(&l.curve));
        curves.insert(id.clone(), curve);
    }
    (curves, !by_flow.is_empty())
}

/// Litres that a set should have burnt in each slot, and whether that is guessed over a gap of its meters.
pub(crate) fn expected_l(
    set: (&str, &camp_solver::site::Genset),
    curve: &Curve,
    measured: &Measured,
) -> Vec<(f64, bool)> {
    let (id, spec) = set;
    let power = measured.held("genset", id, "power_kw");
    let running = running(spec, id, measured);
    // Over a gap the last known litres go on.
    let mut last = 0.0;
    let mut litres = Vec::with_capacity(measured.len());
    for i in 0..measured.len() {
        let share = running[i];
        let kw = power.as_ref().and_then(|p| p[i]);
        let known = match (share, kw) {
            (Some(share), _) if share <= 0.0 => Some(0.0),
            (Some(share), Some(kw)) => Some(share * curve.at_l_per_h(kw / share) * SLOT_H),
            _ => None,
        };
        litres.push((known.unwrap_or(last), known.is_none()));
        last = known.unwrap_or(last);
    }
    litres
}

/// The book of the tank, where its level was ever heard of; several tanks are one.
pub fn book(site: &Site, measured: &Measured, learnt: &[LearntSet]) -> Option<Book> {
    let (curves, curve_error_frac) = curves(site, learnt);
    let mut levels = site.fuel_store.keys().map(|id| measured.raw("fuel_store", id, "level_l"));
    let mut level_l: Vec<Option<f64>> = levels.next().flatten()?.to_vec();
    for more in levels {
        let more = more?;
        level_l = level_l.iter().zip(more).map(|(a, b)| a.zip(*b).map(|(a, b)| a + b)).collect();
    }
    let mut book = Book {
        level_l,
        expected_l: vec![0.0; measured.len()],
        guessed_l: vec![0.0; measured.len()],
        anchor_day: Vec::with_capacity(measured.len()),
        capacity_l: site.fuel_store.values().map(|f| f.capacity_l).sum(),
        curve_error_frac,
    };
    for (id, set) in &site.genset {
        let Some(curve) = curves.get(id) else { continue };
        for (i, (litres, guessed)) in expected_l((id, set), curve, measured).into_iter().enumerate()
        {
            book.expected_l[i] += litres;
            book.guessed_l[i] += if guessed { litres } else { 0.0 };
        }
    }
    for i in 0..measured.len() {
        let (day, second) = measured.local(i);
        book.anchor_day.push(ANCHOR_S.contains(&second).then_some(day));
    }
    Some(book)
}

/// The fuel of a stretch, with the curves of `learnt`; nothing where no level is metered.
pub fn reconcile(site: &Site, measured: &Measured, learnt: &Learnt) -> Option<FuelBook> {
    let book = book(site, measured, &learnt.sets)?;
    Some(in_words(&balance::reconcile(&book), measured))
}

fn in_words(found: &Found, measured: &Measured) -> FuelBook {
    let nights = found.days.iter().map(|d| FuelNight {
        day: date_of(d.day),
        from_day: date_of(d.from_day),
        expected_l: d.expected_l,
        drawn_l: d.drawn_l,
        missing_l: d.missing_l,
        band_l: d.band_l,
        told_from_l: d.told_from_l,
        is_suspect: d.is_suspect,
    });
    let deliveries = found.deliveries.iter().map(|d| FuelDelivery {
        from: measured.time(d.from),
        to: measured.time(d.to),
        delivered_l: d.delivered_l,
        band_l: TWO_SIDED_90 * d.error_l,
    });
    let missing = found.suspicion.map(|s| {
        let (since_day, nights) = (date_of(s.since_day), s.days);
        let (litres, band) = (s.missing_l, s.band_l);
        let about = format!(
            "{litres:.0} L, give or take {band:.0}, left the tank since {since_day} beyond what the sets \
             account for ({nights} night(s)): look for a leak, a draw that nobody wrote down, a wrong meter, \
             or theft"
        );
        MissingFuel { since_day, nights, missing_l: litres, band_l: band, about }
    });
    FuelBook {
        nights: nights.collect(),
        deliveries: deliveries.collect(),
        missing,
        stuck_h: found.stuck_slots as f64 * SLOT_H,
    }
}
