//! A stamp's memory and machines: the resiliency reserve, the number of machines, the provider's footprint.
//!
//! Reserve for the loss of one server: `H + R · (N − 1) · H + V · (N − 2)` with `H` memory of a server, `N` servers,
//! `R` a share, `V` the largest tenant machine. Units: bytes. Source: domain facts 5.7, 1.3 (documented), G16, G17, V05.

use std::iter::Sum;

use crate::inventory::Servers;
use crate::units::{Bytes, Ratio};

/// Returns the memory kept free so that machines of a lost server can start elsewhere.
///
/// The formula of the module doc; two servers have no `V` part, and a single one has nothing to fail over to: zero. Domain facts 5.7 (documented).
pub fn resiliency_reserve(servers: Servers, largest_vm: Bytes, share: Ratio) -> Bytes {
    let others = u64::from(servers.count.saturating_sub(1));
    if others == 0 {
        return Bytes::ZERO;
    }
    servers.memory + (servers.memory * others).share(share) + largest_vm * others.saturating_sub(1)
}

/// Returns the memory left for tenants: all of it less reserve and infrastructure; zero when they exceed it.
///
/// `N · H − reserve − (fixed + N · per server)`. Domain facts 5.7 (documented).
pub fn tenant_memory(servers: Servers, reserve: Bytes, infrastructure: Bytes, per_server: Bytes) -> Bytes {
    let count = u64::from(servers.count);
    (servers.memory * count).saturating_sub(reserve + infrastructure + per_server * count)
}

/// Returns how many machines a stamp of so many servers may hold.
///
/// `min(servers · per_server_max, per_stamp_max)`. Domain facts 5.7 (documented: 60 and 700).
pub fn vms_max(servers: u32, per_server_max: u32, per_stamp_max: u32) -> u32 {
    servers.saturating_mul(per_server_max).min(per_stamp_max)
}

/// What a service of the platform takes on its stamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    pub cores: u32,
    pub memory: Bytes,
    pub disk: Bytes,
}

/// Services add up. Domain facts 1.3: the rows of one generation of the resource provider (documented).
impl Sum for Footprint {
    fn sum<I: Iterator<Item = Footprint>>(rows: I) -> Footprint {
        rows.fold(Footprint::default(), |sum, row| Footprint {
            cores: sum.cores + row.cores,
            memory: sum.memory + row.memory,
            disk: sum.disk + row.disk,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_server_has_nothing_to_fail_over_to() {
        let of = |count| Servers { count, memory: Bytes::gib(400) };
        let reserve = |count| resiliency_reserve(of(count), Bytes::gib(56), Ratio::percent(15));
        assert_eq!([0, 1, 2, 3].map(reserve), [0, 0, 400 + 60, 400 + 120 + 56].map(Bytes::gib));
        assert_eq!(tenant_memory(of(1), Bytes::ZERO, Bytes::gib(400), Bytes::gib(4)), Bytes::ZERO);
    }

    #[test]
    fn what_tenants_get_and_what_is_kept_make_the_whole() {
        let servers = Servers { count: 4, memory: Bytes::gib(384) };
        let left = tenant_memory(servers, Bytes::gib(700), Bytes::gib(242), Bytes::gib(4));
        assert_eq!(left, Bytes::gib(1536 - 700 - 242 - 16));
    }
}
