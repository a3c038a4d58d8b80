//! ARCHITECTURE.md, as far as a machine can hold it: what the crate depends on, and who knows whom.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A new dependency is a decision: it costs bytes to upload, time to start and somebody's trust. Add it here,
/// and its reason to Cargo.toml.
const DEPENDENCIES: &[&str] =
    &["bytes", "futures", "memchr", "rlsf", "serde_json", "simdutf8", "strsim", "subtle", "wasm-bindgen"];

/// Small words that every layer may use; they know only each other.
const WORDS: &[&str] =
    &["class", "error", "failure", "host", "json", "search", "secret", "shared", "table", "text", "words"];

/// Which layers each layer may use. The arrows that point up are explained in ARCHITECTURE.md.
const LAYERS: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("config", &["catalog"]),
    ("chat", &["catalog", "config"]),
    ("stream", &["chat"]),
    ("dialect", &["catalog", "config", "chat", "stream"]),
    ("health", &["config", "chat"]),
    ("route", &["config", "chat", "stream", "dialect", "health", "gateway"]),
    ("surface", &["catalog", "chat"]),
    ("gateway", &["catalog", "config", "chat", "dialect", "health", "route", "surface"]),
    ("host/web", &["gateway", "sim"]),
    ("worker", &["config", "gateway", "sim"]),
    ("js", &["config", "gateway"]),
    ("sim", &[]),
];

#[test]
fn the_dependencies_are_the_few_we_chose() {
    let direct: Vec<String> = tree(&["--all-features", "--depth=1"]).into_iter().collect();
    assert_eq!(direct, DEPENDENCIES);
}

#[test]
fn the_core_has_neither_a_runtime_nor_a_client_nor_javascript() {
    for (features, banned) in [
        ("--features=sim", &["tokio", "reqwest", "hyper", "wasm-bindgen", "js-sys", "web-sys", "worker"][..]),
        ("--all-features", &["tokio", "reqwest", "hyper"]),
        ("--features=worker,js", &["tokio", "reqwest", "hyper", "serde"]),
    ] {
        let all = tree(&[features]);
        let found = all.iter().filter(|name| banned.iter().any(|banned| name.starts_with(banned)));
        assert_eq!(found.collect::<Vec<_>>(), Vec::<&String>::new(), "with {features}");
        assert!(all.contains("memchr"), "{all:?}");
    }
}

#[test]
fn the_arrows_point_down() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let layer = layer_of(&file);
        let allowed = LAYERS.iter().find(|(name, _)| *name == layer).map(|(_, allowed)| *allowed);
        assert!(allowed.is_some() || WORDS.contains(&layer) || layer == "lib", "{file} belongs to no layer");
        for (line, used) in uses(&text) {
            let may = used == layer || WORDS.contains(&used) || allowed.unwrap_or_default().contains(&used);
            if !may && layer != "lib" {
                wrong.push(format!("src/{file}:{line}: {layer} must not use {used}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn nobody_has_a_clock_or_a_runtime_of_his_own() {
    const BANNED: &[&str] = &[
        "tokio::",
        "reqwest::",
        "time::Instant",
        "Instant::now",
        "SystemTime::now",
        "std::thread::spawn",
        "std::net",
    ];
    for (file, text) in sources() {
        for banned in BANNED {
            assert!(!text.contains(banned), "src/{file} mentions {banned}");
        }
    }
}

#[test]
fn nobody_searches_by_what_costs_kilobytes() {
    const BANNED: &[&str] =
        &[".contains(\"", ".contains(r#\"", ".split_once(\"", ".split(\"", ".replace(\"", "memmem::"];
    for (file, text) in sources().into_iter().filter(|(file, _)| layer_of(file) != "sim") {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let banned = BANNED.iter().find(|banned| line.contains(**banned));
            assert_eq!(banned, None, "src/{file} has `crate::search` for that: {line}");
        }
    }
}

/// The names of the packages that a build of the library contains, on whatever platform, itself left out.
fn tree(options: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--edges=normal", "--target=all", "--prefix=none", "--format={p}"])
        .args(options)
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "steadfast")
        .map(str::to_owned)
        .collect()
}

/// The Rust files under `src`, by their paths there, without their tests.
fn sources() -> Vec<(String, String)> {
    let src = Path::new(ROOT).join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
                let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
                found.push((name, code));
            }
        }
    }
    found
}

/// `route/mod.rs` is of `route`, `class.rs` of `class`; the JavaScript host is a face's and a layer by itself.
fn layer_of(file: &str) -> &str {
    match file {
        "host/web.rs" => "host/web",
        _ => file.split(['/', '.']).next().unwrap_or_default(),
    }
}

/// The modules that this text names by their full paths, with the lines where it does.
fn uses(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(index, line)| {
        let paths = line.split("crate::").skip(1);
        paths.map(move |path| {
            (index + 1, path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        })
    })
}
