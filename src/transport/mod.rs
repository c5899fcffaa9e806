//! Plain messages to and from a platform. Only `fetch` ever sends one, for Rust
//! programs in a browser: with the feature `fetch`, on `wasm32`.

#[cfg(all(feature = "fetch", target_arch = "wasm32"))]
mod fetch;
mod platform;
mod problem;
mod response;

#[cfg(all(feature = "fetch", target_arch = "wasm32"))]
pub use fetch::fetch;
pub use platform::Platform;
pub use problem::read_refusal;
pub use response::HttpResponse;
