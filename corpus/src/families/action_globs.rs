//! A hundred globs of actions such as `s3:*Get*Object*`, against one another, as `Action` and as `NotAction`.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const VERBS: [&str; 10] = [
    "Get",
    "Put",
    "List",
    "Delete",
    "Create",
    "Restore",
    "Replicate",
    "Describe",
    "Update",
    "Abort",
];
const THINGS: [&str; 10] = [
    "Object",
    "Bucket",
    "Acl",
    "Version",
    "Tagging",
    "Policy",
    "Lifecycle",
    "Retention",
    "Upload",
    "Job",
];

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let pair = |at: u32| {
        let (verb, thing) = (VERBS[at as usize % 10], THINGS[at as usize / 10 % 10]);
        let third = THINGS[(at as usize / 100 + at as usize / 10 + 1) % 10];
        match at / 100 {
            0 => format!("s3:*{verb}*{thing}*"),
            _ => format!("s3:*{verb}*{thing}*{third}*"),
        }
    };
    let mut globs: Vec<String> = (0..size).map(pair).collect();
    let sorted = globs.clone();
    shuffle(&mut globs, draw);
    let narrower: Vec<String> = globs
        .iter()
        .map(|glob| glob.replacen("s3:*", "s3:x*", 1))
        .collect();
    let behind: Vec<String> = sorted.iter().map(|glob| format!("{glob}end")).collect();
    let each = |globs: &[String]| -> Vec<Clause> {
        globs
            .iter()
            .map(|glob| allow().doing([glob.as_str()]))
            .collect()
    };
    let list = |globs: &[String]| vec![allow().doing(globs.to_vec())];
    let none = |globs: &[String]| -> Vec<Clause> {
        globs
            .iter()
            .map(|glob| deny().doing([glob.as_str()]))
            .collect()
    };
    let with = |first: Clause, rest: Vec<Clause>| -> Vec<Clause> {
        std::iter::once(first).chain(rest).collect()
    };
    let only: Vec<Clause> = sorted
        .iter()
        .take(20)
        .map(|glob| deny().not_doing([glob.as_str()]))
        .collect();
    let spelled = "s3:GetPutListDeleteCreateRestoreReplicateDescribeUpdateAbortObjectBucketAclVersionTaggingPolicyLifecycleRetentionUploadJob";
    vec![
        inside(
            "another-order",
            &list(&globs),
            &each(&sorted),
            Expect::Holds,
        ),
        inside("narrower", &each(&narrower), &list(&sorted), Expect::Holds),
        inside("with-an-end", &each(&behind), &list(&globs), Expect::Holds),
        inside(
            "with-an-end-turned",
            &list(&globs),
            &each(&behind),
            Expect::Fails,
        ),
        inside(
            "one-less",
            &list(&globs),
            &each(&sorted[1..]),
            Expect::holds_if(size == 1),
        ),
        inside(
            "but-these",
            &[allow().not_doing(globs.clone())],
            &with(allow(), none(&sorted)),
            Expect::Holds,
        ),
        inside(
            "but-these-turned",
            &with(allow(), none(&sorted)),
            &[allow().not_doing(globs.clone())],
            Expect::Holds,
        ),
        inside(
            "but-narrower-ones",
            &[allow().not_doing(globs.clone())],
            &with(allow(), none(&narrower)),
            Expect::Holds,
        ),
        inside(
            "but-wider-ones",
            &[allow().not_doing(narrower.clone())],
            &with(allow(), none(&sorted)),
            Expect::Fails,
        ),
        satisfiable(
            "all-of-twenty",
            &with(allow().doing(["s3:*"]), only.clone()),
            Expect::Holds,
        ),
        satisfiable(
            "all-of-twenty-spelt",
            &with(allow().doing([spelled]), only.clone()),
            Expect::Holds,
        ),
        satisfiable(
            "all-of-twenty-and-none",
            &with(
                allow().doing(["s3:*"]),
                only.iter()
                    .cloned()
                    .chain([deny().doing([sorted[0].as_str()])])
                    .collect(),
            ),
            Expect::Fails,
        ),
    ]
}
