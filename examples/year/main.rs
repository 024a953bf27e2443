//! A year of letters through the real engine: 300 clients, 60 supporters who are ill, away or gone, an operator who is
//! not there at weekends; and what the clients saw of what was promised to them.
//!
//! ```text
//! cargo run --release --example year -- --seed 1              the model, the figures, a picture
//! cargo run --release --example year -- --seed 1 --json       one object for programs
//! cargo run --release --example year -- --days 30 --svg waits.svg
//! ```
//!
//! It ends with 1 when a figure is not what was promised. Nothing leaves this machine: the mails of the people are made
//! here, and those of the engine are read here.

mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use yorisoi::clock::steady;

use world::World;
use world::figures::Figures;
use world::model::Model;

/// A simulated year.
#[derive(Debug, Parser)]
#[command(name = "year")]
struct Arguments {
    /// The same number gives the same year
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object instead of the table and the picture
    #[arg(long)]
    json: bool,
    /// Write the picture of the waiting times here, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// For how many days reports are written
    #[arg(long, default_value_t = 365)]
    days: usize,
    /// Without the pool, grace, readers and words for the office, to see what these come to
    #[arg(long)]
    plain: bool,
    /// How many clients
    #[arg(long, default_value_t = 300)]
    clients: usize,
    /// How many supporters
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(4..))]
    supporters: u64,
}

fn main() -> anyhow::Result<ExitCode> {
    let begun = steady();
    let arguments = Arguments::parse();
    let Arguments { seed, days, clients, .. } = arguments;
    let supporters = usize::try_from(arguments.supporters)?;
    let model = Model { days, clients, supporters, ..Model::new(seed) };
    let model = if arguments.plain { model.in_plain() } else { model };
    let told = model.told();
    let mut world = World::begin(model)?;
    world.run(|world, day| {
        if day % 30 == 0 {
            let took = steady().saturating_sub(begun).as_secs();
            eprintln!("day {day}, {took} s; of that {}", world.spent());
        }
    })?;
    let figures = world.figures()?;
    if let Some(path) = &arguments.svg {
        std::fs::write(path, figures.svg())?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        page(&told, &figures);
        println!("\nThis took {} seconds.", steady().saturating_sub(begun).as_secs());
    }
    Ok(if figures.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The model, the figures and the picture.
fn page(told: &[String], figures: &Figures) {
    println!("The model\n");
    told.iter().for_each(|line| println!("- {line}"));
    println!("\nWhat came of it\n");
    for line in figures.lines() {
        let held = match (line.promised, line.holds) {
            ("", _) => "",
            (_, true) => "kept",
            (_, false) => "NOT KEPT",
        };
        println!("{:<40} {:>18}  {:<14} {held}", line.what, line.found, line.promised);
    }
    if let Some(example) = &figures.example {
        println!("\nSuch a mail:\n{example}");
    }
    println!("\nHours from report to answer\n\n{}", figures.histogram());
}
