//! Project Wycheproof's vectors for Ed25519, judged by the crate. `tests/wycheproof.rs` runs this
//! natively, and `tests/js/fetch.test.mjs` runs it in WebAssembly.

use std::collections::BTreeMap;

use wycheproof::TestResult;
use wycheproof::eddsa::{TestFlag, TestName, TestSet};
use xp2p::signature::PublicKey;

/// How many signatures were judged as Wycheproof judges them, by what it calls them; or the first one
/// that was not.
///
/// `verify_strict` refuses more than RFC 8032 asks for: keys and `R` of small order. Wycheproof has no
/// such key among its valid signatures and calls none of this file's results merely acceptable, so
/// every result has to be the same.
pub fn judge() -> Result<BTreeMap<String, usize>, String> {
    let set = TestSet::load(TestName::Ed25519).map_err(|error| error.to_string())?;
    let mut counts = BTreeMap::new();
    for group in set.test_groups {
        let bytes: &[u8] = &group.key.pk;
        let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_| "a key is not 32 bytes")?;
        let key = PublicKey::from_bytes(bytes).map_err(|error| error.to_string())?;
        for case in group.tests {
            let genuine = match case.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => {
                    return Err(format!("case {} has no verdict", case.tc_id));
                }
            };
            if key.verify(&case.msg, &case.sig).is_ok() != genuine {
                return Err(format!("case {}: {} ({:?})", case.tc_id, case.comment, case.flags));
            }
            let flag = case.flags.first().copied().unwrap_or(TestFlag::Valid);
            *counts.entry(format!("{flag:?} {:?}", case.result)).or_default() += 1;
        }
    }
    Ok(counts)
}
