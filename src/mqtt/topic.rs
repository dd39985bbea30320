//! The topic grammar, in one place.
//!
//! ```text
//! smartcamp/v1/<site>/telemetry/<device>          in   readings; <device> may have several levels
//! smartcamp/v1/<site>/ack/<kind>/<id>             in   answers of controllers
//! smartcamp/v1/<site>/instruction/<kind>/<id>     out  never retained
//! smartcamp/v1/<site>/heartbeat                   out
//! smartcamp/v1/<site>/advice                      out  the plan in short
//! smartcamp/v1/<site>/alarm                       out  alarms that stand
//! ```

/// The topics of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    prefix: String,
}

/// What an incoming topic says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Readings of a device.
    Telemetry {
        /// The device's name, for people; points are named in the payload.
        device: &'a str,
    },
    /// A controller's answer.
    Ack {
        /// The asset, `kind.id`.
        asset: String,
    },
}

impl Topics {
    /// The topics of a site, by its name.
    pub fn of(site: &str) -> Self {
        Self { prefix: format!("smartcamp/v1/{site}") }
    }

    /// Everything that a device may send.
    pub fn telemetry_filter(&self) -> String {
        format!("{}/telemetry/#", self.prefix)
    }

    /// Everything that a controller may answer.
    pub fn ack_filter(&self) -> String {
        format!("{}/ack/+/+", self.prefix)
    }

    /// Every instruction.
    pub fn instruction_filter(&self) -> String {
        format!("{}/instruction/+/+", self.prefix)
    }

    /// Where a device sends its readings.
    pub fn telemetry(&self, device: &str) -> String {
        format!("{}/telemetry/{device}", self.prefix)
    }

    /// Where a controller answers; `asset` is `kind.id`.
    pub fn ack(&self, asset: &str) -> String {
        format!("{}/ack/{}", self.prefix, asset.replacen('.', "/", 1))
    }

    /// Where an asset's controller is instructed; `asset` is `kind.id`.
    pub fn instruction(&self, asset: &str) -> String {
        format!("{}/instruction/{}", self.prefix, asset.replacen('.', "/", 1))
    }

    /// Signs of life.
    pub fn heartbeat(&self) -> String {
        format!("{}/heartbeat", self.prefix)
    }

    /// The plan in short.
    pub fn advice(&self) -> String {
        format!("{}/advice", self.prefix)
    }

    /// Alarms that stand.
    pub fn alarm(&self) -> String {
        format!("{}/alarm", self.prefix)
    }

    /// Reads an incoming topic.
    pub fn parse<'a>(&self, topic: &'a str) -> Option<Incoming<'a>> {
        let rest = topic.strip_prefix(self.prefix.as_str())?.strip_prefix('/')?;
        let (branch, rest) = rest.split_once('/')?;
        match branch {
            "telemetry" if !rest.is_empty() => Some(Incoming::Telemetry { device: rest }),
            "ack" => {
                let (kind, id) = rest.split_once('/')?;
                let plain = !kind.is_empty() && !id.is_empty() && !id.contains('/');
                plain.then(|| Incoming::Ack { asset: format!("{kind}.{id}") })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_parsed_again() {
        let topics = Topics::of("medium");
        let telemetry = topics.telemetry("power-house/bus");
        let device = "power-house/bus";
        assert_eq!(topics.parse(&telemetry), Some(Incoming::Telemetry { device }));
        let ack = topics.ack("genset.g1");
        assert_eq!(ack, "smartcamp/v1/medium/ack/genset/g1");
        let asset = "genset.g1".to_owned();
        assert_eq!(topics.parse(&ack), Some(Incoming::Ack { asset }));
    }

    #[test]
    fn other_topics_are_not_ours() {
        let topics = Topics::of("medium");
        for other in [
            "smartcamp/v1/medium",
            "smartcamp/v1/medium2/telemetry/x",
            "smartcamp/v1/medium/telemetry/",
            "smartcamp/v1/medium/ack/genset",
            "smartcamp/v1/medium/ack/genset/g1/more",
            "smartcamp/v1/medium/instruction/genset/g1",
        ] {
            assert_eq!(topics.parse(other), None, "{other}");
        }
    }
}
