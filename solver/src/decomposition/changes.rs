//! Small changes of a commitment: a start or a stop some steps earlier or later, a run or a rest left
//! out; the same for all fleets at once, where one takes over from another; a stretch that runs as
//! another one does; and one with a set more or less.

/// Steps by which a start or a stop is moved.
const MOVES: [usize; 9] = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/// Lengths of stretches with one set more or less, and the steps between them.
const LENGTHS: [usize; 5] = [4, 8, 12, 20, 32];
const APART: usize = 2;
/// How often a stretch is halved, and the shortest that comes of it.
const HALVINGS: usize = 2;
const SHORTEST: usize = 3;

/// What a stretch is to run.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// As many sets as this step.
    Like(usize),
    More,
    Fewer,
}

/// In fleet `fleet`, or in all, the steps `from..to` run something else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    fleet: Option<usize>,
    from: usize,
    to: usize,
    wanted: Wanted,
}

/// The changes of a commitment, by fleet and step.
pub(super) fn of(counts: &[Vec<usize>]) -> Vec<Change> {
    let mut list = Vec::new();
    let steps = counts.first().map_or(0, Vec::len);
    for (fleet, of_fleet) in counts.iter().enumerate() {
        let edges: Vec<usize> = (1..steps).filter(|t| of_fleet[*t] != of_fleet[*t - 1]).collect();
        moved(Some(fleet), &edges, steps, &mut list);
        for length in LENGTHS {
            for from in (0..steps).step_by(APART) {
                let to = (from + length).min(steps);
                let of = |wanted| Change { fleet: Some(fleet), from, to, wanted };
                list.extend([of(Wanted::More), of(Wanted::Fewer)]);
            }
        }
    }
    if counts.len() > 1 {
        let changes = |t: &usize| counts.iter().any(|c| c[*t] != c[*t - 1]);
        let edges: Vec<usize> = (1..steps).filter(changes).collect();
        moved(None, &edges, steps, &mut list);
        let starts: Vec<usize> = std::iter::once(0).chain(edges.iter().copied()).collect();
        for (i, from) in starts.iter().enumerate() {
            let to = starts.get(i + 1).copied().unwrap_or(steps);
            let others = starts.iter().filter(|like| *like != from);
            list.extend(others.map(|like| Change {
                fleet: None,
                from: *from,
                to,
                wanted: Wanted::Like(*like),
            }));
        }
    }
    list
}

/// Edges moved both ways, and the stretches between them left out.
fn moved(fleet: Option<usize>, edges: &[usize], steps: usize, list: &mut Vec<Change>) {
    for t in edges {
        for by in MOVES {
            list.push(Change {
                fleet,
                from: t.saturating_sub(by),
                to: *t,
                wanted: Wanted::Like(*t),
            });
            list.push(Change {
                fleet,
                from: *t,
                to: (t + by).min(steps),
                wanted: Wanted::Like(*t - 1),
            });
        }
    }
    for (i, from) in edges.iter().enumerate() {
        let to = edges.get(i + 1).copied().unwrap_or(steps);
        list.push(Change { fleet, from: *from, to, wanted: Wanted::Like(*from - 1) });
    }
}

impl Change {
    /// The changed counts; `None` if nothing changes.
    pub(super) fn applied(self, counts: &[Vec<usize>]) -> Option<Vec<Vec<usize>>> {
        let mut changed = counts.to_vec();
        let all = 0..counts.len();
        for fleet in self.fleet.map_or(all, |fleet| fleet..fleet + 1) {
            let stretch = changed[fleet].get_mut(self.from..self.to)?;
            match self.wanted {
                Wanted::Like(step) => stretch.fill(*counts[fleet].get(step)?),
                Wanted::More => stretch.iter_mut().for_each(|n| *n += 1),
                Wanted::Fewer => stretch.iter_mut().for_each(|n| *n = n.saturating_sub(1)),
            }
        }
        (changed != counts).then_some(changed)
    }
}

/// Steps `from..to`, of fleet `fleet` or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    fleet: Option<usize>,
    from: usize,
    to: usize,
    /// How often it may be halved.
    halvings: usize,
}

/// The longest stretches in which two commitments differ: of all fleets, then of each.
pub(super) fn between(counts: &[Vec<usize>], target: &[Vec<usize>]) -> Vec<Stretch> {
    let steps = counts.first().map_or(0, Vec::len);
    let fleets = (0..counts.len()).map(Some);
    let mut list = Vec::new();
    for fleet in std::iter::once(None).chain(fleets.filter(|_| counts.len() > 1)) {
        let of = fleet.map_or(0..counts.len(), |k| k..k + 1);
        let differs = |t: usize| of.clone().any(|k| counts[k][t] != target[k][t]);
        let mut from = 0;
        while from < steps {
            let to = (from..steps).find(|t| !differs(*t)).unwrap_or(steps);
            if to > from {
                list.push(Stretch { fleet, from, to, halvings: HALVINGS });
            }
            from = to + 1;
        }
    }
    list
}

impl Stretch {
    /// Its first and its second half, unless it is too short or halved often enough.
    pub(super) fn halves(self) -> Vec<Self> {
        let Self { from, to, .. } = self;
        if self.halvings == 0 || to - from < 2 * SHORTEST {
            return Vec::new();
        }
        let halvings = self.halvings - 1;
        let middle = usize::midpoint(from, to);
        vec![Self { to: middle, halvings, ..self }, Self { from: middle, halvings, ..self }]
    }

    /// The counts with those of the target in this stretch; `None` if nothing changes.
    pub(super) fn taken(
        self,
        counts: &[Vec<usize>],
        target: &[Vec<usize>],
    ) -> Option<Vec<Vec<usize>>> {
        let mut taken = counts.to_vec();
        for k in self.fleet.map_or(0..counts.len(), |k| k..k + 1) {
            taken[k][self.from..self.to].copy_from_slice(&target[k][self.from..self.to]);
        }
        (taken != counts).then_some(taken)
    }
}
