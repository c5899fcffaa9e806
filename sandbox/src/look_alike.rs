//! Which handles a person takes for one another: those with the same skeleton (UTS 39, section 4).
//!
//! UTS 39 tells scripts apart; of what looks alike within ASCII its data has `0` and `O`, `1`, `I` and
//! `l`, `m` and `rn`. Handles need a little more, because they are written in capitals too, and because
//! people remember the letters and not what stands between them. What is only similar when one reads
//! fast (`5` and `s`, `cl` and `d`) is left out: `lucia` is nobody's imitation of `luda`.

use xp2p::Handle;

/// What looks alike beyond the data of UTS 39. `i` is the `l` that its capital is there.
const FURTHER: [(char, &str); 2] = [('i', "l"), ('w', "vv")];

/// What stands in place of a handle when it is compared with others: nothing that anybody reads.
///
/// Separators count for nothing: one is taken for another, an underscore is lost in an underlined link,
/// and a full stop after a handle ends the sentence.
pub(crate) fn skeleton(handle: &Handle) -> String {
    let letters = handle.as_str().replace(['.', '_', '-'], "");
    let mut skeleton = String::new();
    for letter in unicode_security::skeleton(&letters) {
        match FURTHER.iter().find(|(one, _)| *one == letter) {
            Some((_, other)) => skeleton.push_str(other),
            // The data has `O` for zero: a capital that a handle would have as a small letter.
            None => skeleton.push(letter.to_ascii_lowercase()),
        }
    }
    skeleton
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(handle: &str) -> String {
        skeleton(&Handle::parse(handle).unwrap())
    }

    #[test]
    fn requirement_11_what_people_confuse_has_one_skeleton() {
        let groups: [&[&str]; 7] = [
            &["0", "o", "O"],
            &["1", "l", "i", "I", "L"],
            &["rn", "m", "r.n", "RN"],
            &["vv", "w", "W"],
            &["b.c", "b-c", "b_c", "bc", "b__c", "b.-c", "b.c."],
            &["w0rnan", "vvoman", "W_oman"],
            &["1il", "lli", "iii"],
        ];
        // Alone, within a handle, beside what could grow together with it, and twice.
        for (before, after) in [("ann", ""), ("", "ann"), ("r", "nov"), ("v", "vor"), ("m0", "1i")]
        {
            for group in groups {
                let written = |part: &str| format!("{before}{part}{after}{part}");
                let first = of(&written(group[0]));
                for part in group {
                    assert_eq!(of(&written(part)), first, "{}", written(part));
                }
            }
        }
        assert_eq!(of("..."), of("-_-"));
    }

    #[test]
    fn requirement_11_what_people_tell_apart_is_left_to_them() {
        for (one, other) in [
            ("alice", "alicia"),
            ("lucia", "luda"),
            ("sam", "5am"),
            ("zoe", "2oe"),
            ("bill", "8ill"),
            ("nina", "mina"),
            ("vera", "wera"),
            ("anna", "ana"),
            ("team.1.2", "team.2.1"),
        ] {
            assert_ne!(of(one), of(other), "{one} {other}");
        }
    }

    /// Skeletons are stored. With data of another Unicode version that says something else about these
    /// characters, those that are stored have to be computed anew.
    #[test]
    fn requirement_11_the_data_is_that_with_which_skeletons_were_stored() {
        let changed: String = ('a'..='z')
            .chain('0'..='9')
            .filter(|letter| of(&letter.to_string().repeat(3)) != letter.to_string().repeat(3))
            .collect();
        assert_eq!(changed, "imw01");
        assert_eq!(of("imw01"), "lrnvvol");
    }
}
