//! What is offered in which phase: the whole table operation × phase, and the proof that the logic keeps to it.

mod protection_kit;

use drsim::contract::{Fact, Phase, Refusal};
use drsim::protection::transitions::{Operation, Verdict, allowed};
use protection_kit::{Estate, Hand, STATES};

const PHASES: [Phase; 25] = [
    Phase::Unprotected,
    Phase::UnprotectedDirty,
    Phase::Enabling,
    Phase::EnablingFailed,
    Phase::InitialReplication,
    Phase::Protected,
    Phase::FailingOver,
    Phase::FailoverFailed,
    Phase::FailedOver,
    Phase::ChangingPoint,
    Phase::Committing,
    Phase::Committed,
    Phase::Reprotecting,
    Phase::ReprotectFailed,
    Phase::ReverseReplication,
    Phase::ProtectedReverse,
    Phase::FailingBack,
    Phase::FailbackFailed,
    Phase::FailedBack,
    Phase::CancellingFailback,
    Phase::CommittingFailback,
    Phase::FailedBackCommitted,
    Phase::Disabling,
    Phase::DisablingFailed,
    Phase::Abandoned,
];

/// `+` offered · `.` not now · `d` disable first · `l` leftover service · `p` no point · `m` manual resync unsupported · `v` no vault
const MATRIX: &str = "
                            check enabl test  clean failo point commi repro failb cance disab resyn unins resta netwo
 Unprotected                +     +     .     .     .     .     .     .     .     .     .     .     +     +     .
 UnprotectedDirty           +     l     .     .     .     .     .     .     .     .     .     .     +     +     .
 Enabling                   .     .     .     .     .     .     .     .     .     .     .     .     .     .     +
 EnablingFailed             +     +     .     .     .     .     .     .     .     .     +     .     .     .     +
 InitialReplication         .     .     p     +     p     .     .     .     .     .     +     .     .     .     +
 Protected                  .     .     +     +     +     .     .     .     .     .     +     +     .     .     +
 FailingOver                .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 FailoverFailed             .     .     .     +     +     .     .     .     .     .     +     .     .     .     .
 FailedOver                 .     .     .     +     .     +     +     +     .     .     +     .     .     .     .
 ChangingPoint              .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 Committing                 .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 Committed                  .     .     .     +     .     .     .     +     .     .     +     .     .     .     .
 Reprotecting               .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 ReprotectFailed            .     .     .     +     .     .     .     +     .     .     +     .     .     .     .
 ReverseReplication         .     .     .     +     .     .     .     .     p     .     +     m     .     .     .
 ProtectedReverse           .     .     .     +     .     .     .     .     +     .     +     m     .     .     .
 FailingBack                .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 FailbackFailed             .     .     .     +     .     .     .     .     +     +     .     .     .     .     .
 FailedBack                 .     .     .     +     .     .     +     .     .     +     .     .     .     .     .
 CancellingFailback         .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 CommittingFailback         .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 FailedBackCommitted        .     d     .     +     .     .     .     d     .     .     +     .     .     .     .
 Disabling                  .     .     .     +     .     .     .     .     .     .     .     .     .     .     .
 DisablingFailed            .     .     .     +     .     .     .     .     .     .     +     .     .     .     .
 Abandoned                  v     v     v     v     v     v     v     v     v     v     v     v     v     v     v
";

fn letter(operation: Operation, phase: Phase) -> char {
    match allowed(operation, phase) {
        Verdict::Allowed => '+',
        Verdict::Refused(Refusal::NotNow(named)) if named == phase => '.',
        Verdict::Refused(Refusal::MustDisableFirst) => 'd',
        Verdict::Refused(Refusal::LeftoverMobilityService) => 'l',
        Verdict::Refused(Refusal::NoRecoveryPoint) => 'p',
        Verdict::Refused(Refusal::ManualResyncUnsupported) => 'm',
        Verdict::Refused(Refusal::VaultGone) => 'v',
        Verdict::Refused(other) => panic!("{operation:?} in {phase:?} is refused with {other:?}"),
    }
}

#[test]
fn every_operation_is_decided_in_every_phase() {
    let heads = MATRIX.lines().find(|line| !line.is_empty()).expect("a head");
    let mut table = format!("\n{heads}\n");
    for phase in PHASES {
        let cells: Vec<String> = Operation::ALL.iter().map(|cell| letter(*cell, phase).to_string()).collect();
        table.push_str(&format!(" {:<27}{}\n", format!("{phase:?}"), cells.join("     ")));
    }
    println!("{table}");
    assert_eq!(table, MATRIX);
}

/// In every phase that lasts, every order that the table refuses is refused with that reason, and changes nothing else.
#[test]
fn the_logic_refuses_what_the_table_refuses_and_nothing_moves() {
    for state in STATES {
        for (operation, line) in ORDERS {
            let mut hand = Hand::new(Estate::of(1));
            hand.reach(state);
            let (phase, verdict) = (hand.phase(), allowed(operation, hand.phase()));
            let before = hand.facts.len();
            let (did, _) = hand.tell(line);
            let facts: Vec<&Fact> = hand.facts[before..].iter().map(|(_, fact)| fact).collect();
            match verdict {
                Verdict::Refused(refusal) => {
                    assert_eq!(did, "", "{line} in {state}");
                    assert_eq!(hand.phase(), phase);
                    assert_eq!(facts, [&Fact::Refused { vm: Some(hand.vm), command: operation.name(), refusal }]);
                }
                Verdict::Allowed => {
                    let not_now = facts.iter().any(|fact| {
                        matches!(fact, Fact::Refused { refusal: Refusal::NotNow(_) | Refusal::MustDisableFirst, .. })
                    });
                    assert!(!not_now, "{line} in {state} is offered and yet: {facts:?}");
                }
            }
        }
    }
}

/// A late answer of something given up changes nothing: the VM was abandoned, or its copy was stopped.
#[test]
fn late_answers_are_ignored() {
    for state in STATES {
        let mut hand = Hand::new(Estate::of(1));
        hand.reach(state);
        hand.tell("uninstall-provider");
        let (phase, facts) = (hand.phase(), hand.facts.len());
        hand.all_done();
        let guest_cleaned = state == "unprotected-dirty";
        assert!(guest_cleaned || (hand.phase(), hand.facts.len()) == (phase, facts), "after {state}");
    }
}

const ORDERS: [(Operation, &str); 15] = [
    (Operation::CheckPrerequisites, "check"),
    (Operation::Enable, "enable"),
    (Operation::TestFailover, "test latest-processed"),
    (Operation::CleanUpTestFailover, "clean-up"),
    (Operation::FailOver, "fail-over latest-processed"),
    (Operation::ChangePoint, "change-point latest-processed"),
    (Operation::Commit, "commit"),
    (Operation::Reprotect, "reprotect"),
    (Operation::FailBack, "fail-back"),
    (Operation::CancelFailBack, "cancel"),
    (Operation::Disable, "disable"),
    (Operation::ManualResync, "resync"),
    (Operation::UninstallMobilityService, "uninstall"),
    (Operation::RestartVm, "restart"),
    (Operation::SetTestNetwork, "network lab"),
];
