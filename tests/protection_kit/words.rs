//! The words of the tables: lines in, effects and facts out, short enough for a column.

use drsim::contract::{
    Cause, Command, Effect, Enabling, Fact, Meter, Observation, OpId, Phase, PointChoice, ResyncReason,
};
use drsim::units::{ApplianceId, Bytes, CacheId, Duration, PlanId, StampId, SubscriptionId, Timestamp, VmId};

use super::{Hand, all_well, at};

/// Acts on one line of a table.
pub fn act(hand: &mut Hand, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let vm = hand.vm;
    match word {
        "enable" | "check" | "test" | "clean-up" | "fail-over" | "change-point" | "commit" | "reprotect"
        | "fail-back" | "cancel" | "disable" | "resync" | "uninstall" | "restart" | "network" | "register"
        | "delete-appliance" | "delete-vault" | "uninstall-provider" | "plan" => hand.order(command(vm, word, rest)),
        "done" => hand.done(),
        "failed" => hand.failed(cause(rest)),
        "found" => found(hand, rest),
        "processed" => {
            let (op, _) = hand.next_open();
            hand.see(Observation::Processed { op, through: at(rest) });
        }
        "backlog" => {
            let (op, _) = hand.next_open();
            let oldest_in_cache = (rest != "none").then(|| at(rest));
            hand.see(Observation::Backlog { op, at_source: Bytes::ZERO, in_cache: Bytes::ZERO, oldest_in_cache });
        }
        "mark" => hand.see(Observation::MarkApplied { vm, mark: at(rest) }),
        "keeping-up" => {
            let (from, lag) = rest.rsplit_once(' ').expect("a mark and a lag");
            let lag: Duration = lag.parse().expect("a span");
            hand.see(Observation::KeepingUp { vm, from_mark: at(from), lag });
        }
        "fell-behind" => hand.see(Observation::FellBehind { vm, last_mark: at(rest) }),
        "order-lost" => hand.see(Observation::OrderLost { vm, since: at(rest) }),
        "order-restored" => hand.see(Observation::OrderRestored { vm }),
        "needs-resync" => hand.see(Observation::ResyncNeeded { vm, why: resync(rest) }),
        "agent-silent" => hand.see(Observation::AgentSilent { vm, since: at(rest) }),
        "agent-back" => hand.see(Observation::AgentBack { vm }),
        "cache-refuses" => hand.see(Observation::CacheRefuses { cache: CacheId(0) }),
        "cache-accepts" => hand.see(Observation::CacheAccepts { cache: CacheId(0) }),
        "silence" => hand.beats = false,
        "heartbeat" => {
            hand.beats = true;
            hand.heartbeat();
        }
        "until" => hand.until(at(rest)),
        other => panic!("`{other}` is no word of the tables"),
    }
}

fn command(vm: VmId, word: &str, rest: &str) -> Command {
    let (point, shut_down) = match rest.strip_suffix("shut-down") {
        Some(point) => (point.trim(), true),
        None => (rest, false),
    };
    let appliance = ApplianceId(0);
    match word {
        "enable" => Command::Enable { vms: vec![vm], via: Enabling::Script },
        "check" => Command::CheckPrerequisites { vm },
        "test" => Command::TestFailover { vm, point: choice(point) },
        "clean-up" => Command::CleanUpTestFailover { vm },
        "fail-over" => Command::FailOver { vm, point: choice(point), shut_down },
        "change-point" => Command::ChangePoint { vm, point: choice(point) },
        "commit" => Command::Commit { vm },
        "reprotect" => Command::Reprotect { vm },
        "fail-back" => Command::FailBack { vm },
        "cancel" => Command::CancelFailBack { vm },
        "disable" => Command::Disable { vm },
        "resync" => Command::ManualResync { vm },
        "uninstall" => Command::UninstallMobilityService { vm },
        "restart" => Command::RestartVm { vm },
        "network" => Command::SetTestNetwork { vm, network: (rest != "none").then(|| rest.to_owned()) },
        "register" => Command::RegisterAppliance { appliance },
        "delete-appliance" => Command::DeleteAppliance { appliance },
        "delete-vault" => Command::DeleteVault { appliance },
        "uninstall-provider" => Command::UninstallProvider { stamp: StampId(1) },
        "plan" => Command::RunPlan { plan: PlanId(0), point: choice(point), shut_down },
        other => panic!("`{other}` is no command"),
    }
}

fn choice(text: &str) -> PointChoice {
    match text {
        "latest" => PointChoice::Latest,
        "latest-processed" | "" => PointChoice::LatestProcessed,
        "latest-app-consistent" => PointChoice::LatestAppConsistent,
        "latest-multi-vm" => PointChoice::LatestMultiVm,
        "latest-multi-vm-app-consistent" => PointChoice::LatestMultiVmAppConsistent,
        custom => PointChoice::Custom(at(custom)),
    }
}

fn cause(text: &str) -> Cause {
    match text {
        "unreachable" => Cause::Unreachable,
        "missing" => Cause::Missing,
        "quota" => Cause::QuotaExceeded(Meter::QuotaCores(SubscriptionId(1))),
        "placement" => Cause::NoPlacement(StampId(1)),
        "slots" => Cause::NoSlots { need: 2, free: 1 },
        "size" => Cause::SizeOutOfRange,
        "interrupted" => Cause::Interrupted,
        other => panic!("`{other}` is no cause"),
    }
}

fn resync(text: &str) -> ResyncReason {
    match text {
        "unclean" => ResyncReason::UncleanShutdown,
        "dirty" => ResyncReason::TooMuchDirty,
        "tampered" => ResyncReason::ReplicaDiskTampered,
        "disk-missing" => ResyncReason::ReplicaDiskMissing,
        "log-missing" => ResyncReason::LogAccountMissing,
        other => panic!("`{other}` is no reason for a resync"),
    }
}

/// Answers an inspection: everything is well but for the words that follow.
fn found(hand: &mut Hand, words: &str) {
    let mut findings = all_well();
    for word in words.split_whitespace() {
        match word {
            "no-vm" => findings.source_vm_exists = false,
            "no-disks" => findings.source_disks_reusable = false,
            "disks-elsewhere" => findings.source_disks_elsewhere = true,
            "no-subscription" => findings.source_subscription_exists = false,
            "no-group" => findings.source_resource_group_exists = false,
            "no-source-network" => findings.source_network_exists = false,
            "no-guest" => findings.guest_supported = false,
            "leftover" => findings.mobility_service_left_over = true,
            "no-certificate" => findings.certificate_trusted = false,
            "serving-down" => findings.serving_vm_runs = false,
            "no-appliance" => findings.appliance_exists = false,
            "sick-appliance" => findings.appliance_healthy = false,
            "one-slot" => findings.slots_free = 1,
            "no-cache" => findings.cache_account_exists = false,
            "no-target-network" => findings.target_network_exists = false,
            other => panic!("`{other}` is nothing one can find"),
        }
    }
    hand.found(findings);
}

/// An effect without op and VM: `Copy Initial Forward`.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Copy { kind, direction, .. } => format!("Copy {kind:?} {direction:?}"),
        Effect::StartStream { direction, .. } => format!("StartStream {direction:?}"),
        Effect::BuildDisks { role, mark, .. } => format!("BuildDisks {role:?} {}", clock(*mark)),
        Effect::CreateMachine { role, .. } => format!("CreateMachine {role:?}"),
        Effect::StartMachine { role, .. } => format!("StartMachine {role:?}"),
        Effect::ShutDownMachine { role, .. } => format!("ShutDownMachine {role:?}"),
        Effect::DeleteMachine { role, .. } => format!("DeleteMachine {role:?}"),
        Effect::RestartMachine { role, .. } => format!("RestartMachine {role:?}"),
        Effect::HoldPoints { marks, .. } => format!("HoldPoints {}", marks.len()),
        other => {
            let text = format!("{other:?}");
            text.split([' ', '{']).next().expect("a name").to_owned()
        }
    }
}

/// A fact worth a column; phases, jobs that go well and steps are not.
pub fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Refused { refusal, .. } => format!("refused {refusal:?}"),
        Fact::Warned { warning, .. } => format!("warned {warning:?}"),
        Fact::Alarm { alarm } => format!("alarm {alarm:?}"),
        Fact::AlarmCleared { alarm } => format!("cleared {alarm:?}"),
        Fact::HealthChanged { health, reason, .. } => format!("{health:?} {reason:?}"),
        Fact::JobFailed { job, cause, .. } => format!("{job:?} failed {}", cause_word(*cause)),
        Fact::PointMade { mark, .. } => format!("point {}", clock(*mark)),
        Fact::PointsMade { run, .. } => format!("points {}-{}", clock(run.first), clock(run.last)),
        Fact::PointsDropped { .. } => "points dropped".to_owned(),
        Fact::PointChosen { mark, .. } => format!("chosen {}", clock(*mark)),
        Fact::ResyncStarted { .. } => "resync".to_owned(),
        Fact::ResyncDone { .. } => "resync done".to_owned(),
        Fact::TestEntered { running, .. } => format!("test {}", if *running { "up" } else { "gone" }),
        _ => return None,
    })
}

fn cause_word(cause: Cause) -> String {
    let text = format!("{cause:?}");
    text.split(['(', ' ']).next().expect("a name").to_owned()
}

/// "02:05", with the day before it when it is not the first.
pub fn clock(moment: Timestamp) -> String {
    let text = moment.to_string();
    let text = text.strip_suffix(":00").unwrap_or(&text);
    text.strip_prefix("0d ").unwrap_or(text).to_owned()
}

/// "FailedBackCommitted" as "failed-back-committed".
pub fn phase(phase: Phase) -> String {
    let mut word = String::new();
    for letter in format!("{phase:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// The op that an effect waits for.
pub fn op(effect: &Effect) -> Option<OpId> {
    match effect {
        Effect::Inspect { op, .. }
        | Effect::InstallAgent { op, .. }
        | Effect::RemoveExtension { op, .. }
        | Effect::UninstallMobilityService { op, .. }
        | Effect::RestartMachine { op, .. }
        | Effect::CreateReplicaDisks { op, .. }
        | Effect::ResizeReplicaDisks { op, .. }
        | Effect::DeleteReplicaDisks { op, .. }
        | Effect::Copy { op, .. }
        | Effect::CutMark { op, .. }
        | Effect::ProcessPending { op, .. }
        | Effect::ReadBacklog { op, .. }
        | Effect::ReadPoints { op, .. }
        | Effect::BuildDisks { op, .. }
        | Effect::CreateMachine { op, .. }
        | Effect::StartMachine { op, .. }
        | Effect::ShutDownMachine { op, .. }
        | Effect::DeleteMachine { op, .. }
        | Effect::DetachSourceDisks { op, .. }
        | Effect::CopySourceDisks { op, .. }
        | Effect::CreateSourceDisks { op, .. }
        | Effect::AttachToAppliance { op, .. }
        | Effect::DetachFromAppliance { op, .. }
        | Effect::RebuildOriginal { op, .. }
        | Effect::RevertOriginal { op, .. }
        | Effect::DeleteAppliance { op, .. } => Some(*op),
        Effect::StopCopy { .. }
        | Effect::StartStream { .. }
        | Effect::StopStream { .. }
        | Effect::DiscardDifflog { .. }
        | Effect::HoldPoints { .. } => None,
    }
}

/// The VM that an effect is about.
pub fn vm(effect: &Effect) -> Option<VmId> {
    let text = format!("{effect:?}");
    let (_, rest) = text.split_once("vm: VmId(")?;
    rest.split_once(')')?.0.parse().ok().map(VmId)
}
