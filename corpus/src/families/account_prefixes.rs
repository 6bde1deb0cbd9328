//! Account ids cut by how they begin, end and go on: hundreds of patterns of which each leaves something, and all together nothing.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const ARN: &str = "aws:PrincipalArn";
const ACCOUNT: &str = "aws:PrincipalAccount";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    // As many numbers as the digits before it give.
    let digits = size.clamp(1, 3) as usize;
    let mut numbers: Vec<String> = (0..10u32.pow(digits as u32))
        .map(|at| format!("{at:0digits$}"))
        .collect();
    shuffle(&mut numbers, draw);
    let arns: Vec<String> = numbers
        .iter()
        .map(|number| format!("arn:aws:iam::{number}*:role/x"))
        .collect();
    // An identity's policy, so that the caller has an account; the pattern says the partition.
    let role = || allow().when("StringLike", ARN, ["arn:aws:iam::*:role/x"]);
    let each = |list: &[String], make: &dyn Fn(&String) -> Clause| -> Vec<Clause> {
        std::iter::once(role())
            .chain(list.iter().map(make))
            .collect()
    };
    let arn_out = |arn: &String| deny().when("StringLike", ARN, [arn.as_str()]);
    let beginning_out =
        |number: &String| deny().when("StringLike", ACCOUNT, [format!("{number}*")]);
    let end_out = |number: &String| deny().when("StringLike", ACCOUNT, [format!("*{number}")]);
    let inner_out = |number: &String| {
        let rest = "?".repeat(12 - digits - 4);
        deny().when("StringLike", ACCOUNT, [format!("????{number}{rest}")])
    };
    let list_out = |list: &[String]| vec![role(), deny().when("StringLike", ARN, list.to_vec())];
    let mut questions = vec![
        satisfiable("in-one-list", &list_out(&arns), Expect::Fails),
        satisfiable("in-one-list-but-one", &list_out(&arns[1..]), Expect::Holds),
        inside(
            "in-beginnings",
            &[role()],
            &[allow().when(
                "StringLike",
                ACCOUNT,
                numbers.iter().map(|number| format!("{number}*")),
            )],
            Expect::Holds,
        ),
        inside(
            "in-beginnings-but-one",
            &[role()],
            &[allow().when(
                "StringLike",
                ACCOUNT,
                numbers[1..].iter().map(|number| format!("{number}*")),
            )],
            Expect::Fails,
        ),
    ];
    type Out<'o> = (&'o str, &'o [String], &'o dyn Fn(&String) -> Clause);
    let ways: [Out; 4] = [
        ("arns", &arns, &arn_out),
        ("beginnings", &numbers, &beginning_out),
        ("ends", &numbers, &end_out),
        ("inner-digits", &numbers, &inner_out),
    ];
    for (name, list, out) in ways {
        questions.push(satisfiable(
            &format!("without-{name}"),
            &each(list, out),
            Expect::Fails,
        ));
        questions.push(satisfiable(
            &format!("without-{name}-but-one"),
            &each(&list[1..], out),
            Expect::Holds,
        ));
    }
    questions
}
