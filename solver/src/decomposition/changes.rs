//! Small changes of a commitment: a start or a stop some steps earlier or later, a run or a rest left
//! out; the same for all fleets at once, where one takes over from another; and a stretch that runs
//! as another one does.

/// Steps by which a start or a stop is moved.
const MOVES: [usize; 4] = [1, 3, 6, 12];

/// In fleet `fleet`, or in all, the steps `from..to` run as many sets as step `like`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    fleet: Option<usize>,
    from: usize,
    to: usize,
    like: usize,
}

/// The changes of a commitment, by fleet and step.
pub(super) fn of(counts: &[Vec<usize>]) -> Vec<Change> {
    let mut list = Vec::new();
    let steps = counts.first().map_or(0, Vec::len);
    for (fleet, of_fleet) in counts.iter().enumerate() {
        let edges: Vec<usize> = (1..steps).filter(|t| of_fleet[*t] != of_fleet[*t - 1]).collect();
        moved(Some(fleet), &edges, steps, &mut list);
    }
    if counts.len() > 1 {
        let changes = |t: &usize| counts.iter().any(|c| c[*t] != c[*t - 1]);
        let edges: Vec<usize> = (1..steps).filter(changes).collect();
        moved(None, &edges, steps, &mut list);
        let starts: Vec<usize> = std::iter::once(0).chain(edges.iter().copied()).collect();
        for (i, from) in starts.iter().enumerate() {
            let to = starts.get(i + 1).copied().unwrap_or(steps);
            let others = starts.iter().filter(|like| *like != from);
            list.extend(others.map(|like| Change { fleet: None, from: *from, to, like: *like }));
        }
    }
    list
}

/// Edges moved both ways, and the stretches between them left out.
fn moved(fleet: Option<usize>, edges: &[usize], steps: usize, list: &mut Vec<Change>) {
    for t in edges {
        for by in MOVES {
            list.push(Change { fleet, from: t.saturating_sub(by), to: *t, like: *t });
            list.push(Change { fleet, from: *t, to: (t + by).min(steps), like: *t - 1 });
        }
    }
    for (i, from) in edges.iter().enumerate() {
        let to = edges.get(i + 1).copied().unwrap_or(steps);
        list.push(Change { fleet, from: *from, to, like: *from - 1 });
    }
}

impl Change {
    /// The changed counts; `None` if nothing changes.
    pub(super) fn applied(self, counts: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
        let mut changed = counts.to_vec();
        let all = 0..counts.len();
        for fleet in self.fleet.map_or(all, |fleet| fleet..fleet + 1) {
            let like = *counts.get(fleet)?.get(self.like)?;
            changed[fleet].get_mut(self.from..self.to)?.fill(like);
        }
        (changed != counts).then_some(changed)
    }
}
