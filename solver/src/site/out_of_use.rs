//! What can be out of use: under service, broken, in somebody's hands.

use super::Site;

macro_rules! can_be_out_of_use {
    ($($name:ident)*) => {
        impl Site {
            /// Kinds of assets that can be out of use for some of a plan's steps.
            const KINDS_OUT_OF_USE: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Whether the site has `asset`, named `kind.id`, and it is of a kind that can be out of use.
            pub fn can_be_out_of_use(&self, asset: &str) -> bool {
                asset.split_once('.').is_some_and(|(kind, id)| {
                    $((kind == stringify!($name) && self.$name.contains_key(id)))||*
                })
            }
        }
    };
}

can_be_out_of_use!(genset solar battery well treatment thermal_store batch wastewater);

impl Site {
    /// The rule that a name breaks for which [`Site::can_be_out_of_use`] is false.
    pub fn rule_of_out_of_use() -> String {
        format!("must be an asset of the site, of the kinds {}", Self::KINDS_OUT_OF_USE.join(", "))
    }
}
