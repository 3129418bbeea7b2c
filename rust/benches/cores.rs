//! The parts of each native that need no Python, measured alone: `nox -s cores`.

use std::ffi::CStr;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::mem::MaybeUninit;
use std::path::PathBuf;

use _native::host::{cgroup, cpus, files, meminfo};
use _native::natives::common_utils::truncate_long_string;
use _native::natives::common_utils::{base36_encode, find_free_port, format_float, hash_file, read_last_n_lines};
use divan::Bencher;

fn main() {
    divan::main();
}

#[divan::bench(args = [32, 64, 512])]
fn base36_encode_hex_digits(bencher: Bencher, length: usize) {
    let hex: Vec<u8> = b"9e107d9d372bb6826bd81d3542a419d6".iter().copied().cycle().take(length).collect();
    bencher.bench(|| {
        let (mut limbs, mut digits) = (base36_encode::Limbs::new(), base36_encode::Digits::new());
        base36_encode::make_room(&mut limbs, &mut digits, hex.len()).expect("memory");
        limbs.extend(base36_encode::numbers(black_box(&hex)));
        while base36_encode::divide(&mut limbs, &mut digits) {}
        base36_encode::in_order(&mut digits).len()
    });
}

#[divan::bench(args = [0.1, 1e-30, 123456789.125])]
fn format_float_scaled(value: f64) -> Option<u64> {
    format_float::scaled(black_box(value), black_box(2))
}

#[divan::bench]
fn truncate_long_string_end_of_words() -> usize {
    let text = black_box(b"a-cluster-name that-somebody has-chosen rather-carelessly");
    truncate_long_string::end_of_words(35, |from| {
        text[from..].iter().position(|&byte| byte == b' ').map(|at| from + at)
    })
}

#[divan::bench(args = [4 << 10, 128 << 10])]
fn read_last_n_lines_step(bencher: Bencher, length: u64) {
    let (_, path) = file(length as usize);
    let file: std::os::fd::OwnedFd = File::open(path).expect("a file").into();
    let mut tail = read_last_n_lines::Tail::of(length);
    bencher.bench_local(|| {
        tail.position = length;
        tail.make_room(length).expect("memory");
        tail.step(&file, length)
    });
}

#[divan::bench(args = [1 << 10, 128 << 10])]
fn hash_file_fill(bencher: Bencher, length: usize) {
    let (_, path) = file(length);
    let file: std::os::fd::OwnedFd = File::open(path).expect("a file").into();
    let mut buffer = vec![MaybeUninit::uninit(); length + 1];
    bencher.bench_local(|| hash_file::fill(&mut buffer, &file, 0));
}

#[divan::bench]
fn hash_file_open(bencher: Bencher) {
    let (path, _) = file(1 << 10);
    bencher.bench(|| files::open_regular(path.as_bytes()).map(drop));
}

#[divan::bench]
fn find_free_port_busy(bencher: Bencher) {
    let busy = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = busy.local_addr().expect("its number").port();
    let socket = find_free_port::socket().expect("a socket");
    bencher.bench(|| find_free_port::is_free(&socket, port));
}

#[divan::bench]
fn cpus_online() -> Option<i64> {
    cpus::online()
}

#[divan::bench]
fn cpus_affinity() -> Option<i64> {
    cpus::affinity()
}

#[divan::bench]
fn cgroup_cpu_limit() -> Option<i64> {
    cgroup::cpu_limit().ok().and_then(|limit| limit.value)
}

#[divan::bench]
fn cgroup_memory_limit() -> Option<u64> {
    cgroup::memory_limit().ok().and_then(|limit| limit.value)
}

#[divan::bench]
fn meminfo_total() -> Option<u64> {
    meminfo::total()
}

#[divan::bench(args = [10, 10_000])]
fn estimate_fd_for_directory_entries(bencher: Bencher, entries: usize) {
    let folder = folder().join(format!("entries-{entries}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for index in 0..entries {
        File::create(folder.join(index.to_string())).expect("a file");
    }
    let path = folder.to_str().expect("a name in UTF-8").as_bytes();
    bencher.bench(|| files::open_directory(path).and_then(files::count_entries));
}

#[divan::bench(args = [c"/proc/self/stat", c"/proc/4194305/stat"])]
fn is_process_alive_open(path: &CStr) -> bool {
    files::open_kernels(path).is_ok()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// A file of so many bytes: its name, as text and as a path.
fn file(length: usize) -> (String, PathBuf) {
    let path = folder().join(format!("bytes-{length}"));
    File::create(&path).and_then(|mut file| file.write_all(&vec![b'x'; length])).expect("a file");
    (path.to_str().expect("a name in UTF-8").to_owned(), path)
}
