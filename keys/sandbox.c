/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/sandbox.h"

#include "broker/base/error.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#ifdef __has_feature
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS_FEATURE(address_sanitizer) || \
	HAS_FEATURE(thread_sanitizer) || HAS_FEATURE(memory_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* What signing needs: its channels, memory, locks, clock, randomness, a log line, and a way to end. */
static const int signer_allow[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(close), SCMP_SYS(futex), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(sched_yield), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(tgkill), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What decoding a picture needs: its socket, memory, and a way to end. */
static const int image_allow[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit_group),
};

/* What hashing needs: the same, and to know what it took. */
static const int hash_allow[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit_group), SCMP_SYS(clock_gettime),
};

/* What a process that talks to the network never needs, but whoever has taken it over would. */
static const int front_deny[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal), SCMP_SYS(kcmp), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick),
	SCMP_SYS(mount_setattr), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(iopl),
	SCMP_SYS(ioperm), SCMP_SYS(personality), SCMP_SYS(syslog), SCMP_SYS(vhangup), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(memfd_create), SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at), SCMP_SYS(modify_ldt), SCMP_SYS(uselib),
	SCMP_SYS(lookup_dcookie),
};

DEFINE_CLEANUP(void, filter_cleanup, seccomp_release)

static int add_allowed(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	/* memory, but never executable */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return error;
}

static int add_front(scmp_filter_ctx filter)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_LEN(front_deny) && !error; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), front_deny[i], 0);
	/* Threads yes, processes no. The arguments of clone3 are behind a pointer that a filter cannot follow: the C library is
	 * told that it does not exist and falls back to clone. */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	return error;
}

static int load_filter(enum sandbox profile)
{
	CLEANUP(filter_cleanup) void *filter = seccomp_init(profile == SANDBOX_FRONT ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	int error;

	if (!filter)
		return FAULT_MEMORY;
	error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* threads that run already, too */
	if (!error && profile == SANDBOX_SIGNER)
		error = add_allowed(filter, signer_allow, ARRAY_LEN(signer_allow));
	else if (!error && profile == SANDBOX_IMAGE)
		error = add_allowed(filter, image_allow, ARRAY_LEN(image_allow));
	else if (!error && profile == SANDBOX_HASH)
		error = add_allowed(filter, hash_allow, ARRAY_LEN(hash_allow));
	else if (!error)
		error = add_front(filter);
	if (!error)
		error = seccomp_load(filter);
	return error ? FAULT(FAULT_IO, "seccomp: %s", strerror(-error)) : 0;
}

/* What goes on for days has no bound of time, and what its memory costs is configured: the first two rows are for all. */
static int limit(enum sandbox profile)
{
	static const struct {
		int what;
		rlim_t most;
	} rows[] = { { RLIMIT_NOFILE, 0 }, { RLIMIT_FSIZE, 0 }, { RLIMIT_CPU, 10 }, { RLIMIT_AS, (rlim_t)768 * 1024 * 1024 } };

	for (size_t i = 0; i < (profile == SANDBOX_HASH ? 2 : ARRAY_LEN(rows)); i++)
		if (!(SANITIZED && rows[i].what == RLIMIT_AS) && setrlimit((__rlimit_resource_t)rows[i].what, &(struct rlimit){ rows[i].most, rows[i].most }) < 0)
			return FAULT(FAULT_IO, "limit: %s", strerror(errno));
	return 0;
}

int sandbox_enter(enum sandbox profile)
{
	if (profile == SANDBOX_IMAGE || profile == SANDBOX_HASH)
		TRY(limit(profile));
	tzset(); /* the log's first gmtime_r would open /etc/localtime */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0)
		return FAULT(FAULT_IO, "sandbox: %s", strerror(errno));
	return SANITIZED ? 0 : load_filter(profile);
}

bool sandbox_has_filter(void)
{
	return !SANITIZED;
}
