//! The tables of src/amount/: currencies out of ISO 4217, locales and symbols out of the CLDR.
//!
//! They are committed, so that a build needs neither; this makes them again when a source moves on.

use std::fmt::Write;
use std::fs;

use anyhow::Result;
use iso_currency::{Currency as Iso, IntoEnumIterator};

use crate::command::{cargo, node, run, step};
use crate::project::Project;
use crate::setup;

/// The day of ISO's list one that the crate's data was compared with.
const LIST_ONE: &str = "2026-01-01";

/// Codes that the crate marks as superseded although list one still has them.
const STILL_LISTED: [&str; 1] = ["VES"];

pub fn make(project: &Project) -> Result<()> {
    let amount = project.root.join("src/amount");
    let cldr = project.root.join("xtask/cldr");
    setup::npm_packages(&cldr)?;
    fs::write(amount.join("iso4217.rs"), iso4217())?;
    step("reading the CLDR", || {
        run(node()
            .arg(cldr.join("locales.mjs"))
            .args([amount.join("locale/table.rs"), amount.join("symbol/table.rs")])
            .args(of_exponent(None).iter().map(|iso| iso.code())))
    })?;
    run(cargo().args(["fmt", "--package", "xp2p"]).current_dir(&project.root))
}

/// What people pay with, of one exponent or of any.
fn of_exponent(exponent: Option<u16>) -> Vec<Iso> {
    let current = |iso: &Iso| iso.is_superseded().is_none() || STILL_LISTED.contains(&iso.code());
    let wanted =
        |iso: &Iso| iso.exponent().is_some_and(|known| exponent.is_none_or(|e| e == known));
    let mut found: Vec<_> =
        Iso::iter().filter(|iso| current(iso) && wanted(iso) && !iso.is_fund()).collect();
    found.sort_by_key(|iso| iso.code());
    found
}

fn iso4217() -> String {
    let exponents = [2, 0, 3];
    let mut text = format!(
        "//! Made by `cargo xtask tables` from the crate iso_currency: list one of ISO 4217 as of {LIST_ONE}.\n\n\
         /// What people pay with, by exponent.\n\
         #[rustfmt::skip]\n\
         pub(super) const CODES: [(&str, u8); {}] = [\n",
        exponents.len()
    );
    for exponent in exponents {
        let codes: Vec<_> = of_exponent(Some(exponent)).iter().map(|iso| iso.code()).collect();
        let lines: Vec<_> = codes.chunks(23).map(|line| line.join(" ")).collect();
        let _ = writeln!(text, "    (\"{}\", {exponent}),", lines.join(" \\\n      "));
    }
    text += "];\n\n/// The numeric codes, in the order of [`CODES`].\n\
             #[rustfmt::skip]\n\
             pub(super) const NUMBERS: [&[u16]; 3] = [\n";
    for exponent in exponents {
        let numbers: Vec<_> =
            of_exponent(Some(exponent)).iter().map(|iso| iso.numeric().to_string()).collect();
        let lines: Vec<_> = numbers.chunks(20).map(|line| line.join(", ")).collect();
        let _ = writeln!(text, "    &[{}],", lines.join(",\n      "));
    }
    text += "];\n\n/// Codes of funds, with exponent and numeric code.\n\
             #[rustfmt::skip]\n\
             pub(super) const FUNDS: &[(&str, u8, u16)] = &[\n";
    let mut funds: Vec<_> = Iso::iter().filter(|iso| iso.is_fund()).collect();
    funds.sort_by_key(|iso| iso.code());
    for fund in funds.iter().filter(|fund| fund.is_superseded().is_none()) {
        let exponent = fund.exponent().unwrap_or_default();
        let _ = writeln!(text, "    (\"{}\", {exponent}, {}),", fund.code(), fund.numeric());
    }
    text + "];\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_currencies_is_the_one_that_is_committed() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/amount/iso4217.rs");
        let committed = fs::read_to_string(file).unwrap();
        assert_eq!(committed, iso4217(), "run `cargo xtask tables`");
    }
}
