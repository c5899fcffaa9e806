//! The sandbox as a client meets it: a real server, a real database, real HTTP.

mod binary;
mod books;
mod client;
mod cross_origin;
mod development;
mod ledger;
mod load;
mod memory;
mod payments;
mod postgres;
mod process;
mod receipts;
mod receiver;
mod refunds;
mod refusals;
mod replays;
mod server;
mod settings;
mod team;
mod webhook_addresses;
mod webhooks;
