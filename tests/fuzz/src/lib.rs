//! Every parser of the crate as something to fuzz: what goes in, what must hold of what comes out, and
//! where to start. `tests/bounded.rs` changes the seeds at random in every test run; `src/main.rs` lets
//! libFuzzer search (`cargo xtask fuzz`).
#![forbid(unsafe_code)]

mod messages;
mod receipts;
mod seeds;
mod values;

use std::fs;
use std::path::Path;

/// Says to the fuzzer which target to run.
pub const VARIABLE: &str = "XP2P_FUZZ_TARGET";

/// Something to fuzz.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Takes any bytes. It panics when something does not hold.
    pub run: fn(&[u8]),
    /// Inputs that reach far.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// The public functions of the crate that it reaches, by file.
    pub parsers: &'static [(&'static str, &'static [&'static str])],
}

impl Target {
    /// Where to start: the seeds, and the inputs of `kept/` that have once made the target fail.
    pub fn inputs(&self) -> Vec<Vec<u8>> {
        let mut inputs = (self.seeds)();
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept").join(self.name);
        for file in fs::read_dir(kept).into_iter().flatten() {
            inputs.extend(file.and_then(|file| fs::read(file.path())));
        }
        inputs
    }
}

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    Target {
        name: "json",
        run: values::json,
        seeds: seeds::json,
        parsers: &[("canonical/json.rs", &["parse"])],
    },
    Target {
        name: "body",
        run: values::body,
        seeds: seeds::bodies,
        parsers: &[(
            "canonical/body.rs",
            &[
                "read_payment_request",
                "read_payment_request_in",
                "read_payment_members",
                "read_party",
                "read_amount",
                "read_amount_in",
                "read_note",
                "read_label",
            ],
        )],
    },
    Target {
        name: "amount",
        run: values::amount,
        seeds: seeds::amounts,
        parsers: &[("amount/mod.rs", &["parse", "parse_in"]), ("amount/currency.rs", &["parse"])],
    },
    Target {
        name: "typed",
        run: values::typed,
        seeds: seeds::typed,
        parsers: &[
            ("amount/arithmetic.rs", &["parse"]),
            ("amount/currency.rs", &["parse_with_funds"]),
            ("amount/locale/mod.rs", &["parse"]),
            ("amount/localized.rs", &["parse_localized"]),
            ("amount/money.rs", &["parse"]),
            ("amount/rounding.rs", &["parse"]),
            ("amount/terms.rs", &["parse_localized"]),
        ],
    },
    Target {
        name: "names",
        run: values::names,
        seeds: seeds::names,
        parsers: &[
            ("request/handle.rs", &["parse"]),
            ("request/account.rs", &["parse"]),
            ("request/idempotency.rs", &["parse"]),
            ("error.rs", &["from_wire"]),
        ],
    },
    Target {
        name: "platform",
        run: values::platform,
        seeds: seeds::platforms,
        parsers: &[("transport/platform.rs", &["parse"])],
    },
    Target {
        name: "key",
        run: values::key,
        seeds: seeds::keys,
        parsers: &[("signature/key.rs", &["from_bytes", "from_jwk_x"])],
    },
    Target {
        name: "signature-input",
        run: messages::signature_input,
        seeds: seeds::signature_inputs,
        parsers: &[("canonical/base.rs", &["parse"])],
    },
    Target {
        name: "signed-request",
        run: messages::signed_request,
        seeds: seeds::signed_requests,
        parsers: &[("signature/verify.rs", &["read"])],
    },
    Target {
        name: "answer",
        run: messages::answer,
        seeds: seeds::answers,
        parsers: &[
            ("transport/problem.rs", &["read_refusal"]),
            ("client/settings.rs", &["read"]),
            ("client/payee.rs", &["read"]),
        ],
    },
    Target { name: "payment", run: messages::payment, seeds: seeds::payments, parsers: &[] },
    Target {
        name: "key-set",
        run: receipts::key_set,
        seeds: seeds::key_sets,
        parsers: &[("receipt/key_set.rs", &["parse"])],
    },
    Target { name: "token", run: receipts::token, seeds: seeds::tokens, parsers: &[] },
    Target {
        name: "signed-token",
        run: receipts::signed_token,
        seeds: seeds::signed_tokens,
        parsers: &[],
    },
];

/// The text before and after the first of a byte, which stands between the parts of an input.
fn split(data: &[u8], between: u8) -> (&[u8], &[u8]) {
    let at = data.iter().position(|byte| *byte == between).unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}
