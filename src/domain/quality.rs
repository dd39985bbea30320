//! What is thought of a value, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is thought of a value.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Nothing speaks against it.
    Good,
    /// Something speaks against it: kept, never used for state or forecasts.
    Suspect,
    /// Not measured at its place, but found from other meters of the camp.
    Substituted,
    /// It was true once: too old to tell how the camp is now.
    Stale,
}

impl Quality {
    /// The word of it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Suspect => "suspect",
            Self::Substituted => "substituted",
            Self::Stale => "stale",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal, $quality:ident;)*) => {
        /// Why a value is not simply good, or what is to be known of a good one.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The number it is stored under; 0 is for no reason at all.
            pub fn code(self) -> u8 {
                match self { $(Self::$name => $code,)* }
            }

            /// The word of it, as in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What is thought of a value with it.
            pub fn quality(self) -> Quality {
                match self { $(Self::$name => Quality::$quality,)* }
            }
        }
    };
}

reasons! {
    /// Outside what the point can show.
    Range = 1, "range", Suspect;
    /// It changed faster than what it measures can.
    Rate = 2, "rate", Suspect;
    /// One value far from those before and after.
    Spike = 3, "spike", Suspect;
    /// The same for so long that no living meter shows it.
    Stuck = 4, "stuck", Suspect;
    /// A counter that went back, and neither began anew nor rolled over.
    CounterFell = 5, "counter_fell", Suspect;
    /// In another unit than its name says, such as W for kW.
    Unit = 6, "unit", Suspect;
    /// Power and the counter of its energy do not fit together.
    Energy = 7, "energy", Suspect;
    /// Meters that see the same thing do not fit together.
    Balance = 8, "balance", Suspect;
    /// Measured later than our clock shows: its clock is ahead, or ours was set back.
    Future = 9, "future", Suspect;
    /// Stamped on arrival: the device sent no time.
    Arrival = 32, "arrival", Good;
    /// The first value of a counter that began anew.
    CounterReset = 33, "counter_reset", Good;
    /// The first value of a counter that rolled over.
    CounterRollOver = 34, "counter_roll_over", Good;
    /// Found from other meters of the camp.
    Redundancy = 64, "redundancy", Substituted;
    /// The broker kept it: nobody knows how old it is.
    Retained = 96, "retained", Stale;
    /// Its point has been silent since.
    Silent = 97, "silent", Stale;
}

impl Reason {
    /// The reason stored under a number. A number that is not known counts as [`Reason::Range`]: doubtful
    /// is what a newer program may have meant.
    pub fn of_code(code: u8) -> Option<Self> {
        if code == 0 {
            return None;
        }
        Some(Self::ALL.iter().copied().find(|r| r.code() == code).unwrap_or(Self::Range))
    }

    /// What is thought of a value with this reason, or with none.
    pub fn quality_of(reason: Option<Self>) -> Quality {
        reason.map_or(Quality::Good, Self::quality)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_again_by_its_code_and_has_its_own() {
        for reason in Reason::ALL {
            assert_ne!(reason.code(), 0);
            assert_eq!(Reason::of_code(reason.code()), Some(*reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.word());
        }
        assert_eq!(Reason::of_code(0), None);
        assert_eq!(Reason::quality_of(Reason::of_code(200)), Quality::Suspect);
    }
}
