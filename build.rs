//! Rebuilds the binary when a file appears in one of the baked folders; the compiler itself only sees changed files.

fn main() {
    println!("cargo:rerun-if-changed=problems");
    println!("cargo:rerun-if-changed=study");
    println!("cargo:rerun-if-changed=templates");
}
