//! Made by `cargo xtask tables` from CLDR 48.2.0: how numbers of money are written.

use super::style::{Native, Style};

/// Each style with the locales that have it. A locale that is not here has the style of the one that is
/// left when its last subtag is taken off.
#[rustfmt::skip]
pub(super) const STYLES: &[(Style, &str)] = &[
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: true, native: None }, "ak am bal-Latn ceb chr csw cy doi en es-419 es-BR es-BZ es-CU es-DO es-GT es-HN es-MX es-NI es-PA es-PE es-PR es-SV es-US fil ga gaa gd ha ig ii ja kk-AF kk-Arab kk-CN kk-IR kk-MN kn ko ks-Deva mai mi mn ms mt nso om pcm qu sd-Deva sd-IN shn si so st sw syr ta-MY ta-SG th ti tl to tw ug und ur yo yue za zh zu"),
    (Style { decimal: ',', group: '.', indian: false, least: 1, code_first: false, native: None }, "ar-DZ ar-LY ar-MA ar-TN ast az bs ca da de dsb el en-BE en-DE en-DK en-ES en-IT en-PL en-RO en-SI eu fo fr-LU fr-MA gl hr hsb is ku lb lij mk mo nds pms ro sc sh sr vi vmw"),
    (Style { decimal: ',', group: '\u{a0}', indian: false, least: 1, code_first: false, native: None }, "br bua cs cv en-CZ en-EE en-FI en-HU en-LT en-LV en-NO en-PT en-SE en-SK en-UA fi fr-CA ht kea kk ky lt nb nn no oc pt-AO ru sah sk sv szl tg tk tt uk uz"),
    (Style { decimal: ',', group: '.', indian: false, least: 1, code_first: true, native: None }, "de-AT en-AT en-ID en-NL es-AR es-BO es-CL es-CO es-EC es-PY es-UY es-VE fy id in jv jw kgp lo ms-BN ms-ID nl pt qu-BO rw scn su sw-CD tr wo yrl"),
    (Style { decimal: ',', group: '\u{a0}', indian: false, least: 2, code_first: false, native: None }, "be bg et hu hy ka lv pl pt-CH pt-CV pt-GQ pt-GW pt-LU pt-MO pt-MZ pt-PT pt-ST pt-TL ru-UA sq"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: false, native: Some(Native { zero: '\u{660}', decimal: '\u{66b}', group: '\u{66c}' }) }, "ar-BH ar-DJ ar-EG ar-ER ar-IL ar-IQ ar-JO ar-KM ar-KW ar-OM ar-PS ar-QA ar-SA ar-SD ar-SO ar-SS ar-SY ar-TD ar-YE"),
    (Style { decimal: '.', group: ',', indian: true, least: 1, code_first: true, native: None }, "brx en-IN gu hi kok kxv ml or pa ta te xnr"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: false, native: None }, "ar en-150 he iw km"),
    (Style { decimal: ',', group: '\u{202f}', indian: false, least: 1, code_first: false, native: None }, "en-FR en-GE eo fr vec"),
    (Style { decimal: ',', group: '\u{a0}', indian: false, least: 1, code_first: true, native: None }, "af blo en-ZA es-CR"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: true, native: Some(Native { zero: '\u{966}', decimal: '.', group: ',' }) }, "bgc bh bho raj"),
    (Style { decimal: '.', group: '\'', indian: false, least: 1, code_first: true, native: None }, "de-CH de-LI en-CH tn"),
    (Style { decimal: ',', group: '.', indian: false, least: 2, code_first: false, native: None }, "es it sl"),
    (Style { decimal: '.', group: ',', indian: true, least: 1, code_first: true, native: Some(Native { zero: '\u{966}', decimal: '.', group: ',' }) }, "mr ne sa"),
    (Style { decimal: ',', group: '.', indian: false, least: 1, code_first: false, native: Some(Native { zero: '\u{660}', decimal: '\u{66b}', group: '\u{66c}' }) }, "ar-LB ar-MR"),
    (Style { decimal: '.', group: ',', indian: true, least: 1, code_first: true, native: Some(Native { zero: '\u{9e6}', decimal: '.', group: ',' }) }, "as bn-IN"),
    (Style { decimal: ',', group: '.', indian: false, least: 2, code_first: true, native: None }, "es-GQ ia"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: true, native: Some(Native { zero: '\u{6f0}', decimal: '\u{66b}', group: '\u{66c}' }) }, "fa ur-IN"),
    (Style { decimal: '.', group: '\u{a0}', indian: false, least: 1, code_first: true, native: None }, "tyv xh"),
    (Style { decimal: '.', group: '\u{a0}', indian: false, least: 1, code_first: false, native: None }, "ba"),
    (Style { decimal: '.', group: ',', indian: true, least: 1, code_first: false, native: Some(Native { zero: '\u{9e6}', decimal: '.', group: ',' }) }, "bn"),
    (Style { decimal: '.', group: ',', indian: false, least: 3, code_first: true, native: None }, "ee"),
    (Style { decimal: '.', group: '\'', indian: false, least: 1, code_first: false, native: None }, "fr-CH"),
    (Style { decimal: ',', group: '\u{a0}', indian: false, least: 2, code_first: true, native: None }, "ie"),
    (Style { decimal: '.', group: '\'', indian: false, least: 2, code_first: true, native: None }, "it-CH"),
    (Style { decimal: ',', group: '\'', indian: false, least: 1, code_first: true, native: None }, "lmo"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: true, native: Some(Native { zero: '\u{9e6}', decimal: '.', group: ',' }) }, "mni"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: false, native: Some(Native { zero: '\u{1040}', decimal: '.', group: ',' }) }, "my"),
    (Style { decimal: ',', group: '.', indian: false, least: 1, code_first: true, native: Some(Native { zero: '\u{6f0}', decimal: '\u{66b}', group: '\u{66c}' }) }, "ps"),
    (Style { decimal: ',', group: '\u{202f}', indian: false, least: 1, code_first: true, native: None }, "rm"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: true, native: Some(Native { zero: '\u{1c50}', decimal: '.', group: ',' }) }, "sat"),
    (Style { decimal: '.', group: ',', indian: false, least: 1, code_first: false, native: Some(Native { zero: '\u{660}', decimal: '.', group: '\u{66c}' }) }, "sd"),
];
