//! Every file name of a problem folder, spelled once.

use crate::domain::problem::Category;

/// The manifest.
pub const MANIFEST: &str = "problem.toml";
/// The interviewer's brief.
pub const STATEMENT: &str = "statement.md";
/// What the candidate opens.
pub const STARTER: &str = "starter.rs";
/// The stub of the twist.
pub const FOLLOWUP: &str = "followup.rs";
/// The public samples.
pub const SAMPLES: &str = "suites/sample.rs";
/// The model solution.
pub const REFERENCE: &str = "solutions/reference.rs";
/// Folder of other correct designs.
pub const ALTERNATES: &str = "solutions/alternates/";
/// Folder of flawed solutions, one folder per category below it.
pub const MUTANTS: &str = "solutions/mutants/";

/// Which small changes of the reference no check can notice, and why.
pub const SURVIVORS: &str = "solutions/survivors.toml";

/// The word that names a category's suite file and its folder of mutants.
pub fn stem(category: Category) -> &'static str {
    match category {
        Category::Core => "core",
        Category::Edge => "edge",
        Category::Concurrency => "concurrency",
        Category::Performance => "performance",
        Category::FollowUp => "followup",
    }
}

/// The file of a category's hidden suite.
pub fn suite(category: Category) -> String {
    format!("suites/{}.rs", stem(category))
}

/// The files that every problem folder holds.
pub fn required() -> Vec<String> {
    let mut files: Vec<String> = [MANIFEST, STATEMENT, STARTER, FOLLOWUP, SAMPLES, REFERENCE]
        .map(str::to_owned)
        .to_vec();
    files.extend(Category::ALL.map(suite));
    files
}

/// What a file of a problem folder is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// One of [`required`].
    Required,
    /// [`SURVIVORS`]: a problem may have it.
    Survivors,
    /// A correct solution of another design, by name.
    Alternate(String),
    /// A flawed solution: the category that must reject it, and its name.
    Mutant(Category, String),
    /// Nothing that belongs here.
    Unexpected,
}

/// Tells what a path inside a problem folder is for.
pub fn role(path: &str) -> Role {
    if required().iter().any(|known| known == path) {
        return Role::Required;
    }
    if path == SURVIVORS {
        return Role::Survivors;
    }
    let rust_name = |text: &str| {
        let name = text.strip_suffix(".rs")?;
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        (!name.is_empty() && name.chars().all(fine)).then(|| name.to_owned())
    };
    if let Some(name) = path.strip_prefix(ALTERNATES).and_then(rust_name) {
        return Role::Alternate(name);
    }
    if let Some((folder, file)) = path
        .strip_prefix(MUTANTS)
        .and_then(|rest| rest.split_once('/'))
    {
        let category = Category::ALL
            .into_iter()
            .find(|category| stem(*category) == folder);
        if let (Some(category), Some(name)) = (category, rust_name(file)) {
            return Role::Mutant(category, name);
        }
    }
    Role::Unexpected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_one_role() {
        assert_eq!(role("problem.toml"), Role::Required);
        assert_eq!(role("suites/followup.rs"), Role::Required);
        assert_eq!(role("solutions/survivors.toml"), Role::Survivors);
        assert_eq!(
            role("solutions/alternates/actor_thread.rs"),
            Role::Alternate("actor_thread".into())
        );
        assert_eq!(
            role("solutions/mutants/edge/off_by_one.rs"),
            Role::Mutant(Category::Edge, "off_by_one".into())
        );
        for stray in [
            "notes.md",
            "suites/stress.rs",
            "solutions/mutants/style/x.rs",
            "solutions/alternates/Big.rs",
            "solutions/mutants/edge/a/b.rs",
        ] {
            assert_eq!(role(stray), Role::Unexpected, "{stray}");
        }
    }
}
