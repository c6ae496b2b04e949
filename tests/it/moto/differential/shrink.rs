//! The shortest episode that still shows a difference.

use super::Difference;
use super::episode::play;
use super::moves::Move;

/// How often an episode is played again, at the most.
const PATIENCE: usize = 200;

/// Leaves out whatever can be left out: halves first, then ever fewer moves at a time, until none can.
pub(super) fn shortest(moves: &[Move], difference: &Difference) -> Vec<Move> {
    let mut held = moves.to_vec();
    let (mut size, mut plays) = (held.len().div_ceil(2), 0);
    while size > 0 && plays < PATIENCE {
        let mut at = 0;
        let mut left_out = false;
        while at < held.len() && plays < PATIENCE {
            let shorter: Vec<Move> = held
                .iter()
                .enumerate()
                .filter(|(index, _)| *index < at || *index >= at + size)
                .map(|(_, step)| step.clone())
                .collect();
            plays += 1;
            if play(&shorter).unknown.iter().any(|found| found.kind() == difference.kind()) {
                held = shorter;
                left_out = true;
            } else {
                at += size;
            }
        }
        size = if left_out && size == 1 { 1 } else { size / 2 };
    }
    held
}
