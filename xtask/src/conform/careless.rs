//! Whether these rules notice what a platform lacks: each verification of the sandbox is switched off,
//! alone, and the rules that say to need it must break.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail, ensure};

use super::outcome::Outcome;
use super::{Rule, print, rules, trial};
use crate::command::{announce, cargo, output, run, step};
use crate::project::Project;
use crate::service::{Service, Stop};

/// A verification that the careless sandbox can do without.
struct Switch {
    name: String,
    /// What a platform does that lacks it.
    says: String,
}

/// Fails unless each switch breaks the rules that need it, each rule needs a switch, and nothing is broken
/// while all of them are on.
pub fn notices_every_switch(project: &Project) -> Result<()> {
    let switches = build(project)?;
    let rules = rules();
    needs_are_switches(&rules, &switches)?;
    announce("switching the sandbox's verifications off, one by one");
    let stop = Stop::listen()?;
    all_hold(&rules, &start(project, &stop, None)?)?;
    let next = AtomicUsize::new(0);
    let take = || switches.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop.asked());
    let work = || {
        let mut unnoticed = Vec::new();
        while let Some(switch) = take() {
            unnoticed.extend(try_without(project, &stop, &rules, switch)?);
        }
        Ok::<_, anyhow::Error>(unnoticed)
    };
    // More than there are processors: some wait for news, or for a stream that does not end.
    let at_once = 2 * thread::available_parallelism().map_or(1, usize::from);
    let unnoticed = thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker ends"))
            .collect::<Result<Vec<_>>>()
    })?;
    ensure!(!stop.asked(), "stopped");
    let unnoticed = unnoticed.concat();
    ensure!(unnoticed.is_empty(), "not noticed:\n{}", unnoticed.join("\n"));
    println!("\n{} switches are noticed by {} rules", switches.len(), rules.len());
    Ok(())
}

/// Each rule is tried, and holds, on the sandbox that lacks nothing.
fn all_hold(rules: &[Rule], sandbox: &Service) -> Result<()> {
    let trial = trial(&sandbox.url)?;
    for rule in rules {
        let says = rule.says;
        match Outcome::of(rule, &trial) {
            Outcome::Holds => {}
            Outcome::NotTried(why) => bail!("`{says}` was not tried: {why}"),
            Outcome::Broken(seen) => bail!("with all of them on, `{says}` does not hold: {seen:#}"),
        }
    }
    Ok(())
}

/// Prints every rule for the sandbox that lacks one verification.
pub fn shows(project: &Project, name: &str) -> Result<bool> {
    build(project)?;
    Ok(print(&trial(&start(project, &Stop::listen()?, Some(name))?.url)?).all_hold())
}

/// Prints the row of one switch, and hands back what it should have broken.
fn try_without(
    project: &Project,
    stop: &Stop,
    rules: &[Rule],
    switch: &Switch,
) -> Result<Vec<String>> {
    let Switch { name, says } = switch;
    let sandbox = start(project, stop, Some(name))?;
    let trial = trial(&sandbox.url).with_context(|| format!("without {name}"))?;
    let needing = rules.iter().filter(|rule| rule.needs.contains(&&**name));
    let (broken, held): (Vec<&Rule>, Vec<&Rule>) =
        needing.partition(|rule| matches!(Outcome::of(rule, &trial), Outcome::Broken(_)));
    println!("{name:24} {says:72} breaks {}", broken.len());
    Ok(held.iter().map(|rule| format!("{name}: {}", rule.says)).collect())
}

/// Each rule names switches that there are, each switch is named, and no two rules say the same.
fn needs_are_switches(rules: &[Rule], switches: &[Switch]) -> Result<()> {
    let needed: BTreeSet<_> = rules.iter().flat_map(|rule| rule.needs).copied().collect();
    let there: BTreeSet<_> = switches.iter().map(|switch| &*switch.name).collect();
    for rule in rules {
        ensure!(!rule.needs.is_empty(), "`{}` cannot break", rule.says);
    }
    ensure!(needed == there, "not on both sides: {:?}", needed.symmetric_difference(&there));
    let said: BTreeSet<_> = rules.iter().map(|rule| (rule.source, rule.says)).collect();
    ensure!(said.len() == rules.len(), "two rules say the same");
    Ok(())
}

fn build(project: &Project) -> Result<Vec<Switch>> {
    step("building the careless sandbox", || {
        // The whole workspace's features, with which `cargo test` has built its dependencies.
        let words = ["build", "--workspace", "--features", "xp2p-sandbox/switches"];
        let binary = ["--bin", "careless-sandbox"];
        run(cargo().args(words).args(binary).current_dir(&project.root))
    })?;
    let list = output(Command::new(project.careless_sandbox()).arg("list"))?;
    let switches = list.lines().filter_map(|line| line.split_once('\t'));
    Ok(switches.map(|(name, says)| Switch { name: name.into(), says: says.into() }).collect())
}

fn start(project: &Project, stop: &Stop, without: Option<&str>) -> Result<Service> {
    let mut serve = Command::new(project.careless_sandbox());
    serve.arg("serve").args(without.map(|name| ["--without", name]).into_iter().flatten());
    Service::start(project, "careless-sandbox", stop, &mut serve)
}
