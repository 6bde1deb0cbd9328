//! Equal options give equal bytes, and a prefix of a large snapshot is a small one.

use keyaki_corpus::generate::Options;

fn resources(accounts: u32, count: u64, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    Options::new(accounts, count, seed)
        .expect("in range")
        .write_resources(&mut bytes)
        .expect("memory takes it");
    bytes
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(resources(50, 2_000, 1), resources(50, 2_000, 1));
    assert_ne!(resources(50, 2_000, 1), resources(50, 2_000, 2));
    let organization = |seed| {
        let mut bytes = Vec::new();
        Options::new(50, 0, seed)
            .expect("in range")
            .write_organization(&mut bytes)
            .expect("memory takes it");
        bytes
    };
    assert_eq!(organization(1), organization(1));
    assert_ne!(organization(1), organization(2));
}

#[test]
fn a_small_snapshot_begins_a_large_one() {
    assert!(resources(50, 2_000, 9).starts_with(&resources(50, 500, 9)));
}

#[test]
fn numbers_out_of_range_are_refused() {
    for accounts in [0, 50_001] {
        let error = Options::new(accounts, 1, 1).expect_err("out of range");
        assert!(error.contains("from 1 to 50000"), "{error}");
    }
}
