//! The sandbox as a client meets it: a real server, a real database, real HTTP.

mod binary;
mod books;
mod client;
mod cross_origin;
mod development;
mod faults;
mod ledger;
mod limits;
mod memory;
mod payments;
mod postgres;
mod process;
mod receipts;
mod refusals;
mod replays;
mod server;
mod settings;
mod team;
mod tls;
mod tools;
mod triggers;
