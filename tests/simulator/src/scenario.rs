//! Who wants to pay whom, and what goes wrong meanwhile: a world out of a seed.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use xp2p::signature::SigningKey;
use xp2p::{Amount, PaymentIntent};

use crate::chance::Chance;
use crate::device::{Device, Order};
use crate::happenings::{Counts, Happening};
use crate::people::{self, LIMITS, PAYEES, PEOPLE, euros};
use crate::platform::{Platform, Template};
use crate::safeguard::Safeguard;
use crate::tab::Tab;
use crate::verdict;
use crate::world::{Event, World};

/// How long people click, in milliseconds.
const LASTS: u64 = 900_000;

/// What a simulation found.
pub struct Found {
    pub violations: Vec<String>,
    pub payments: usize,
    pub exchanges: u64,
    pub orders: usize,
    pub counts: Counts,
}

/// Simulates what this seed stands for.
pub async fn simulate(seed: u64, template: &Template, without: Option<Safeguard>) -> Result<Found> {
    let mut chance = Chance::of(seed);
    let mut platform = template.copied().await?;
    for (handle, account) in PEOPLE {
        people::enrol(&mut platform, handle, &people::drawer_key(account)).await?;
    }
    let devices = devices(&mut chance, &mut platform).await?;
    let orders = orders(&mut chance, &devices)?;
    let mut world = World::new(chance, platform, without, devices, orders);
    open_tabs(&mut world);
    click(&mut world);
    go_wrong(&mut world).await?;
    let (violations, payments) = verdict::reach(&mut world).await?;
    let World { exchanges, orders, counts, .. } = world;
    Ok(Found { violations, payments, exchanges, orders: orders.len(), counts })
}

/// Two or three payers with a device each, and a page that wants to pay by a link.
async fn devices(chance: &mut Chance, platform: &mut Platform) -> Result<Vec<Device>> {
    let mut devices = Vec::new();
    for (handle, account) in &PEOPLE[..chance.between(1, 3) as usize] {
        let device = device(chance, account, false);
        people::enrol(platform, handle, &device.key).await?;
        devices.push(device);
    }
    devices.push(device(chance, PEOPLE[0].1, true));
    Ok(devices)
}

fn device(chance: &mut Chance, account: &'static str, linked: bool) -> Device {
    let key = SigningKey::from_seed(chance.seed());
    let skew = match chance.below(10) {
        0 => chance.between(40, 90_000).cast_signed(),
        1 => -chance.between(200, 90_000).cast_signed(),
        // As much as a platform takes.
        _ => chance.between(0, 300).cast_signed() - 280,
    };
    Device {
        key_id: key.public_key().key_id(),
        key,
        account,
        linked,
        revoked: false,
        skew,
        outbox: BTreeMap::new(),
        settled: BTreeMap::new(),
        locks: BTreeMap::new(),
    }
}

fn orders(chance: &mut Chance, devices: &[Device]) -> Result<Vec<Order>> {
    (0..chance.between(4, 10))
        .map(|number| {
            let device = chance.below(devices.len() as u64) as usize;
            let linked = devices[device].linked;
            let others: Vec<_> =
                PAYEES.iter().filter(|(_, account)| *account != devices[device].account).collect();
            let (handle, payee) = if linked { PAYEES[0] } else { **chance.one_of(&others) };
            let cents = match chance.below(20) {
                // More than anybody has.
                0 => 400_000,
                _ if linked => chance.between(100, LIMITS[0].cast_unsigned() + 50).cast_signed(),
                _ => chance.between(1, 4_000).cast_signed(),
            };
            let value = euros(cents);
            let intent = PaymentIntent::new(handle, Amount::parse(&value, "EUR")?)?;
            let intent = intent.with_reference(&format!("order-{number}"))?;
            Ok(Order { device, intent, payee, value })
        })
        .collect()
}

/// One to three tabs for each device. They share its outbox and its key.
fn open_tabs(world: &mut World) {
    for device in 0..world.devices.len() {
        let tabs = world.chance.between(1, 3);
        if tabs > 1 {
            world.counts.count(Happening::TabsTogether);
        }
        for _ in 0..tabs {
            world.tabs.push(Tab { device, ..Tab::default() });
        }
    }
}

/// Each order is clicked once or several times, in whichever tabs.
fn click(world: &mut World) {
    for order in 0..world.orders.len() {
        let device = world.orders[order].device;
        let tabs: Vec<usize> =
            (0..world.tabs.len()).filter(|tab| world.tabs[*tab].device == device).collect();
        let at = world.chance.below(LASTS);
        for _ in 0..world.chance.between(1, 3) {
            let tab = *world.chance.one_of(&tabs);
            let later = at + world.chance.between(0, 3000);
            world.after(later, Event::Clicked { tab, order });
            if world.chance.happens(50) {
                let later = later + world.chance.between(1, 60_000);
                world.after(later, Event::Stopped { tab });
            }
            // A linked key has to live until its payer has agreed.
            if !world.devices[device].linked && world.chance.happens(20) {
                let later = later + world.chance.between(1, 10_000);
                world.after(later, Event::KeyRevoked { device });
            }
        }
    }
}

/// What goes wrong beside the network: each of it in some worlds only.
async fn go_wrong(world: &mut World) -> Result<()> {
    let page = world.devices.iter().position(|device| device.linked).context("a page")?;
    people::register(world, page).await?;
    // The page may pay from some moment on, and wants to before.
    let agreed = if world.chance.happens(600) { 0 } else { world.chance.below(LASTS / 2) };
    world.after(agreed, Event::LinkAgreed);
    if world.chance.happens(400) {
        let later = world.chance.below(LASTS);
        world.after(later, Event::PlatformKeyRotates);
    }
    if world.chance.happens(300) {
        let later = agreed + world.chance.below(LASTS);
        let device = world.chance.below(world.devices.len() as u64) as usize;
        world.after(later, Event::KeyRevoked { device });
    }
    if world.chance.happens(300) {
        let (later, seconds) = (world.chance.below(LASTS), world.chance.between(0, 8000));
        let device = world.chance.below(world.devices.len() as u64) as usize;
        world.after(later, Event::ClockJumps { device, seconds: seconds.cast_signed() - 4000 });
    }
    if world.chance.happens(100) {
        let later = LASTS / 2 + world.chance.below(LASTS);
        world.after(later, Event::Night);
    }
    for _ in 0..world.chance.below(4) {
        let later = world.chance.below(LASTS);
        world.after(later, Event::PlatformDies);
    }
    Ok(())
}
