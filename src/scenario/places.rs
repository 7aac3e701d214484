//! Stamps, subscriptions, links, caches and appliances of the scenario.
//!
//! A stamp that is nobody's target and declares no subscription gets one without limits: what stands there stands there. A target
//! without a declared subscription gets one with the documented default quotas.

use crate::inventory::{Appliance, CacheStorage, Limits, Link, Quota, Servers, Stamp, Subscription, ThrottleWindow};
use crate::units::{BitRate, Bytes, CacheId, Calendar, Duration, LinkId, StampId, SubscriptionId};
use crate::world::CrossTraffic;

use super::catalogue::Key;
use super::document::Section;
use super::files::Files;
use super::names::Names;
use super::series::Trace;
use super::spans::{Place, Table, Value};
use super::times;

/// All places, and their names.
pub struct Places {
    pub stamps: Vec<Stamp>,
    pub subscriptions: Vec<Subscription>,
    pub links: Vec<Link>,
    pub caches: Vec<CacheStorage>,
    pub appliances: Vec<Appliance>,
    pub provider_on: Vec<bool>,
    pub cross_traffic: Vec<Option<CrossTraffic>>,
    pub stamp_names: Names,
    pub link_names: Names,
    pub cache_names: Names,
    pub appliance_names: Names,
    /// By link: whether an appliance names or needs it.
    pub link_used: Vec<bool>,
}

impl Places {
    /// Reads all sections of places. `root` is asked for `stamp`, `link`, `cache` and `appliance`.
    pub fn read(root: &Section<'_>, tree: &Table, limits: &Limits, calendar: &Calendar, files: &Files<'_>) -> Places {
        let mut places = Places {
            stamps: Vec::new(),
            subscriptions: Vec::new(),
            links: Vec::new(),
            caches: Vec::new(),
            appliances: Vec::new(),
            provider_on: Vec::new(),
            cross_traffic: Vec::new(),
            stamp_names: Names::new("stamp", "stamps", "stamp"),
            link_names: Names::new("link", "links", "link"),
            cache_names: Names::new("cache", "caches", "cache"),
            appliance_names: Names::new("appliance", "appliances", "appliance"),
            link_used: Vec::new(),
        };
        let targets = targets(tree);
        let stamps = root.named("stamp");
        for (name, place, section) in stamps {
            places.stamp(name, place, &section, targets.contains(&name), limits);
        }
        places.stamp_names.need_any(root, "a scenario needs two stamps: [stamp.branch] and [stamp.head]");
        for (name, place, section) in root.named("link") {
            places.link(name, place, &section, calendar, files);
        }
        for (name, place, section) in root.named("cache") {
            places.cache(name, place, &section);
        }
        for (name, place, section) in root.named("appliance") {
            places.appliance(name, place, &section, limits);
        }
        places.link_used.resize(places.links.len(), false);
        places
    }

    fn stamp(&mut self, name: &str, place: &Place, section: &Section<'_>, is_target: bool, limits: &Limits) {
        let id = StampId::from_index(self.stamps.len());
        let (count, memory) = (section.count32("servers"), section.quantity::<Bytes>("memory_per_server"));
        for (key, other) in [("servers", "memory_per_server"), ("memory_per_server", "servers")] {
            if section.has(key) && !section.has(other) {
                let mend = "write servers = 8 and memory_per_server = \"384 GiB\", or neither";
                section.fault(key, format!("`{key}` without `{other}` bounds nothing"), mend);
            }
        }
        if count == Some(0) {
            section.fault("servers", "a stamp has at least one server", "write servers = 4");
        }
        let servers = count.zip(memory).map(|(count, memory)| Servers { count, memory });
        self.provider_on.push(section.flag("provider").unwrap_or(is_target));
        let subscriptions = section.named("subscriptions");
        let documented = Quota {
            vm_cores: limits.quota_vm_cores,
            vms: limits.quota_vms,
            managed_disk: limits.quota_managed_disk,
            storage: limits.quota_storage,
        };
        if subscriptions.is_empty() {
            let quota = if is_target { documented } else { Quota::BOUNDLESS };
            self.subscriptions.push(Subscription { name: "default".into(), stamp: id, quota });
        }
        for (name, _, section) in subscriptions {
            let quota = Quota {
                vm_cores: section.count32("vm_cores").unwrap_or(documented.vm_cores),
                vms: section.count32("vms").unwrap_or(documented.vms),
                managed_disk: section.quantity("managed_disk").unwrap_or(documented.managed_disk),
                storage: section.quantity("storage").unwrap_or(documented.storage),
            };
            self.subscriptions.push(Subscription { name: name.into(), stamp: id, quota });
        }
        self.stamps.push(Stamp { name: name.into(), servers });
        self.stamp_names.push(name, place, false);
    }

    /// The subscription a key names on a stamp; the only one when the key is left out.
    pub fn subscription(
        &self,
        section: &Section<'_>,
        key: &'static str,
        stamp: Option<StampId>,
    ) -> Option<SubscriptionId> {
        let given = section.text_at(key);
        if given.is_none() && section.has(key) {
            return None;
        }
        let stamp = stamp?;
        let mut names = Names::new("subscription", "subscriptions", "stamp.NAME.subscriptions");
        let mut ids = Vec::new();
        for (index, subscription) in self.subscriptions.iter().enumerate().filter(|(_, s)| s.stamp == stamp) {
            names.push(&subscription.name, &section.place, false);
            ids.push(SubscriptionId::from_index(index));
        }
        match given {
            Some((name, place)) => names.find(name, place, section.ledger).map(|index| ids[index]),
            None if ids.len() == 1 => Some(ids[0]),
            None => {
                let known: Vec<&str> = names.entries.iter().map(|entry| entry.name.as_str()).collect();
                section.missing(key, format!("the stamp has several; write one of {}", known.join(", ")));
                None
            }
        }
    }

    fn link(&mut self, name: &str, place: &Place, section: &Section<'_>, calendar: &Calendar, files: &Files<'_>) {
        let (from, to) = (self.stamp_names.need(section, "from"), self.stamp_names.need(section, "to"));
        if from.is_some() && from == to {
            section.fault("to", "the link ends where it begins", "name two different stamps");
        }
        let bandwidth = section.need::<BitRate>("bandwidth");
        if bandwidth.is_some_and(|rate| rate.0 < 8) {
            section.fault(
                "bandwidth",
                "a link of this bandwidth moves nothing",
                "write a bandwidth such as \"200 Mbit/s\"",
            );
        }
        let round_trip = section.quantity_or_default::<Duration>("round_trip");
        let flow_window = section.quantity::<Bytes>("flow_window");
        if section.has("flow_window") && round_trip.is_zero() {
            let mend = "a flow is capped at flow_window / round_trip: give the round trip, or leave the window out";
            section.fault("flow_window", "`flow_window` without `round_trip` caps nothing", mend);
        }
        if flow_window.is_some_and(Bytes::is_zero) {
            section.fault("flow_window", "a window of zero bytes moves nothing", "write a window such as \"4 MiB\"");
        }
        let throttle = section.tables("throttle").iter().filter_map(|window| throttle(window, bandwidth)).collect();
        let cross = section.section("cross_traffic").and_then(|cross| {
            if !cross.has("trace") {
                cross.missing(
                    "trace",
                    "write cross_traffic.trace = { file = \"wan.csv\", column = \"bits\", every = \"5m\" }",
                );
            }
            cross_traffic(&cross.section("trace")?, name, calendar, files)
        });
        self.cross_traffic.push(cross);
        let (from_id, to_id) = (from.unwrap_or(0), to.unwrap_or(0));
        self.links.push(Link {
            name: name.into(),
            from: StampId::from_index(from_id),
            to: StampId::from_index(to_id),
            bandwidth: bandwidth.unwrap_or_default(),
            round_trip,
            flow_window,
            throttle,
        });
        self.link_names.push(name, place, from.is_none() || to.is_none() || from == to);
    }

    fn cache(&mut self, name: &str, place: &Place, section: &Section<'_>) {
        let on = self.stamp_names.need(section, "on").map(StampId::from_index);
        let subscription = self.subscription(section, "subscription", on);
        let capacity = section.need::<Bytes>("capacity");
        if capacity.is_some_and(Bytes::is_zero) {
            section.fault("capacity", "a cache of zero bytes takes nothing", "write a capacity such as \"4 TiB\"");
        }
        self.caches.push(CacheStorage {
            name: name.into(),
            on: on.unwrap_or(StampId(0)),
            subscription: subscription.unwrap_or(SubscriptionId(0)),
            capacity: capacity.unwrap_or_default(),
        });
        self.cache_names.push(name, place, on.is_none());
    }

    fn appliance(&mut self, name: &str, place: &Place, section: &Section<'_>, limits: &Limits) {
        let on = self.stamp_names.need(section, "on").map(StampId::from_index);
        let size = vm_size(section, "size", limits);
        let cache = self.cache_names.need(section, "cache").map(CacheId::from_index);
        let to =
            cache.filter(|cache| !self.cache_names.is_broken(cache.index())).map(|cache| self.caches[cache.index()].on);
        let link = self.link_of_appliance(section, on, to);
        let subscription = self.subscription(section, "subscription", on);
        if on.is_some() && on == to {
            section.fault("cache", "appliance and cache stand on one stamp", "name a cache on the target stamp");
        }
        let slots = size.map_or(0, |size| limits.vm_sizes[size].data_disks.saturating_sub(limits.appliance_own_disks));
        let broken = on.is_none() || cache.is_none() || link.is_none();
        self.appliances.push(Appliance {
            name: name.into(),
            on: on.unwrap_or(StampId(0)),
            subscription: subscription.unwrap_or(SubscriptionId(0)),
            size: size.unwrap_or(0),
            cache: cache.unwrap_or(CacheId(0)),
            link: link.unwrap_or(LinkId(0)),
            slots,
        });
        self.appliance_names.push(name, place, broken);
    }

    /// The link an appliance names, or the only one from its stamp to that of its cache.
    fn link_of_appliance(&mut self, section: &Section<'_>, on: Option<StampId>, to: Option<StampId>) -> Option<LinkId> {
        self.link_used.resize(self.links.len(), false);
        let named = self.link_names.optional(section, "link");
        if section.has("link") && named.is_none() {
            return None;
        }
        let (on, to) = (on?, to?);
        let fits = |link: &Link| link.from == on && link.to == to;
        let found = match named {
            Some(index) if self.link_names.is_broken(index) => return None,
            Some(index) if fits(&self.links[index]) => Some(index),
            Some(_) => {
                let mend = "name a link from the appliance's stamp to the stamp of its cache";
                section.fault("link", "the link does not lead from the appliance to its cache", mend);
                return None;
            }
            None => {
                let mut fitting = self.links.iter().enumerate().filter(|(_, link)| fits(link)).map(|(index, _)| index);
                let (first, second) = (fitting.next(), fitting.next());
                let (from, to) = (&self.stamps[on.index()].name, &self.stamps[to.index()].name);
                let any_broken = self.link_names.entries.iter().any(|link| link.broken);
                if first.is_none() && !any_broken && from != to {
                    let mend = format!("add [link.wan] with from = \"{from}\" and to = \"{to}\"");
                    section.ledger.missing(&section.place, format!("no link leads from `{from}` to `{to}`"), "", mend);
                }
                if second.is_some() {
                    section.missing("link", format!("several links lead from `{from}` to `{to}`; name one"));
                    return None;
                }
                first
            }
        };
        let index = found?;
        self.link_used[index] = true;
        Some(LinkId::from_index(index))
    }
}

fn throttle(window: &Section<'_>, bandwidth: Option<BitRate>) -> Option<ThrottleWindow> {
    window.require("between");
    let (days, between) = (times::days(window, "days"), times::between(window, "between"));
    let to = window.need::<BitRate>("to");
    if to.zip(bandwidth).is_some_and(|(to, bandwidth)| to >= bandwidth) {
        let place = window.place_of("to");
        window.ledger.warn(
            &place,
            "the throttle is not below the bandwidth",
            "no effect",
            "lower it, or remove the window",
        );
    }
    let (from, until) = between?;
    Some(ThrottleWindow { days: days?, from, until, to: to? })
}

fn cross_traffic(section: &Section<'_>, link: &str, calendar: &Calendar, files: &Files<'_>) -> Option<CrossTraffic> {
    let trace = Trace::of(section, true, false);
    let scale = super::churn::scale(section);
    let purpose = format!("cross traffic of {link}");
    let mut read = trace?.read(&purpose, calendar, files, section.ledger)?;
    if read.series.len() != 1 {
        let wrong = format!("the trace holds {} series", read.series.len());
        section.ledger.fault(&section.place, wrong, "", "a link has one: choose it with vm_column and vm");
        return None;
    }
    let (_, series) = read.series.pop()?;
    Some(CrossTraffic { series, scale })
}

/// Index of the VM size below a key, or of the catalogue's default.
pub fn vm_size(section: &Section<'_>, key: &'static str, limits: &Limits) -> Option<usize> {
    let Some((name, place)) = section.text_at(key) else {
        if section.has(key) {
            return None;
        }
        let default = section.shape.key(key).and_then(Key::default_value);
        if default.is_none() {
            section.require(key);
        }
        return default.and_then(|name| limits.vm_size(name));
    };
    let mut names = Names::new("VM size", "VM sizes", "override.vm_sizes");
    for size in &limits.vm_sizes {
        names.push(&size.name, place, false);
    }
    names.find(name, place, section.ledger)
}

/// Stamps that something is protected to, or that hold a cache, seen before anything is checked.
fn targets(tree: &Table) -> Vec<&str> {
    let below = |table: &str| {
        let inner = tree.get(table).and_then(|entry| entry.node.value.table());
        inner.map_or(&[][..], |inner| inner.entries.as_slice())
    };
    let mut names = Vec::new();
    for entry in below("cache") {
        names.extend(text_of(&entry.node.value, "on"));
    }
    for entry in below("protect") {
        if let Value::Table(table) = &entry.node.value
            && let Some(to) = table.get("to")
        {
            names.extend(text_of(&to.node.value, "stamp"));
        }
    }
    names
}

fn text_of<'t>(value: &'t Value, key: &str) -> Option<&'t str> {
    value.table()?.get(key)?.node.value.text()
}
