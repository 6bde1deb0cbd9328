//! Benches of Keyaki by theme; see `benches/README.md` for how to run them and `benches/record` for results.
