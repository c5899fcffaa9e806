//! The sandbox as a client meets it: a real server, a real database, real HTTP.

mod binary;
mod blocks;
mod books;
mod call;
mod client;
mod cross_origin;
mod development;
mod keys;
mod ledger;
mod links;
mod lists;
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
mod who_may;
