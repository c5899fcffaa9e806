//! Which addresses of the internet a delivery may go to: security requirement 23.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv6Net};

/// Where no delivery goes: the IANA special-purpose address registries (RFC 6890 and its followers),
/// multicast, and what is reserved. IPv6 outside the global unicast `2000::/3` is refused as a whole.
const SPECIAL: [(&str, &str); 25] = [
    ("0.0.0.0/8", "this network: RFC 791"),
    ("10.0.0.0/8", "private: RFC 1918"),
    ("100.64.0.0/10", "shared by a carrier: RFC 6598"),
    ("127.0.0.0/8", "loopback: RFC 1122"),
    ("169.254.0.0/16", "link local, where clouds tell secrets: RFC 3927"),
    ("172.16.0.0/12", "private: RFC 1918"),
    ("192.0.0.0/24", "protocol assignments: RFC 6890"),
    ("192.0.2.0/24", "documentation: RFC 5737"),
    ("192.31.196.0/24", "AS112: RFC 7535"),
    ("192.52.193.0/24", "multicast tunnels: RFC 7450"),
    ("192.88.99.0/24", "relays of 6to4: RFC 7526"),
    ("192.168.0.0/16", "private: RFC 1918"),
    ("192.175.48.0/24", "AS112: RFC 7534"),
    ("198.18.0.0/15", "benchmarking: RFC 2544"),
    ("198.51.100.0/24", "documentation: RFC 5737"),
    ("203.0.113.0/24", "documentation: RFC 5737"),
    ("224.0.0.0/4", "multicast: RFC 5771"),
    ("240.0.0.0/4", "reserved, and broadcast: RFC 1112, RFC 8190"),
    ("2001::/23", "protocol assignments, Teredo and ORCHID among them: RFC 2928"),
    ("2001:db8::/32", "documentation: RFC 3849"),
    ("2002::/16", "6to4, which carries any IPv4 address: RFC 3056"),
    ("2620:4f:8000::/48", "AS112: RFC 7534"),
    ("3ffe::/16", "the 6bone, given back: RFC 3701"),
    ("3fff::/20", "documentation: RFC 9637"),
    ("5f00::/16", "segment routing: RFC 9602"),
];

struct Ranges {
    special: Vec<IpNet>,
    global: Ipv6Net,
    translated: Ipv6Net,
}

static RANGES: LazyLock<Ranges> = LazyLock::new(|| Ranges {
    special: SPECIAL.iter().map(|(range, _)| range.parse().expect("a range")).collect(),
    // RFC 4291 section 2.4. Beyond it are loopback, mapped IPv4, unique local, link local, multicast.
    global: "2000::/3".parse().expect("a range"),
    // RFC 6052: what a network without IPv4 makes of an IPv4 address.
    translated: "64:ff9b::/96".parse().expect("a range"),
});

/// Whether an address is a public one.
pub(super) fn is_public(address: IpAddr) -> bool {
    let ranges = &*RANGES;
    match address {
        IpAddr::V6(address) if ranges.translated.contains(&address) => {
            is_public(IpAddr::V4(embedded(address)))
        }
        IpAddr::V6(address) if !ranges.global.contains(&address) => false,
        address => !ranges.special.iter().any(|range| range.contains(&address)),
    }
}

/// Whether an address is this machine's own, in the two forms a developer uses.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    // Not `to_canonical`: a mapped address is nothing that anybody needs.
    address.is_loopback()
}

/// The last 32 bits.
fn embedded(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand, first and last address of each range among them: not made of the table.
    const REFUSED: &str = "
        0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
        169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255
        192.0.2.0 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.0 192.168.255.255
        192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255
        224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255
        :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a00:1
        64:ff9b::a9fe:a9fe 64:ff9b:1:: 64:ff9b:1:ffff:ffff:ffff:a00:1 100:: 100:0:0:1:: 1fff:ffff::
        2001::1 2001:0:ffff:: 2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff:: 2001:db8::
        2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:: 2002:7f00:1:: 2002:808:808:: 2620:4f:8000::1
        3ffe::1 3fff:: 3fff:fff:ffff:: 4000:: 5f00::1 fc00:: fd00::1 fdff:ffff:: fe80::1 febf:: fec0::1
        feff:: ff00:: ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    ";
    const TAKEN: &str = "
        1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
        128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0
        192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
        203.0.114.0 223.255.255.255 2000:: 2001:200:: 2001:db7:ffff:: 2001:db9:: 2003:: 2606:4700::1111
        2a00:1450:4001::1 3ffd:: 64:ff9b::808:808
    ";

    fn addresses(text: &str) -> impl Iterator<Item = IpAddr> {
        text.split_whitespace().map(|address| address.parse().unwrap())
    }

    #[test]
    fn requirement_23_special_addresses_are_refused_and_their_neighbours_are_not() {
        for address in addresses(REFUSED) {
            assert!(!is_public(address), "{address}");
        }
        for address in addresses(TAKEN) {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn every_range_has_an_address_that_is_tried() {
        for (range, _) in SPECIAL {
            let range: IpNet = range.parse().unwrap();
            assert_eq!(range.addr(), range.network(), "{range} has bits that do not count");
            assert!(addresses(REFUSED).any(|address| range.contains(&address)), "{range}");
        }
    }

    #[test]
    fn loopback_is_what_a_developer_writes() {
        for address in addresses("127.0.0.1 127.8.9.1 ::1") {
            assert!(is_loopback(address), "{address}");
        }
        for address in addresses("::ffff:127.0.0.1 64:ff9b::7f00:1 0.0.0.0 :: 10.0.0.1 128.0.0.1") {
            assert!(!is_loopback(address), "{address}");
        }
    }
}
