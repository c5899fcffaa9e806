//! The sandbox as a client meets it: a real server, a real database, real HTTP.

mod binary;
mod books;
mod call;
mod checkouts;
mod client;
mod cross_origin;
mod decisions;
mod development;
mod forward;
mod holds;
mod ledger;
mod load;
mod memory;
mod payments;
mod postgres;
mod process;
mod receipts;
mod refusals;
mod replays;
mod server;
mod settings;
mod shop;
mod streams;
mod team;
