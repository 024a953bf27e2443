//! Few moves that make it bearable again: whoever has more clients than she takes, or does not fit, gives some to others; a
//! client whom nobody answers gets somebody. One assignment problem. Staying is worth more than any fit, so nobody moves
//! for points alone, and no move waits for another one.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// What a plan is made of. Clients and supporters are numbers, from 0.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// For each client, of each supporter how well she fits; `None`: she may not, or cannot, be hers.
    pub fits: Vec<Vec<Option<i32>>>,
    /// For each client who answers her now.
    pub own: Vec<Option<usize>>,
    /// For each supporter how many clients she takes.
    pub takes: Vec<u32>,
}

/// A client gets another supporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub client: usize,
    /// Whom.
    pub to: usize,
    /// What that is better in points; all that she has, where nobody answered who may.
    pub gain: i32,
}

/// More than any fit.
const STAY: i64 = 1_000_000;
const NEVER: i64 = -1_000_000_000_000;

/// Fewer than one in ten of those who have a supporter, but always one.
pub fn most_moves(clients: usize) -> usize {
    (clients.saturating_sub(1) / 10).max(1)
}

/// The plan. Of clients whom somebody answers at most [`most_moves`] move, the most needful first.
pub fn plan(board: &Board) -> Vec<Move> {
    let clients = board.own.len();
    let slots = slots(board);
    if clients == 0 || slots.is_empty() {
        return Vec::new();
    }
    let fit = |client: usize, who: usize| board.fits.get(client).and_then(|row| *row.get(who)?);
    // Behind the slots each client may stay where she is, or with nobody.
    let worth = |(client, column): (usize, usize)| match slots.get(column) {
        None => 0,
        Some(who) => match fit(client, *who) {
            None => NEVER,
            Some(points) if board.own.get(client) == Some(&Some(*who)) => STAY + i64::from(points),
            Some(points) => 1 + i64::from(points.max(0)),
        },
    };
    let weights = Matrix::from_fn(clients, slots.len() + clients, worth);
    let (_, chosen) = kuhn_munkres(&weights);
    let mut moves: Vec<Move> = Vec::new();
    for (client, column) in chosen.into_iter().enumerate() {
        let own = board.own.get(client).copied().flatten();
        if let Some(to) = slots.get(column).copied().filter(|to| Some(*to) != own)
            && let Some(points) = fit(client, to)
        {
            let before = own.and_then(|own| fit(client, own));
            moves.push(Move { client, to, gain: points - before.unwrap_or(0) });
        }
    }
    fewest(board, moves)
}

/// One column for each client that a supporter takes. More than are needed by far would only take time.
fn slots(board: &Board) -> Vec<usize> {
    let clients = board.own.len();
    let many = clients.div_ceil(board.takes.len().max(1)) * 2 + 1;
    let mut slots = Vec::new();
    for (who, takes) in board.takes.iter().enumerate() {
        let has = board.own.iter().filter(|own| **own == Some(who)).count();
        let takes = usize::try_from(*takes).unwrap_or(usize::MAX);
        slots.extend(std::iter::repeat_n(who, takes.min(has.max(many))));
    }
    slots
}

/// Whoever has nobody is placed; of the others those first who have somebody that does not fit at all.
fn fewest(board: &Board, moves: Vec<Move>) -> Vec<Move> {
    let own = |m: &Move| board.own.get(m.client).copied().flatten();
    let (mut others, mut placed): (Vec<Move>, Vec<Move>) =
        moves.into_iter().partition(|one| own(one).is_some());
    let fits_now = |m: &Move| own(m).and_then(|own| *board.fits.get(m.client)?.get(own)?).is_some();
    others.sort_by_key(|one| (fits_now(one), -one.gain, one.client));
    others.truncate(most_moves(board.own.iter().flatten().count()));
    placed.append(&mut others);
    placed.sort_by_key(|one| one.client);
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each client who answers her, and then of each supporter her fit, `-` for none.
    fn check(clients: &[(Option<usize>, &str)], takes: &[u32], expected: &[(usize, usize)]) {
        let read = |word: &str| word.parse().ok();
        let board = Board {
            own: clients.iter().map(|(own, _)| *own).collect(),
            fits: clients.iter().map(|(_, fits)| fits.split(' ').map(read).collect()).collect(),
            takes: takes.to_vec(),
        };
        let moves: Vec<(usize, usize)> = plan(&board).iter().map(|m| (m.client, m.to)).collect();
        assert_eq!(moves, expected, "{clients:?} {takes:?}");
    }

    #[test]
    fn only_whoever_must_moves() {
        // nobody moves for points
        check(&[(Some(0), "10 90"), (Some(1), "90 10")], &[2, 2], &[]);
        // she has two and takes one: the one goes who fits the other better
        check(&[(Some(0), "50 40"), (Some(0), "50 45")], &[1, 2], &[(1, 1)]);
        // there is no room elsewhere: nobody moves
        check(&[(Some(0), "50 40"), (Some(0), "50 45"), (Some(1), "0 50")], &[1, 1], &[]);
        // and nobody is put out for somebody else
        check(&[(Some(0), "50 40 -"), (Some(0), "50 - -"), (Some(1), "0 50 50")], &[1, 1, 1], &[]);
        // whoever does not fit at all gives her away, if somebody does
        check(&[(Some(0), "- 10")], &[5, 1], &[(0, 1)]);
        check(&[(Some(0), "- -")], &[5, 1], &[]);
        // nobody answers her
        check(&[(None, "10 30"), (None, "20 35")], &[1, 1], &[(0, 1), (1, 0)]);
        check(&[(None, "-5 -")], &[1, 1], &[(0, 0)]);
        check(&[(None, "10")], &[0], &[]);
        check(&[], &[1], &[]);
        check(&[(None, "")], &[], &[]);
    }

    #[test]
    fn fewer_than_one_in_ten_move_and_those_first_whom_nobody_fits() {
        let mut clients = vec![(Some(0), "50 40"); 30];
        clients[17] = (Some(0), "- 10");
        clients[5] = (Some(0), "50 49");
        check(&clients, &[10, 30], &[(5, 1), (17, 1)]);
    }

    #[test]
    fn few_are_few() {
        let check = |clients, expected| assert_eq!(most_moves(clients), expected, "{clients}");
        check(0, 1);
        check(10, 1);
        check(21, 2);
        check(300, 29);
    }
}
