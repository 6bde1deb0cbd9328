//! The names of the profiles that there are, for whoever mistyped one. What they say is read by the SDK.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;

/// All names, from both files of the AWS configuration (AWS SDKs and Tools Reference Guide, "Using shared config and credentials files").
pub(super) fn names() -> BTreeSet<String> {
    let file = |variable: &str, name: &str| {
        let own = env::var_os(variable).filter(|path| !path.is_empty());
        own.map(PathBuf::from).or_else(|| {
            let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
            Some(PathBuf::from(home).join(".aws").join(name))
        })
    };
    let read = |path: Option<PathBuf>| path.and_then(|path| fs::read_to_string(path).ok());
    let config = read(file("AWS_CONFIG_FILE", "config")).unwrap_or_default();
    let credentials = read(file("AWS_SHARED_CREDENTIALS_FILE", "credentials")).unwrap_or_default();
    let mut names: BTreeSet<String> = titles(&credentials).map(str::to_owned).collect();
    for title in titles(&config) {
        // There, whatever else has no `profile` before it is no profile.
        let name = title
            .strip_prefix("profile")
            .filter(|name| name.starts_with([' ', '\t']));
        if let Some(name) = name.or((title == "default").then_some(title)) {
            names.insert(name.trim().to_owned());
        }
    }
    names
}

/// What stands in brackets at the beginning of lines.
fn titles(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (title, _) = line.trim().strip_prefix('[')?.split_once(']')?;
        Some(title.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::titles;

    #[test]
    fn titles_stand_in_brackets() {
        let text =
            "[default]\nregion = [x]\n# [no]\n[ profile  audit ] # yes\n[sso-session s]\n[half\n";
        let found: Vec<&str> = titles(text).collect();
        assert_eq!(found, ["default", "profile  audit", "sso-session s"]);
    }
}
