//! Any bytes as a file of each kind that `drsim import` reads; the first byte says which. What reads goes on to the scenario.

#![no_main]

use std::io::{Cursor, sink};

use drsim::import::{Import, Input, Kind, Map, Notes, Options, write};
use libfuzzer_sys::fuzz_target;

const MAPS: [&str; 3] =
    ["vm=a,size=b:GiB,os=c", "vm=a,time=b,rate=c:KiB/s", "vm=a,window=b:30m,written=c:4 KiB,unique=c:B"];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let kind = Kind::ALL[usize::from(*which) % Kind::ALL.len()].0;
    let map = Map::parse(MAPS[usize::from(*which) / Kind::ALL.len() % MAPS.len()]).expect("a map");
    let options = Options { maps: vec![map], fit: *which > 127, ..Options::default() };
    let mut import = Import::new(&options, Notes::new(None));
    if import.read(kind, Input::new("f", Cursor::new(bytes.to_vec())), &options).is_err() {
        return;
    }
    let limits = drsim::scenario::limits::profile("azure-stack-hub-2024").expect("the bundled profile");
    if let Ok((fleet, mut notes)) = import.fleet(&options, &limits) {
        let mut create = |_: &str| -> std::io::Result<Box<dyn std::io::Write>> { Ok(Box::new(sink())) };
        write(fleet, &mut notes, (&options, &limits), &["f".into()], &mut create).expect("nowhere is writable");
    }
});
