//! What a hostile check would try. Compiled and run in the cage when a machine is seen for the first time; every test here passes if
//! the attempt was stopped.

/// Whether this is expected of the cage; tests of other layers pass unasked.
fn expected(layer: &str) -> bool {
    std::env::var("FIFTYTEN_TRIAL").is_ok_and(|layers| layers.contains(layer))
}

#[test]
fn an_honest_check_does_its_work() {
    let threads: Vec<_> = (0..8).map(|n| std::thread::spawn(move || vec![n; 1000].len())).collect();
    let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum();
    assert_eq!(sum, 8000);
    assert!(std::panic::catch_unwind(|| panic!("on purpose")).is_err());
}

#[test]
fn no_process_is_started() {
    if expected("seccomp") {
        assert!(std::process::Command::new("/bin/true").spawn().is_err());
    }
}

#[test]
fn no_network_is_reached() {
    if expected("seccomp") {
        assert!(std::net::UdpSocket::bind("127.0.0.1:0").is_err());
        assert!(std::net::TcpListener::bind("127.0.0.1:0").is_err());
    }
}

#[test]
fn no_file_is_read() {
    if expected("landlock") || expected("namespaces") {
        for path in ["/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/self/maps"] {
            assert!(std::fs::read(path).is_err(), "{path}");
        }
    }
}

#[test]
fn no_file_is_written() {
    if expected("landlock") || expected("namespaces") {
        for folder in [".", "/", "/tmp", "/dev/shm"] {
            assert!(std::fs::write(format!("{folder}/fiftyten-trial"), "x").is_err(), "{folder}");
        }
    }
}

#[test]
fn no_other_process_is_seen() {
    if expected("namespaces") {
        assert!(!std::path::Path::new("/proc/1").exists());
        assert!(!std::path::Path::new("/etc/passwd").exists());
    }
}
