//! Plain messages to and from a platform. Only `fetch`, on `wasm32`, ever sends one.

#[cfg(target_arch = "wasm32")]
mod fetch;
mod platform;
mod problem;
mod response;

#[cfg(target_arch = "wasm32")]
pub use fetch::fetch;
pub use platform::Platform;
pub use problem::read_refusal;
pub use response::HttpResponse;
