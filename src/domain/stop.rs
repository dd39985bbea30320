//! The sign to end, as every part sees it.

use tokio::sync::watch;

/// Gives the sign.
#[derive(Debug)]
pub struct StopSign {
    sender: watch::Sender<bool>,
}

/// Sees the sign.
#[derive(Debug, Clone)]
pub struct Stop {
    receiver: watch::Receiver<bool>,
}

impl Default for StopSign {
    fn default() -> Self {
        Self { sender: watch::Sender::new(false) }
    }
}

impl StopSign {
    /// A part's view of the sign.
    pub fn watch(&self) -> Stop {
        Stop { receiver: self.sender.subscribe() }
    }

    /// Asks every part to end.
    pub fn give(&self) {
        self.sender.send_replace(true);
    }
}

impl Stop {
    /// Waits for the sign; a giver that is gone counts as the sign.
    pub async fn asked(&mut self) {
        let _asked_or_gone = self.receiver.wait_for(|stop| *stop).await.is_err();
    }

    /// Whether the sign was given.
    pub fn is_asked(&self) -> bool {
        *self.receiver.borrow()
    }
}
