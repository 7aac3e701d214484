//! Bulk copies, reverse data, and what is given up: P31's way back, golden number G6.

use super::bench::*;
use drsim::contract::{CopyKind, Direction, Meter, Observation, OpId};
use drsim::inventory::limits::Envelope;
use drsim::units::{ApplianceId, ByteRate, Bytes, CacheId, Duration, LinkId, Ratio, StampId, Timestamp, VmId};

#[test]
fn a_copy_waits_for_its_delta_and_for_processing() {
    let mut bench = Bench::new(800);
    bench.inventory.limits.processing_delay = Duration::secs(250);
    let vm = bench.vm(1, vec![(steady(0), plain())]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_copy(Timestamp::START, OpId(1), vm, CopyKind::Initial, Direction::Forward);
    run.close(at(2_000));
    assert_eq!(run.completed(1), Some(at(1_250)), "100 GB at 100 MB/s, and 250 s");
    assert_eq!(run.ledger(vm), [100_000 * MB, 100_000 * MB, 0, 0, 0, 0]);
}

#[test]
fn bulk_gets_what_delta_leaves_and_resync_what_the_first_copy_leaves() {
    let mut bench = Bench::new(800);
    let busy = bench.vm(1, vec![(steady(60 * MB), plain())]);
    let copied = bench.vm(1, vec![(steady(0), plain())]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_stream(Timestamp::START, busy, Direction::Forward, marks(300));
    run.pipeline.start_copy(Timestamp::START, OpId(1), copied, CopyKind::Initial, Direction::Forward);
    run.until(at(5_000));
    assert_eq!(run.completed(1), Some(at(2_500)), "100 GB at 40 MB/s");
    assert!(run.marks_applied(busy).is_empty(), "the delta never waits");
}

/// G6: reverse onto new disks; everything passes the log account, which fills as far as the drain is slower.
#[test]
fn g6_the_log_account_peaks_at_the_sum_of_the_disks() {
    let mut bench = Bench::new(80);
    let sizes = [40, 20].map(|gb| bench.vm_of(1, vec![(steady(0), plain(), Bytes::gb(gb))]));
    let mut run = Run::of(bench.pipeline());
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    for (op, vm) in sizes.into_iter().enumerate() {
        run.pipeline.start_copy(Timestamp::START, OpId(op as u64), vm, CopyKind::ReverseFull, Direction::Reverse);
    }
    run.until(at(100)).set_link(at(100), LinkId(0), Ratio::ONE);
    run.close(at(10_000));
    assert!(run.peak(Meter::CacheUsed(CacheId(0))).abs_diff(60_000 * MB) < 3);
    assert_eq!(run.pipeline.cache_used(at(10_000), CacheId(0)), Bytes::ZERO);
    // 10 MB/s shared: 20 GB each by 4100 s, the rest alone.
    assert_eq!((run.completed(1), run.completed(0)), (Some(at(4_100)), Some(at(6_100))));
    assert_eq!(run.peak(Meter::Link(LinkId(0), Direction::Reverse)), 10 * MB);
    assert_eq!(run.peak(Meter::Link(LinkId(0), Direction::Forward)), 0);
}

/// P31: the way back. Divergence since the replica serves plus what lay behind the point: 28 720 and 13 280 MB, with new writes
/// of 4 and 2 MB/s first on a link of 12 MB/s: B in sync at 13 526.67 s, A at 16 100 s.
#[test]
fn p31_reverse_differences() {
    let mut bench = Bench::new(96);
    let a = bench.vm(1, vec![(steady(3 * MB), plain()), (steady(MB), plain())]);
    // One flow per VM in the oracle: equal shares per VM, so the disks of A weigh half (a second one for B).
    bench.path[0] = bench.path[0].map(|path| drsim::world::VmPath { weight: 1, ..path });
    let b = bench.vm(2, vec![(steady(2 * MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(1900));
    for (vm, mark, up) in [(a, 1200, 2620), (b, 1500, 2860)] {
        run.pipeline.lose_source(at(1900), vm);
        run.pipeline.diverge(at(1900), vm, at(mark));
        let _ = up;
    }
    for (vm, up) in [(a, 2620), (b, 2860)] {
        run.until(at(up));
        run.pipeline.set_writer(at(up), vm, true);
    }
    run.until(at(9100));
    for (op, vm) in [(1, a), (2, b)] {
        run.pipeline.start_copy(at(9100), OpId(op), vm, CopyKind::ReverseDifferences, Direction::Reverse);
    }
    run.close(at(20_000));
    // 42 000 MB at 6 MB/s in all, whatever the shares: the last is in sync at 16 100 s.
    let last = run.completed(1).max(run.completed(2)).expect("both are copied back");
    assert!(last.ns().abs_diff(at(16_100).ns()) <= 1, "{last}");
    assert_eq!(run.ledger(a)[3], 0);
}

#[test]
fn a_resync_compares_first_and_sends_only_what_differs() {
    let mut bench = Bench::new(800);
    bench.inventory.limits.disk_rate_max = ByteRate::mb(100);
    let vm = bench.vm(1, vec![(trace(1_000, &[0, 5 * MB, 0, 0, 0, 0, 0, 0]), plain())]);
    let mut run = bench.streaming();
    run.until(at(1_000)).stop_stream(at(1_000), vm);
    run.until(at(3_000));
    run.pipeline.start_copy(at(3_000), OpId(1), vm, CopyKind::Resync, Direction::Forward);
    run.close(at(7_000));
    assert_eq!(run.completed(1), Some(at(4_050)), "1000 s of comparing 100 GB, then 5 GB at 100 MB/s");
    assert_eq!(run.ledger(vm)[0], 5_000 * MB);
}

/// An empty cache is no sign of life: who asks to process hears nothing until the service works.
#[test]
fn a_service_that_is_down_processes_nothing_even_if_nothing_waits() {
    let mut bench = Bench::new(80);
    bench.inventory.limits.processing_delay = Duration::secs(20);
    let vm = bench.vm(1, vec![(steady(0), plain())]);
    let mut run = bench.streaming();
    run.until(at(50)).set_service(at(50), StampId(1), false);
    run.until(at(100)).process_pending(at(100), OpId(2), vm);
    run.until(at(300)).set_service(at(300), StampId(1), true);
    run.close(at(1_000));
    let answered = run.said.iter().find(|(_, word)| matches!(word, Observation::Processed { .. }));
    assert_eq!(answered, Some(&(at(320), Observation::Processed { op: OpId(2), through: at(100) })));
}

/// The link is down from 50 s on; the machine is lost at 100 s, or its stream ends then: nothing later than 50 s was received.
#[test]
fn what_is_processed_after_a_loss_is_not_later_than_what_was_received() {
    for lost in [true, false] {
        let mut bench = Bench::new(80);
        bench.inventory.limits.processing_delay = Duration::secs(20);
        let vm = bench.vm(1, vec![(steady(4 * MB), plain())]);
        let mut run = bench.streaming();
        run.until(at(50)).set_link(at(50), LinkId(0), Ratio::ZERO);
        run.until(at(100));
        if lost {
            run.pipeline.lose_source(at(100), vm);
        } else {
            run.pipeline.stop_stream(at(100), vm);
        }
        run.until(at(200)).process_pending(at(200), OpId(2), vm);
        run.close(at(1_000));
        let answered = run.said.iter().find(|(_, word)| matches!(word, Observation::Processed { .. }));
        assert_eq!(answered, Some(&(at(220), Observation::Processed { op: OpId(2), through: at(50) })), "lost: {lost}");
    }
}

/// A copy is answered also when its machine is lost amid it: else nobody would begin it again.
#[test]
fn a_copy_that_is_lost_with_its_machine_is_answered_as_interrupted() {
    let mut bench = Bench::new(80);
    let vm = bench.vm_of(1, vec![(steady(MB), plain(), Bytes::gb(10))]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_copy(Timestamp::START, OpId(1), VmId(0), CopyKind::Initial, Direction::Forward);
    run.until(at(100)).lose_source(at(100), VmId(0));
    run.close(at(200));
    let failed = Observation::Failed { op: OpId(1), cause: drsim::contract::Cause::Interrupted };
    assert!(run.said.iter().any(|(_, word)| *word == failed), "{vm:?}: {:?}", run.said);
}

/// The machine is lost at 100 s and boots again: what it writes is not tracked, so a mark in it is never applied.
#[test]
fn a_mark_that_is_cut_where_nothing_streams_fails_at_once() {
    let mut bench = Bench::new(800);
    let vm = bench.vm(1, vec![(steady(MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(100)).lose_source(at(100), vm);
    run.until(at(200)).set_writer(at(200), vm, true);
    run.until(at(300)).cut_mark(at(300), OpId(1), vm);
    run.close(at(400));
    let failed = Observation::Failed { op: OpId(1), cause: drsim::contract::Cause::Interrupted };
    assert!(run.said.contains(&(at(300), failed)), "{:?}", run.said);
}

#[test]
fn a_cut_mark_and_pending_data_are_answered_when_served() {
    let mut bench = Bench::new(80).envelope(Envelope { storage_rate: ByteRate::mb(10), ..Envelope::default() });
    bench.inventory.limits.processing_delay = Duration::secs(20);
    let vm = bench.vm(1, vec![(steady(4 * MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(100)).cut_mark(at(100), OpId(1), vm);
    run.pipeline.process_pending(at(100), OpId(2), vm);
    run.pipeline.set_link(at(100), LinkId(0), Ratio::ZERO);
    run.until(at(150)).read_backlog(at(150), OpId(3), vm);
    run.pipeline.cut_mark(at(150), OpId(4), vm);
    run.pipeline.set_service(at(150), StampId(1), true);
    run.until(at(250)).set_link(at(250), LinkId(0), Ratio::ONE);
    run.close(at(1_000));
    // 400 MB at 10 MB/s from 150 s on: served at 190. What was written by 150 follows from 250 on: 200 MB, served at 270.
    assert_eq!(run.completed(1), Some(at(210)));
    assert_eq!(run.completed(4), Some(at(290)));
    let said = |word: Observation| run.said.iter().find(|(_, w)| *w == word).map(|(t, _)| *t);
    assert_eq!(said(Observation::Processed { op: OpId(2), through: at(100) }), Some(at(210)));
    let backlog = Observation::Backlog {
        op: OpId(3),
        at_source: Bytes::mb(200),
        in_cache: Bytes::mb(400),
        oldest_in_cache: Some(at(0)),
    };
    assert_eq!(said(backlog), Some(at(150)));
}

#[test]
fn what_is_given_up_is_in_the_ledger() {
    let mut bench = Bench::new(80);
    let [stopped, lost, thrown] = [0; 3].map(|_| bench.vm(1, vec![(steady(MB), plain())]));
    let mut run = bench.streaming();
    run.pipeline.set_service(Timestamp::START, StampId(1), false);
    run.until(at(100)).set_link(at(100), LinkId(0), Ratio::ZERO);
    run.until(at(300)).stop_stream(at(300), stopped);
    let loss = run.pipeline.lose_source(at(300), lost);
    assert_eq!((loss.received, loss.in_cache, loss.at_source), (at(100), Bytes::mb(100), Bytes::mb(200)));
    run.pipeline.discard_difflog(at(300), thrown);
    assert_eq!(run.pipeline.cache_used(at(300), CacheId(0)), Bytes::mb(200));
    run.until(at(400)).set_service(at(400), StampId(1), true);
    run.close(at(500));
    assert_eq!(run.ledger(stopped), [300 * MB, 100 * MB, 0, 0, 200 * MB, 0]);
    assert_eq!(run.ledger(lost), [300 * MB, 100 * MB, 0, 0, 0, 200 * MB], "what was received is still applied");
    assert_eq!(run.ledger(thrown), [500 * MB, 0, 400 * MB, 0, 0, 100 * MB]);
    let backlog = run.level(Meter::SourceBacklog(ApplianceId(0)));
    assert_eq!(backlog[backlog.len() - 1].3, 400 * MB);
}

/// 10 MB/s, of which the guest's writes take 1 and the copy 9: 900 MB of it had passed when it is given up after 100 s. Writes are tracked
/// on for the stream alone.
#[test]
fn a_copy_that_is_given_up_is_not_answered() {
    let mut bench = Bench::new(80);
    let vm = bench.vm(1, vec![(steady(MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.start_copy(Timestamp::START, OpId(1), vm, CopyKind::Initial, Direction::Forward);
    run.until(at(100)).stop_copy(at(100), vm);
    run.close(at(20_000));
    assert_eq!(run.completed(1), None);
    let [written, applied, ..] = run.ledger(vm);
    assert_eq!((written, applied), (20_900 * MB, 20_900 * MB), "900 MB of the copy had passed; the stream goes on");
}

/// The same without a stream, as where a protection is disabled during its initial replication: what is written after 100 s is nobody's.
/// The link is idle, and behind a cut nothing waits.
#[test]
fn what_is_written_after_a_copy_was_given_up_is_not_sent() {
    let mut bench = Bench::new(80);
    let vm = bench.vm(1, vec![(steady(MB), plain())]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_copy(Timestamp::START, OpId(1), vm, CopyKind::Initial, Direction::Forward);
    run.until(at(100)).stop_copy(at(100), vm);
    run.until(at(200)).set_link(at(200), LinkId(0), Ratio::ZERO);
    run.close(at(20_000));
    assert_eq!(run.completed(1), None);
    assert_eq!(run.ledger(vm), [1_000 * MB, 1_000 * MB, 0, 0, 0, 0], "100 MB of writes and 900 MB of the copy");
    let forward = run.level(Meter::Link(LinkId(0), Direction::Forward));
    assert!(forward.iter().all(|(from, start, ..)| *start == if *from < 100.0 { 10 * MB } else { 0 }), "{forward:?}");
    let waits = run.level(Meter::SourceBacklog(ApplianceId(0)));
    assert!(waits.iter().all(|(from, start, _, end)| *from < 100.0 || *start + *end == 0), "{waits:?}");
}

#[test]
fn a_reverse_stream_loads_the_link_the_other_way_and_sets_marks() {
    let mut bench = Bench::new(80);
    bench.inventory.limits.processing_delay = Duration::secs(30);
    let vm = bench.vm(1, vec![(steady(4 * MB), plain())]);
    let mut run = Run::of(bench.pipeline());
    run.pipeline.start_stream(Timestamp::START, vm, Direction::Reverse, marks(300));
    run.until(at(1_000)).set_link(at(1_000), LinkId(0), Ratio::ZERO);
    run.until(at(1_600)).set_link(at(1_600), LinkId(0), Ratio::ONE);
    run.close(at(3_000));
    assert_eq!(run.peak(Meter::Link(LinkId(0), Direction::Reverse)), 10 * MB);
    assert_eq!(run.peak(Meter::Service(StampId(1))), 0);
    // The log account takes what the link does not: received at once, applied after the outage.
    assert_pieces(&run.lag(vm, false), &[[0.0, 0.0, 3_000.0, 0.0]]);
    assert_eq!(run.marks_applied(vm), [(1_200.0, 1_710.0), (1_500.0, 1_830.0), (1_800.0, 1_950.0)]);
}

#[test]
fn a_resync_takes_over_the_bitmap_and_restores_order() {
    let mut bench = Bench::new(80);
    bench.inventory.limits.appliance_buffer = Bytes::mb(100);
    let vm = bench.vm(1, vec![(steady(MB), plain())]);
    let mut run = bench.streaming();
    run.pipeline.set_link(Timestamp::START, LinkId(0), Ratio::ZERO);
    run.until(at(1_000));
    run.pipeline.start_copy(at(1_000), OpId(1), vm, CopyKind::Resync, Direction::Forward);
    run.pipeline.set_link(at(1_000), LinkId(0), Ratio::ONE);
    run.close(at(2_000));
    // 100 MB of the appliance's disk and 4 MiB in the agent last 104 s. 1000 MB differ; the delta leaves 9 of 10 MB/s.
    let done = run.completed(1).expect("it ends").secs_f64();
    assert!((done - (1_000.0 + 1_000.0 / 9.0)).abs() < 1e-6, "{done}");
    let order: Vec<f64> = run
        .said
        .iter()
        .filter(|(_, w)| matches!(w, Observation::OrderLost { .. } | Observation::OrderRestored { .. }))
        .map(|(t, _)| t.secs_f64())
        .collect();
    assert!(order.len() == 2 && (order[0] - 104.194304).abs() < 1e-6 && (order[1] - done).abs() < 1e-6, "{order:?}");
    assert_eq!(run.ledger(vm), [3_000 * MB, 2_000 * MB, 0, 0, 1_000 * MB, 0], "sent by the copy instead");
    let last = run.said.last().map(|(_, w)| w.clone());
    assert!(matches!(last, Some(Observation::KeepingUp { from_mark, .. }) if from_mark == at(1_200)), "{last:?}");
}

/// Marks every 300 s, 250 s of processing, the service down from 700 s to 1000 s. The mark of 300 s is usable since 550 s; that of 600 s,
/// served at once, is being processed when the service goes down, and so is the cut of 650 s: both take their 250 s from 1000 s on. The
/// mark of 900 s is served when the service works again, then marks come by rule.
#[test]
fn what_is_being_processed_when_the_service_goes_down_is_usable_a_whole_delay_after_it_works_again() {
    let mut bench = Bench::new(800);
    bench.inventory.limits.processing_delay = Duration::secs(250);
    let vm = bench.vm(1, vec![(steady(MB), plain())]);
    let mut run = bench.streaming();
    run.until(at(650)).cut_mark(at(650), OpId(1), vm);
    run.until(at(700)).set_service(at(700), StampId(1), false);
    run.until(at(1000)).set_service(at(1000), StampId(1), true);
    run.close(at(4000));
    let told = run.marks_applied(vm);
    assert_eq!(told[0], (600.0, 1250.0));
    assert!(told[1].0 == 900.0 && (1250.0..1251.0).contains(&told[1].1), "{told:?}");
    assert_eq!(run.completed(1), Some(at(1250)));
    let fell = run.said.iter().find_map(|(when, word)| match word {
        Observation::FellBehind { last_mark, .. } => Some((*when, *last_mark)),
        _ => None,
    });
    assert_eq!(fell.map(|(when, last)| (when.secs_f64().round(), last)), Some((700.0, at(300))));
}
