//! Hundreds of Allow statements against hundreds, with Deny statements on either side: what the old document allows is then a disjunction of one long
//! conjunction and each Deny.

use super::document::{Clause, allow, deny, inside};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let home = |clause: Clause, at: u32, glob: &str| {
        clause.on([format!("arn:aws:s3:::bucket/home/{at:05}/{glob}")])
    };
    let each = |clause: &Clause, glob: &str| -> Vec<Clause> {
        (0..size).map(|at| home(clause.clone(), at, glob)).collect()
    };
    let get = allow().doing(["s3:Get*"]);
    let new = each(&get, "x*");
    let mut old = each(&get, "*");
    shuffle(&mut old, draw);
    let with = |clauses: &[Clause], more: &[Clause]| -> Vec<Clause> {
        clauses.iter().chain(more).cloned().collect()
    };
    let one = draw.below(size);
    let elsewhere = [deny().doing(["ec2:*"]), deny().on(["arn:aws:s3:::other/*"])];
    let insecure = [deny().when("Bool", "aws:SecureTransport", ["false"])];
    let wider = each(&deny(), "xx*");
    let mut narrower = each(&deny(), "xxx*");
    shuffle(&mut narrower, draw);
    let in_home = [home(deny(), one, "xyz*")];
    vec![
        inside("elsewhere", &new, &with(&old, &elsewhere), Expect::Holds),
        inside("in-one", &new, &with(&old, &in_home), Expect::Fails),
        inside(
            "in-one-of-both",
            &with(&new, &in_home),
            &with(&old, &in_home),
            Expect::Holds,
        ),
        inside("of-all", &new, &with(&old, &insecure), Expect::Fails),
        inside(
            "of-all-of-both",
            &with(&new, &insecure),
            &with(&old, &insecure),
            Expect::Holds,
        ),
        inside(
            "each-wider",
            &with(&new, &wider),
            &with(&old, &narrower),
            Expect::Holds,
        ),
        inside(
            "each-wider-but-one",
            &with(&new, &wider[1..]),
            &with(&old, &narrower),
            Expect::Fails,
        ),
    ]
}
