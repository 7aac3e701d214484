//! Mailbox: what waits for the logic while its vault cannot be reached.
//!
//! One coordinator per target stamp. While that stamp is dark its coordinator neither reads nor acts; what is said to it
//! meanwhile is read in order when it is back, each with the moment it was said; orders given to a dark vault are carried out
//! when everything seen before has been read. Its deadlines are honoured late, which its contract allows.

use std::collections::VecDeque;

use crate::contract::{Input, Observation, Sender};
use crate::intent::Intent;
use crate::inventory::Inventory;
use crate::units::{StampId, Timestamp, VmId};

/// Operations of different coordinators are told apart by the upper bits of their numbers.
pub const OPS_PER_COORDINATOR: u64 = 1 << 48;

/// Inputs by coordinator, in the order in which they were said.
#[derive(Debug, Default)]
pub struct Mailbox {
    seen: VecDeque<(Timestamp, Input)>,
    orders: VecDeque<Input>,
}

impl Mailbox {
    /// Something is said at `now`.
    pub fn put(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Command(_) => self.orders.push_back(input),
            Input::Observation(_) | Input::Timeout => self.seen.push_back((now, input)),
        }
    }

    /// The next input, and through which moment everything was read with it.
    pub fn take(&mut self, now: Timestamp) -> Option<(Timestamp, Input)> {
        self.seen.pop_front().or_else(|| Some((now, self.orders.pop_front()?)))
    }

    pub fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.orders.is_empty()
    }
}

/// Who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// The coordinator with this index.
    Coordinator(usize),
    Vm(VmId),
    Stamp(StampId),
}

/// To whom an observation is said.
pub fn addressee(inventory: &Inventory, observation: &Observation) -> Addressee {
    match observation {
        Observation::Completed { op }
        | Observation::Failed { op, .. }
        | Observation::Inspected { op, .. }
        | Observation::Processed { op, .. }
        | Observation::Backlog { op, .. }
        | Observation::PointsKeep { op, .. } => Addressee::Coordinator((op.0 / OPS_PER_COORDINATOR) as usize),
        Observation::Heartbeat { from: Sender::Appliance(appliance), .. } => {
            Addressee::Stamp(inventory.cache(inventory.appliance(*appliance).cache).on)
        }
        Observation::AgentSilent { vm, .. }
        | Observation::AgentBack { vm }
        | Observation::MarkApplied { vm, .. }
        | Observation::KeepingUp { vm, .. }
        | Observation::FellBehind { vm, .. }
        | Observation::OrderLost { vm, .. }
        | Observation::OrderRestored { vm }
        | Observation::ResyncNeeded { vm, .. } => Addressee::Vm(*vm),
        Observation::CacheRefuses { cache } | Observation::CacheAccepts { cache } => {
            Addressee::Stamp(inventory.cache(*cache).on)
        }
    }
}

/// The stamp whose coordinator looks after this VM; `None` for VMs that nobody protects.
pub fn target_of(intent: &Intent, vm: VmId) -> Option<StampId> {
    intent.protection(vm).map(|protection| protection.target)
}
