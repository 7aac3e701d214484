//! A hand that drives the logic: no kernel, no world. It orders, observes, answers and lets time pass, in words.
//!
//! One appliance on stamp 0, the target is stamp 1, VMs with two disks each. `tell` takes one line of a small language (see
//! the tables), says what the logic did and wrote down, and remembers the ops that wait for an answer, oldest first.

#![allow(dead_code, unused_imports, reason = "each test file uses its part of the kit")]

mod estate;
mod words;

use std::collections::VecDeque;

use drsim::contract::{Cause, Command, Effect, Fact, Findings, Input, Observation, OpId, Phase, Sender};
use drsim::protection::{Coordinator, Reason};
use drsim::units::{ApplianceId, Bytes, Timestamp, VmId};

pub use estate::{Estate, all_well, at};
pub use words::effect as name;

/// The logic, and what is open between it and the hand.
pub struct Hand {
    pub logic: Coordinator,
    pub now: Timestamp,
    /// The appliance sends heartbeats.
    pub beats: bool,
    /// The VM that words are about.
    pub vm: VmId,
    open: VecDeque<(OpId, Effect)>,
    did: Vec<String>,
    pub facts: Vec<(Timestamp, Fact)>,
    told: usize,
}

impl Hand {
    pub fn new(estate: Estate) -> Self {
        let logic = Coordinator::new(estate.inventory.into(), estate.intent.into(), estate.settings);
        let mut hand = Self {
            logic,
            now: Timestamp::START,
            beats: true,
            vm: VmId(0),
            open: VecDeque::new(),
            did: Vec::new(),
            facts: Vec::new(),
            told: 0,
        };
        hand.order(Command::RegisterAppliance { appliance: ApplianceId(0) });
        hand
    }

    /// Acts on one line; what the logic did, and what it wrote down beside phases and steps.
    pub fn tell(&mut self, line: &str) -> (String, String) {
        self.did.clear();
        self.told = self.facts.len();
        words::act(self, line);
        let said: Vec<String> = self.facts[self.told..].iter().filter_map(|(_, fact)| words::fact(fact)).collect();
        (self.did.join(", "), said.join(", "))
    }

    pub fn phase(&self) -> Phase {
        self.logic.phase(self.vm)
    }

    pub fn order(&mut self, command: Command) {
        self.give(Input::Command(command));
    }

    pub fn see(&mut self, observation: Observation) {
        self.give(Input::Observation(observation));
    }

    fn give(&mut self, input: Input) {
        self.logic.handle(self.now, input);
        while let Some(effect) = self.logic.poll_effect() {
            self.did.push(words::effect(&effect));
            if let Some(op) = words::op(&effect) {
                self.open.push_back((op, effect));
            } else if let Effect::StopCopy { vm } = effect {
                self.open.retain(|(_, open)| !matches!(open, Effect::Copy { vm: copied, .. } if *copied == vm));
            }
        }
        while let Some(fact) = self.logic.poll_fact() {
            self.facts.push((self.now, fact));
        }
    }

    /// Lets time pass until then; deadlines on the way come when they are due.
    pub fn until(&mut self, then: Timestamp) {
        let mut last = None;
        while let Some((due, reason)) = self.logic.poll_timeout().filter(|(due, _)| *due <= then) {
            assert!(last != Some((due, reason)), "the deadline {reason:?} at {due} does not move on");
            last = Some((due, reason));
            self.now = self.now.max(due);
            if self.beats && reason == Reason::Heartbeat {
                self.heartbeat();
            }
            if self.logic.poll_timeout().is_some_and(|(next, _)| next <= self.now) {
                self.give(Input::Timeout);
            }
        }
        self.now = then;
    }

    pub fn heartbeat(&mut self) {
        self.see(Observation::Heartbeat { from: Sender::Appliance(ApplianceId(0)), sent_at: self.now });
    }

    /// Takes the oldest open op, the hand's VM first.
    pub fn next_open(&mut self) -> (OpId, Effect) {
        self.open.remove(self.own_open()).expect("something waits for an answer")
    }

    /// What [`Hand::next_open`] would take.
    pub fn peek_open_of_vm(&self) -> Option<&Effect> {
        self.open.get(self.own_open()).map(|(_, effect)| effect)
    }

    fn own_open(&self) -> usize {
        self.open.iter().position(|(_, effect)| words::vm(effect) == Some(self.vm)).unwrap_or(0)
    }

    /// The oldest open op.
    pub fn peek_open(&self) -> Option<&Effect> {
        self.open.front().map(|(_, effect)| effect)
    }

    pub fn waits(&self) -> bool {
        !self.open.is_empty()
    }

    /// Answers the oldest open op as a world would in which all is well.
    pub fn done(&mut self) {
        let (op, effect) = self.next_open();
        let through = self.now;
        self.see(match effect {
            Effect::Inspect { .. } => Observation::Inspected { op, findings: all_well() },
            Effect::ProcessPending { .. } => Observation::Processed { op, through },
            Effect::ReadBacklog { .. } => {
                Observation::Backlog { op, at_source: Bytes::ZERO, in_cache: Bytes::ZERO, oldest_in_cache: None }
            }
            Effect::ReadPoints { .. } => Observation::PointsKeep { op, kept: Vec::new() },
            _ => Observation::Completed { op },
        });
    }

    pub fn failed(&mut self, cause: Cause) {
        let (op, _) = self.next_open();
        self.see(Observation::Failed { op, cause });
    }

    pub fn found(&mut self, findings: Findings) {
        let (op, effect) = self.next_open();
        assert!(matches!(effect, Effect::Inspect { .. }), "{effect:?} is no inspection");
        self.see(Observation::Inspected { op, findings });
    }

    /// Answers everything until nothing is open.
    pub fn all_done(&mut self) {
        while self.waits() {
            self.done();
        }
    }

    /// Brings the hand's VM from unprotected into the phase called `state`.
    pub fn reach(&mut self, state: &str) {
        let (from, lines) = path(state);
        if let Some(from) = from {
            self.reach(from);
        }
        for line in lines {
            self.tell(line);
        }
        assert_eq!(words::phase(self.phase()), state, "the path to {state} leads elsewhere");
    }
}

impl Hand {
    /// Brings the first `vms` VMs into the phase in step.
    pub fn reach_together(&mut self, vms: u32, state: &str) {
        let (from, lines) = path(state);
        if let Some(from) = from {
            self.reach_together(vms, from);
        }
        for line in lines {
            for vm in (0..vms).map(VmId) {
                self.vm = vm;
                self.tell(line);
            }
        }
    }
}

/// How to get into a phase: from which one, and by which lines.
fn path(state: &str) -> (Option<&'static str>, &'static [&'static str]) {
    match state {
        "unprotected" => (None, &[]),
        "unprotected-dirty" => (Some("protected"), &["disable", "done", "done", "done"]),
        "enabling" => (Some("unprotected"), &["enable", "done"]),
        "enabling-failed" => (Some("enabling"), &["failed missing"]),
        "initial-replication" => (Some("enabling"), &["done", "done"]),
        "protected" => {
            (Some("initial-replication"), &["done", "until 01:00", "done", "keeping-up 01:00 4m", "until 02:00"])
        }
        "failing-over" => (Some("protected"), &["fail-over latest-processed"]),
        "failover-failed" => (Some("failing-over"), &["failed quota"]),
        "failed-over" => (Some("failing-over"), &["done", "done", "done"]),
        "changing-point" => (Some("failed-over"), &["change-point latest-processed"]),
        "committed" => (Some("failed-over"), &["commit"]),
        "reprotecting" => (Some("committed"), &["reprotect", "done"]),
        "reprotect-failed" => (Some("reprotecting"), &["failed interrupted"]),
        "reverse-replication" => (Some("reprotecting"), &["done", "done", "done"]),
        "protected-reverse" => {
            (Some("reverse-replication"), &["until 03:00", "done", "keeping-up 03:00 4m", "until 04:00"])
        }
        "failing-back" => (Some("protected-reverse"), &["fail-back", "done"]),
        "failback-failed" => {
            (Some("failing-back"), &["done", "done", "done", "done", "done", "failed missing", "failed unreachable"])
        }
        "failed-back" => (Some("failing-back"), &["done", "done", "done", "done", "done", "done"]),
        "cancelling-failback" => (Some("failed-back"), &["cancel"]),
        "committing-failback" => (Some("failed-back"), &["commit"]),
        "failed-back-committed" => (Some("committing-failback"), &["done", "done"]),
        "disabling" => (Some("protected"), &["disable"]),
        "disabling-failed" => (Some("disabling"), &["failed unreachable"]),
        "abandoned" => (Some("protected"), &["uninstall-provider"]),
        other => panic!("no path leads to {other}"),
    }
}

/// Every phase that lasts, in the words of [`Hand::reach`]; a commit takes no time, so `Committing` does not.
pub const STATES: [&str; 24] = [
    "unprotected",
    "unprotected-dirty",
    "enabling",
    "enabling-failed",
    "initial-replication",
    "protected",
    "failing-over",
    "failover-failed",
    "failed-over",
    "changing-point",
    "committed",
    "reprotecting",
    "reprotect-failed",
    "reverse-replication",
    "protected-reverse",
    "failing-back",
    "failback-failed",
    "failed-back",
    "cancelling-failback",
    "committing-failback",
    "failed-back-committed",
    "disabling",
    "disabling-failed",
    "abandoned",
];

/// Plays a table, one line a case: `given | input | did | said | phase after`. An empty `given` goes on from the line above.
/// All lines that differ are shown at once, as they should have been written.
pub fn play(estate: impl Fn() -> Estate, table: &str) {
    let (mut hand, mut wrong) = (Hand::new(estate()), Vec::new());
    for line in table.lines().filter(|line| line.contains('|')) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [given, input, did, said, after] = columns[..] else { panic!("not five columns: {line}") };
        if !given.is_empty() {
            hand = Hand::new(estate());
            hand.reach(given);
        }
        let (really_did, really_said) = hand.tell(input);
        let really_after = words::phase(hand.phase());
        if (did, said, after) != (&really_did, &really_said, &really_after) {
            wrong.push(format!("{line}\n  is: {given} | {input} | {really_did} | {really_said} | {really_after}"));
        }
    }
    assert!(wrong.is_empty(), "{} lines differ:\n{}", wrong.len(), wrong.join("\n"));
}
