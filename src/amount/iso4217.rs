//! Made by `cargo xtask tables` from the crate iso_currency: list one of ISO 4217 as of 2026-01-01.

/// What people pay with, by exponent.
#[rustfmt::skip]
pub(super) const CODES: [(&str, u8); 3] = [
    ("AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
      CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
      HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA \
      MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN \
      QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP \
      TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG", 2),
    ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF", 0),
    ("BHD IQD JOD KWD LYD OMR TND", 3),
];

/// The numeric codes, in the order of [`CODES`].
#[rustfmt::skip]
pub(super) const NUMBERS: [&[u16]; 3] = [
    &[784, 971, 8, 51, 973, 32, 36, 533, 944, 977, 52, 50, 60, 96, 68, 986, 44, 64, 72, 933,
      84, 124, 976, 756, 156, 170, 188, 192, 132, 203, 208, 214, 12, 818, 232, 230, 978, 242, 238, 826,
      981, 936, 292, 270, 320, 328, 344, 340, 332, 348, 360, 376, 356, 364, 388, 404, 417, 116, 408, 136,
      398, 418, 422, 144, 430, 426, 504, 498, 969, 807, 104, 496, 446, 929, 480, 462, 454, 484, 458, 943,
      516, 566, 558, 578, 524, 554, 590, 604, 598, 608, 586, 985, 634, 946, 941, 643, 682, 90, 690, 938,
      752, 702, 654, 925, 706, 968, 728, 930, 222, 760, 748, 764, 972, 934, 776, 949, 780, 901, 834, 980,
      840, 858, 860, 926, 928, 882, 396, 951, 532, 886, 710, 967, 924],
    &[108, 152, 262, 324, 352, 392, 174, 410, 600, 646, 800, 704, 548, 950, 952, 953],
    &[48, 368, 400, 414, 434, 512, 788],
];

/// Codes of funds, with exponent and numeric code.
#[rustfmt::skip]
pub(super) const FUNDS: &[(&str, u8, u16)] = &[
    ("BOV", 2, 984),
    ("CHE", 2, 947),
    ("CHW", 2, 948),
    ("CLF", 4, 990),
    ("COU", 2, 970),
    ("MXV", 2, 979),
    ("USN", 2, 997),
    ("UYI", 0, 940),
    ("UYW", 4, 927),
];
