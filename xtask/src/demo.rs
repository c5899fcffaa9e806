//! The sandbox and the shop on two origins, with or without a payment first.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Result, bail};

use crate::command::{announce, cargo, node, run, step};
use crate::package;
use crate::project::Project;
use crate::service::{Running, Service, Stop, TICK};

/// Serves what an earlier run left in the ledger.
pub fn serve(project: &Project) -> Result<()> {
    build(project)?;
    let stop = Stop::listen()?;
    Demo::start(project, &stop)?.serve(&stop)
}

/// Makes a payment and hands on its exit code; goes on serving if it succeeded, unless `once`.
pub fn demo(project: &Project, once: bool) -> Result<ExitCode> {
    build(project)?;
    // Every demonstration begins with the same balances.
    for end in ["", "-wal", "-shm"] {
        match fs::remove_file(ledger(project, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let stop = Stop::listen()?;
    let mut demo = Demo::start(project, &stop)?;
    let code = demo.pay(project, &stop)?;
    if code == ExitCode::SUCCESS && !once {
        demo.serve(&stop)?;
    }
    Ok(code)
}

fn build(project: &Project) -> Result<()> {
    package::build(project)?;
    build_sandbox(project)
}

fn ledger(project: &Project, end: &str) -> PathBuf {
    project.target.join(format!("demo/sandbox.sqlite{end}"))
}

struct Demo {
    playground: Service,
    // Ended in this order: the shop talks to the sandbox.
    shop: Service,
    sandbox: Service,
}

impl Demo {
    fn start(project: &Project, stop: &Stop) -> Result<Self> {
        announce("starting the sandbox, the shop and the playground");
        let sandbox = Service::start(
            project,
            "sandbox",
            stop,
            Command::new(project.sandbox())
                .args(["serve", "--listen", "127.0.0.1:8787", "--database"])
                .arg(ledger(project, ""))
                .arg("--wallet")
                .arg(project.wallet())
                .current_dir(&project.root),
        )?;
        let shop = Service::start(
            project,
            "shop",
            stop,
            node()
                .args([
                    "www/shop/server.mjs",
                    "--listen",
                    "127.0.0.1:8788",
                    "--platform",
                    &sandbox.url,
                    "--keys",
                ])
                .arg(project.target.join("demo/shop-keys"))
                .current_dir(&project.root),
        )?;
        let playground = Service::start(
            project,
            "playground",
            stop,
            node()
                .args(["www/playground/server.mjs", "--listen", "127.0.0.1:8789"])
                .current_dir(&project.root),
        )?;
        println!("sandbox     {}\nshop        {}", sandbox.url, shop.url);
        if let Some(wallet) = &sandbox.wallet {
            println!("wallet      {wallet}");
        }
        println!("playground  {}", playground.url);
        Ok(Self { playground, shop, sandbox })
    }

    fn pay(&mut self, project: &Project, stop: &Stop) -> Result<ExitCode> {
        let pay = ["www/shop/pay.mjs", "--platform", &self.sandbox.url];
        let mut payment = Running::start("payment", node().args(pay).current_dir(&project.root))?;
        loop {
            if let Some(status) = payment.ended()? {
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
            }
            if stop.asked() {
                bail!("stopped before the payment was over");
            }
            self.wait()?;
        }
    }

    fn serve(&mut self, stop: &Stop) -> Result<()> {
        println!(
            "\nopen {} and click Pay: the wallet opens, sign in there as Alice Martin, and",
            self.shop.url
        );
        println!(
            "pay. The shop ships when its server has verified the receipt. Ctrl-C ends the servers"
        );
        while !stop.asked() {
            self.wait()?;
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        thread::sleep(TICK);
        self.sandbox.check()?;
        self.shop.check()?;
        self.playground.check()
    }
}

/// Without optimisation: a release build takes minutes, and the tests use this one as well.
pub fn build_sandbox(project: &Project) -> Result<()> {
    step("building the sandbox", || {
        run(cargo().args(["build", "--package", "xp2p-sandbox"]).current_dir(&project.root))
    })
}
