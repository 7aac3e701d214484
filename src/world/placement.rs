//! Placement: which machines the hosts of a stamp can hold.
//!
//! Memory is never over-committed, cores are. Available memory = total − resiliency reserve − infrastructure − resource
//! provider − running tenant machines, with
//!
//! ```text
//! reserve        = H + R · (N − 1) · H + V · (N − 2)
//! infrastructure = fixed part + part per server · N
//! ```
//!
//! H memory of one server, N servers, R the reserve share, V the largest tenant machine, the new one included; machines
//! per stamp at most min(60 · N, 700) (domain facts 5.7). A stamp of one server has nothing to fail over to: no reserve.
//! Stamps without declared servers hold everything; they are metered all the same.
//!
//! Units: bytes, machines. A machine that is shut down by order gives its memory back; one that is lost with its stamp
//! keeps it, since it boots again there.

use std::collections::BTreeMap;

use crate::contract::Meter;
use crate::inventory::{Limits, Servers};
use crate::units::{Bytes, StampId};
use crate::world::quotas::Short;

/// Memory kept free so that the stamp survives the loss of a server.
pub fn resiliency_reserve(limits: &Limits, servers: Servers, largest: Bytes) -> Bytes {
    let (h, n) = (servers.memory, u64::from(servers.count));
    if n < 2 {
        return Bytes::ZERO;
    }
    h + (h * (n - 1)).share(limits.reserve_share) + largest * (n - 2)
}

/// Memory the platform itself takes.
pub fn infrastructure(limits: &Limits, servers: Servers) -> Bytes {
    limits.infrastructure_memory + limits.infrastructure_memory_per_server * u64::from(servers.count)
}

/// Most machines of a stamp.
pub fn vms_max(limits: &Limits, servers: Servers) -> u32 {
    limits.vms_per_server_max.saturating_mul(servers.count).min(limits.vms_per_stamp_max)
}

/// The hosts of one stamp and what runs on them.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    stamp: StampId,
    servers: Option<Servers>,
    /// Memory of the resource provider; zero where it does not stand.
    provider: Bytes,
    taken: Bytes,
    vms: u32,
    /// How many machines of each memory size run: the largest counts.
    sizes: BTreeMap<Bytes, u32>,
}

impl Hosts {
    pub fn new(stamp: StampId, servers: Option<Servers>, provider: Bytes) -> Self {
        Self { stamp, servers, provider, taken: Bytes::ZERO, vms: 0, sizes: BTreeMap::new() }
    }

    pub fn taken(&self) -> (Bytes, u32) {
        (self.taken, self.vms)
    }

    pub fn check(&self, limits: &Limits, memory: Bytes) -> Result<(), Short> {
        let Some(servers) = self.servers else { return Ok(()) };
        Short::unless_fits(Meter::StampVms(self.stamp), 1, self.vms.into(), vms_max(limits, servers).into())?;
        let largest = self.sizes.keys().next_back().copied().unwrap_or(Bytes::ZERO).max(memory);
        let kept = resiliency_reserve(limits, servers, largest) + infrastructure(limits, servers) + self.provider;
        let total = servers.memory * u64::from(servers.count);
        let free = total.saturating_sub(kept + self.taken).min(servers.memory);
        if memory <= free {
            return Ok(());
        }
        Err(Short { meter: Meter::StampMemory(self.stamp), need: memory.0, free: free.0 })
    }

    pub fn take(&mut self, memory: Bytes) {
        self.taken += memory;
        self.vms += 1;
        *self.sizes.entry(memory).or_insert(0) += 1;
    }

    pub fn give(&mut self, memory: Bytes) {
        self.taken = self.taken - memory;
        self.vms -= 1;
        if let Some(count) = self.sizes.get_mut(&memory) {
            *count -= 1;
            if *count == 0 {
                self.sizes.remove(&memory);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ratio;

    fn limits() -> Limits {
        Limits {
            reserve_share: Ratio::percent(15),
            vms_per_server_max: 60,
            vms_per_stamp_max: 700,
            infrastructure_memory: Bytes::gib(242),
            infrastructure_memory_per_server: Bytes::gib(4),
            ..Limits::default()
        }
    }

    /// 384 + 0.15 · 3 · 384 + 2 · 56 = 668.8; with a largest machine of 112 it is 2 · 56 more.
    #[test]
    fn g16_the_reserve_follows_the_largest_machine() {
        let servers = Servers { count: 4, memory: Bytes::gib(384) };
        let reserve = |largest| resiliency_reserve(&limits(), servers, Bytes::gib(largest));
        assert_eq!(reserve(56), Bytes(6688 * (1 << 30) / 10));
        assert_eq!(reserve(112), Bytes(7808 * (1 << 30) / 10));
        assert_eq!(reserve(112) - reserve(56), Bytes::gib(112));
    }

    #[test]
    fn g16_eight_servers_hold_480_machines_and_twelve_no_more_than_700() {
        let servers = |count| Servers { count, memory: Bytes::gib(384) };
        assert_eq!(vms_max(&limits(), servers(8)), 480);
        assert_eq!(vms_max(&limits(), servers(12)), 700);
        assert_eq!(vms_max(&limits(), servers(16)), 700);
    }

    /// Four servers of 384: 1536 − 668.8 − (242 + 16) − 42 = 567.2, ten machines of 56 (560) and not the eleventh.
    /// Without the provider 609.2 stay, which is still ten; with the preview's 175 GiB only 434.2, seven.
    #[test]
    fn g17_the_provider_takes_its_memory_from_the_tenants() {
        let servers = Servers { count: 4, memory: Bytes::gib(384) };
        for (provider, fits) in [(42, 10), (0, 10), (84, 9), (175, 7)] {
            let mut hosts = Hosts::new(StampId(1), Some(servers), Bytes::gib(provider));
            let mut placed = 0;
            while hosts.check(&limits(), Bytes::gib(56)).is_ok() {
                hosts.take(Bytes::gib(56));
                placed += 1;
            }
            assert_eq!(placed, fits, "beside a provider of {provider} GiB");
            let short = hosts.check(&limits(), Bytes::gib(56)).unwrap_err();
            assert_eq!(short.meter, Meter::StampMemory(StampId(1)));
        }
    }

    #[test]
    fn a_machine_larger_than_a_server_is_placed_nowhere() {
        let hosts = Hosts::new(StampId(0), Some(Servers { count: 16, memory: Bytes::gib(256) }), Bytes::ZERO);
        assert!(hosts.check(&limits(), Bytes::gib(257)).is_err());
        assert!(Hosts::new(StampId(0), None, Bytes::ZERO).check(&limits(), Bytes::gib(257)).is_ok());
    }

    #[test]
    fn the_largest_is_forgotten_when_it_leaves() {
        let servers = Servers { count: 4, memory: Bytes::gib(384) };
        let mut hosts = Hosts::new(StampId(0), Some(servers), Bytes::ZERO);
        let free = |hosts: &Hosts| hosts.check(&limits(), Bytes::tib(9)).unwrap_err().free;
        let before = free(&hosts);
        hosts.take(Bytes::gib(112));
        hosts.give(Bytes::gib(112));
        assert_eq!(free(&hosts), before);
        assert_eq!(hosts.taken(), (Bytes::ZERO, 0));
    }
}
