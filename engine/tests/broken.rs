//! Deliberately broken steps of the search.
