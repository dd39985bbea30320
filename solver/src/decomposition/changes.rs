//! Small changes of a commitment: a start or a stop some steps earlier or later, a run or a rest left
//! out.

/// Steps by which a start or a stop is moved.
const MOVES: [usize; 3] = [1, 3, 6];

/// In fleet `fleet`, the steps `from..to` run as many sets as step `like`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    fleet: usize,
    from: usize,
    to: usize,
    like: usize,
}

/// The changes of a commitment, by fleet and step.
pub(super) fn of(counts: &[Vec<usize>]) -> Vec<Change> {
    let mut list = Vec::new();
    for (fleet, counts) in counts.iter().enumerate() {
        let mut edges: Vec<usize> =
            (1..counts.len()).filter(|t| counts[*t] != counts[*t - 1]).collect();
        for t in &edges {
            for steps in MOVES {
                list.push(Change { fleet, from: t.saturating_sub(steps), to: *t, like: *t });
                let to = (t + steps).min(counts.len());
                list.push(Change { fleet, from: *t, to, like: *t - 1 });
            }
        }
        edges.push(counts.len());
        list.extend(edges.windows(2).map(|run| Change {
            fleet,
            from: run[0],
            to: run[1],
            like: run[0] - 1,
        }));
    }
    list
}

impl Change {
    /// The changed counts; `None` if nothing changes.
    pub(super) fn applied(self, counts: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
        let like = *counts.get(self.fleet)?.get(self.like)?;
        let mut changed = counts.to_vec();
        changed[self.fleet].get_mut(self.from..self.to)?.fill(like);
        (changed != counts).then_some(changed)
    }
}
