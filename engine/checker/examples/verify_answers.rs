//! Reads batch answers on standard input and checks every certificate in them.

use keyaki_language::json;
use std::io::BufRead;

fn main() {
    let (mut good, mut bad) = (0, 0);
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let answer = json::parse(&line).expect("an answer");
        let Some(certificate) = answer.get("certificate") else {
            continue;
        };
        let list = certificate.as_array().unwrap_or(std::slice::from_ref(certificate));
        for certificate in list {
            let start = std::time::Instant::now();
            let text = certificate.to_string();
            let _ = &text;
            match keyaki_checker::verify(&certificate.to_string()) {
                Ok(_) => {
                    good += 1;
                    if start.elapsed().as_millis() > 15 {
                        println!("{} {:?} {}", answer.get("id").unwrap(), start.elapsed(), text.len());
                    }
                }
                Err(error) => {
                    bad += 1;
                    let id = answer.get("id").map(ToString::to_string).unwrap_or_default();
                    if bad < 40 {
                        println!("{id}: {error:?}");
                    }
                }
            }
        }
    }
    println!("{good} good, {bad} bad");
}
