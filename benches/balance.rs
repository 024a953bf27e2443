//! How fast a plan of few moves is made for 300 clients and 60 supporters: `cargo bench --bench balance`. Beside it what a
//! greedy plan takes and is worth, which gives each client who must move the best one who has room, in turn.
#![allow(clippy::disallowed_methods)] // a stopwatch reads the time

use std::hint::black_box;
use std::time::Instant;

use yorisoi::domain::balance::{Board, Move, plan};

/// How often each side has its turn.
const TURNS: usize = 15;
const CLIENTS: usize = 300;
const SUPPORTERS: usize = 60;

fn main() {
    let board = board();
    for (name, make) in [("one assignment", plan as fn(&Board) -> Vec<Move>), ("greedy", greedy)] {
        let mut times = Vec::new();
        let mut moves = Vec::new();
        for _ in 0..TURNS {
            let begun = Instant::now();
            moves = make(black_box(&board));
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let gain: i32 = moves.iter().map(|one| one.gain).sum();
        println!("{name:<16} {:>10.1?} (median), {} moves, gain {gain}", times[TURNS / 2], moves.len());
    }
}

/// Made by a formula, the same each time: clients lean on the first supporters, and a third of the pairs cannot be.
fn board() -> Board {
    let points = |client: usize, who: usize| {
        let mixed = (client * 7919 + who * 104_729 + client * who * 31) % 97;
        (!mixed.is_multiple_of(3)).then_some(i32::try_from(mixed).unwrap_or(0))
    };
    Board {
        fits: (0..CLIENTS).map(|client| (0..SUPPORTERS).map(|who| points(client, who)).collect()).collect(),
        own: (0..CLIENTS).map(|client| (client % 11 != 0).then_some(client * client % 50)).collect(),
        takes: vec![8; SUPPORTERS],
    }
}

fn greedy(board: &Board) -> Vec<Move> {
    let mut room: Vec<u32> = board.takes.clone();
    let mut waiting = Vec::new();
    for (client, own) in board.own.iter().enumerate() {
        match own {
            Some(own) if room[*own] > 0 && board.fits[client][*own].is_some() => room[*own] -= 1,
            _ => waiting.push(client),
        }
    }
    let mut moves = Vec::new();
    for client in waiting {
        let free = (0..room.len()).filter(|who| room[*who] > 0);
        let best = free.filter_map(|who| Some((board.fits[client][who]?, who))).max();
        if let Some((gain, to)) = best {
            room[to] -= 1;
            moves.push(Move { client, to, gain });
        }
    }
    moves
}
