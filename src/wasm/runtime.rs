//! What the standard library would bring along: an allocator, and the end of a panic. They are not
//! here when another feature links the standard library, which has its own.

use core::arch::wasm32;
use core::panic::PanicInfo;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

/// A panic traps, and JavaScript gets a `RuntimeError`. That no message is made leaves the linker free
/// to drop every message, every place and all code that formats them.
#[panic_handler]
fn trap(_: &PanicInfo) -> ! {
    wasm32::unreachable()
}
