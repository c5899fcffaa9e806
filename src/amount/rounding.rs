//! Division with a named rounding: nothing here is rounded by accident.

/// How a calculation that does not come out even becomes whole minor units.
///
/// The names are those of `Intl.NumberFormat` (ECMA-402 section 16.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Up to the next minor unit, whatever is left: `expand`.
    Expand,
    /// Down, whatever is left: `trunc`.
    Trunc,
    /// To the nearest, half a unit up: `halfExpand`.
    HalfExpand,
    /// To the nearest, half a unit down: `halfTrunc`.
    HalfTrunc,
    /// To the nearest, half a unit to the even one: `halfEven`.
    HalfEven,
}

impl Rounding {
    /// Every rounding with its name in JavaScript.
    pub const ALL: [(&'static str, Self); 5] = [
        ("expand", Self::Expand),
        ("trunc", Self::Trunc),
        ("halfExpand", Self::HalfExpand),
        ("halfTrunc", Self::HalfTrunc),
        ("halfEven", Self::HalfEven),
    ];

    /// The rounding with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, rounding)| *rounding)
    }

    /// Divides; the divisor is not zero.
    pub(super) fn divide(self, number: u128, divisor: u128) -> u128 {
        let (whole, rest) = (number / divisor, number % divisor);
        let up = match self {
            Self::Expand => rest > 0,
            Self::Trunc => false,
            // `rest` against the other part of the divisor: twice `rest` might not fit.
            Self::HalfExpand => rest >= divisor - rest,
            Self::HalfTrunc => rest > divisor - rest,
            Self::HalfEven => rest > divisor - rest || (rest == divisor - rest && whole % 2 == 1),
        };
        whole + u128::from(up && rest > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rounding_around_a_half() {
        let all = |number| Rounding::ALL.map(|(_, rounding)| rounding.divide(number, 10));
        assert_eq!(all(20), [2, 2, 2, 2, 2]);
        assert_eq!(all(24), [3, 2, 2, 2, 2]);
        assert_eq!(all(25), [3, 2, 3, 2, 2]);
        assert_eq!(all(26), [3, 2, 3, 3, 3]);
        assert_eq!(all(35), [4, 3, 4, 3, 4]);
        assert_eq!(Rounding::HalfExpand.divide(u128::MAX - 1, u128::MAX), 1);
    }

    #[test]
    fn names_are_read_back() {
        for (name, rounding) in Rounding::ALL {
            assert_eq!(Rounding::parse(name), Some(rounding));
        }
        assert_eq!(Rounding::parse("floor"), None);
    }
}
