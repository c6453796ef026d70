//! Which system calls may be made.
//!
//! A check gets a list of what is allowed: enough for the harness, the kit, threads and memory of its own. What is not on it does
//! not exist (`ENOSYS`), which is what libraries expect of an older kernel, so a new libc falls back and never fails a correct
//! solution. No call on the list makes a process: `clone` makes threads only, so that every limit of the process is a limit of the
//! run. Calls that nobody makes by accident end the process.
//!
//! A compiler starts its linker, so it gets everything but a list of what is refused.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

/// Stands for the process' own number until it is known. No process has it: the kernel stops at 2^22.
pub const OWN_NUMBER: u32 = 0x5EED_CA9E;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The filters of a check or a compiler, in the order in which they are to be applied; none on an unknown architecture.
pub fn filters(compiles: bool) -> Option<&'static [BpfProgram]> {
    static CHECK: OnceLock<Option<Vec<BpfProgram>>> = OnceLock::new();
    static COMPILER: OnceLock<Option<Vec<BpfProgram>>> = OnceLock::new();
    let filters = if compiles {
        COMPILER.get_or_init(|| {
            program(refused(), SeccompAction::Allow, SeccompAction::Errno(EPERM))
                .map(|one| vec![one])
        })
    } else {
        // The list of what is allowed comes last: it does not allow another filter.
        CHECK.get_or_init(|| {
            Some(vec![
                program(deadly(), SeccompAction::Allow, SeccompAction::KillProcess)?,
                program(
                    allowed()?,
                    SeccompAction::Errno(ENOSYS),
                    SeccompAction::Allow,
                )?,
            ])
        })
    };
    filters.as_deref()
}

const EPERM: u32 = libc::EPERM as u32;
const ENOSYS: u32 = libc::ENOSYS as u32;

fn program(rules: Rules, otherwise: SeccompAction, listed: SeccompAction) -> Option<BpfProgram> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    SeccompFilter::new(rules, otherwise, listed, architecture)
        .ok()?
        .try_into()
        .ok()
}

fn always(calls: &[i64]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

/// One argument of a call that must be so.
fn argument(number: u8, width: Width, is: Is, value: u64) -> Option<SeccompRule> {
    SeccompRule::new(vec![SeccompCondition::new(number, width, is, value).ok()?]).ok()
}

fn allowed() -> Option<Rules> {
    let mut rules = always(PLAIN);
    #[cfg(target_arch = "x86_64")]
    rules.extend(always(PLAIN_X86));
    let number = |at, values: &[i64]| -> Option<Vec<SeccompRule>> {
        values
            .iter()
            .map(|value| argument(at, Width::Dword, Is::Eq, *value as u64 & 0xFFFF_FFFF))
            .collect()
    };
    let bits = |at, mask: i64, value: i64| {
        Some(vec![argument(
            at,
            Width::Qword,
            Is::MaskedEq(mask as u64),
            value as u64,
        )?])
    };
    let thread = i64::from(libc::CLONE_THREAD);
    // Memory of its own only: shared and downward-growing mappings escape the memory limit.
    let shared = i64::from(libc::MAP_SHARED | libc::MAP_GROWSDOWN);
    let names = [libc::PR_SET_NAME, libc::PR_GET_NAME, PR_SET_VMA].map(i64::from);
    let own = i64::from(OWN_NUMBER);
    rules.extend([
        (libc::SYS_clone, bits(0, thread, thread)?),
        (libc::SYS_mmap, bits(3, shared, 0)?),
        (libc::SYS_tgkill, number(0, &[own])?),
        // Limits may be read, not set.
        (
            libc::SYS_prlimit64,
            vec![argument(2, Width::Qword, Is::Eq, 0)?],
        ),
        (libc::SYS_prctl, number(0, &names)?),
        (
            libc::SYS_ioctl,
            number(
                1,
                &[
                    libc::TCGETS as i64,
                    libc::FIOCLEX as i64,
                    libc::FIONBIO as i64,
                ],
            )?,
        ),
        (
            libc::SYS_fcntl,
            number(
                1,
                &[
                    libc::F_GETFD,
                    libc::F_SETFD,
                    libc::F_GETFL,
                    libc::F_SETFL,
                    libc::F_DUPFD_CLOEXEC,
                ]
                .map(i64::from),
            )?,
        ),
    ]);
    Some(rules)
}

/// Gives a mapping a name; newer allocators do.
const PR_SET_VMA: libc::c_int = 0x5356_4d41;

/// Harmless with any arguments, given the files that can be opened.
const PLAIN: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    // The first one starts the check; any other finds nothing to start but the check itself.
    libc::SYS_execve,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_faccessat,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcwd,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
];

#[cfg(target_arch = "x86_64")]
const PLAIN_X86: &[i64] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_lstat,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_time,
];

/// What no harness, kit or solution has any reason to call.
fn deadly() -> Rules {
    always(&[
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_open_by_handle_at,
    ])
}

/// What a compiler and a linker do without.
fn refused() -> Rules {
    let mut rules = deadly();
    rules.extend(always(&[
        libc::SYS_socket,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_kill,
        libc::SYS_mknodat,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_sethostname,
        libc::SYS_fsopen,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_mount_setattr,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
        libc::SYS_memfd_create,
        libc::SYS_shmget,
        libc::SYS_msgget,
        libc::SYS_semget,
    ]));
    let fresh = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let cloned = fresh.iter().filter_map(|flag| {
        let flag = *flag as u64;
        argument(0, Width::Qword, Is::MaskedEq(flag), flag)
    });
    rules.insert(libc::SYS_clone, cloned.collect());
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_become_filters_on_this_machine() {
        for compiles in [false, true] {
            assert!(
                filters(compiles)
                    .is_some_and(|filters| filters.iter().all(|filter| !filter.is_empty()))
            );
        }
        let own = |filter: &BpfProgram| filter.iter().filter(|step| step.k == OWN_NUMBER).count();
        assert_eq!(filters(false).map(|filters| own(&filters[1])), Some(1));
    }
}
