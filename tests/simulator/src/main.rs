//! `cargo xtask simulate`: the SDK's own client core against the sandbox's own rules, out of a seed.
#![forbid(unsafe_code)]

mod arrival;
mod chance;
mod device;
mod driver;
mod happenings;
mod network;
mod people;
mod platform;
mod safeguard;
mod scenario;
mod tab;
mod verdict;
mod world;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;

use crate::happenings::Counts;
use crate::platform::Template;
use crate::safeguard::Safeguard;
use crate::scenario::{Found, simulate};

/// Simulates payers, pages and tabs over a network that loses, copies and delays.
#[derive(Parser)]
struct Args {
    /// How many seeds, from `--from` on
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// This seed only
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Leave a safeguard out, to see that its lack is found
    #[arg(long)]
    without: Option<Safeguard>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// In so many worlds everything happens that can.
const EVERYTHING: u64 = 1000;

/// What all threads add up.
struct Tally {
    next: AtomicU64,
    done: AtomicU64,
    payments: AtomicU64,
    orders: AtomicU64,
    exchanges: AtomicU64,
    stop: AtomicBool,
    counts: Mutex<Counts>,
    /// The seeds that found something, with what they found.
    failed: Mutex<Vec<(u64, Vec<String>)>>,
}

/// Whether nothing was found that must not be.
fn run(args: &Args) -> Result<bool> {
    if let Some(safeguard) = args.without {
        safeguard.leave_out();
    }
    let (first, seeds) = args.seed.map_or((args.from, args.seeds), |seed| (seed, 1));
    let started = Instant::now();
    let tally = Tally {
        next: AtomicU64::new(first),
        done: AtomicU64::new(0),
        payments: AtomicU64::new(0),
        orders: AtomicU64::new(0),
        exchanges: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        counts: Mutex::new(Counts::default()),
        failed: Mutex::new(Vec::new()),
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| work(args, &tally, first + seeds, started)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().ok().context("a simulation panicked")?)
    })?;
    let counts = tally.counts.lock().map(|counts| counts.clone()).unwrap_or_default();
    for (count, what) in counts.lines() {
        println!("{count:>9} {what}");
    }
    report(&tally, started);
    let never: Vec<_> = counts.lines().filter(|(count, _)| *count == 0).collect();
    let complete = args.without.is_some() || seeds < EVERYTHING || never.is_empty();
    for (_, what) in never.iter().filter(|_| !complete) {
        println!("never happened: {what}");
    }
    let mut failed = tally.failed.into_inner().unwrap_or_default();
    failed.sort();
    for (seed, violations) in &failed {
        for violation in violations {
            println!("seed {seed}: {violation}");
        }
        let without =
            args.without.map_or(String::new(), |safeguard| format!(" --without {safeguard}"));
        println!("again: cargo xtask simulate --seed {seed}{without}");
    }
    Ok(failed.is_empty() && complete)
}

fn work(args: &Args, tally: &Tally, end: u64, started: Instant) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let template = runtime.block_on(Template::open())?;
    loop {
        let seed = tally.next.fetch_add(1, Ordering::Relaxed);
        if seed >= end || tally.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let found = runtime.block_on(simulate(seed, &template, args.without));
        let Found { violations, payments, exchanges, orders, counts } =
            found.with_context(|| format!("seed {seed}"))?;
        if let Ok(mut all) = tally.counts.lock() {
            all.add(&counts);
        }
        tally.payments.fetch_add(payments as u64, Ordering::Relaxed);
        tally.orders.fetch_add(orders as u64, Ordering::Relaxed);
        tally.exchanges.fetch_add(exchanges, Ordering::Relaxed);
        if !violations.is_empty() {
            if let Ok(mut failed) = tally.failed.lock() {
                failed.push((seed, violations));
            }
            // The first one is enough to look at.
            tally.stop.store(true, Ordering::Relaxed);
        }
        if tally.done.fetch_add(1, Ordering::Relaxed) % 500 == 499 {
            report(tally, started);
        }
    }
}

fn report(tally: &Tally, started: Instant) {
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (payments, seconds) = (count(&tally.payments), started.elapsed().as_secs_f64());
    println!(
        "{} seeds, {} orders, {} exchanges, {payments} payments, {:.0} payments/s",
        count(&tally.done),
        count(&tally.orders),
        count(&tally.exchanges),
        payments as f64 / seconds,
    );
}
