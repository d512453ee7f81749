/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../store/base/slice.h"
#include "sandbox.h"

/* What libc, libuv, SQLite and we call when all is set up. No program is started, no socket but a local one
 * is made, nobody else is signalled or traced, nothing about the system is changed. Which files is for
 * Landlock to say. */
static const char calls[] =
	/* memory */
	"brk madvise mremap munmap "
	/* threads */
	"exit exit_group futex getpid gettid restart_syscall rseq sched_getaffinity sched_yield "
	"set_robust_list set_tid_address "
	/* signals */
	"rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack "
	/* time */
	"clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time "
	/* files */
	"access chmod close dup faccessat faccessat2 fallocate fchmod fchmodat fchown fcntl fdatasync flock "
	"fstat fstatfs fsync ftruncate getcwd getdents64 link linkat lseek lstat mkdir mkdirat newfstatat "
	"open openat pread64 preadv pwrite64 pwritev read readlink readlinkat readv rename renameat "
	"renameat2 rmdir stat statfs statx umask unlink unlinkat utimensat write writev "
	/* sockets and waiting */
	"accept accept4 bind connect epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 getpeername "
	"getsockname getsockopt listen pipe2 poll ppoll recvfrom recvmsg sendmsg sendto setsockopt shutdown "
	/* the system */
	"getegid geteuid getgid getrandom getrlimit getrusage getuid sysinfo uname "
#ifdef SANITIZED
	/* what sanitizers need for their reports and their look for leaks */
	"arch_prctl clone execve getdents getppid kill mmap mprotect personality pipe prctl prlimit64 "
	"process_vm_readv ptrace set_mempolicy setrlimit wait4 "
#endif
	;

/* The same with a look at arguments: all of a call's conditions must hold. */
static const struct {
	int call;
	unsigned conditions;
	struct scmp_arg_cmp condition[2];
} looked_at[] = {
	/* threads, not processes */
	{SCMP_SYS(clone), 1, {SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)}},
	/* code comes from files that are not changed meanwhile */
	{SCMP_SYS(mmap), 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(mmap),
	 2,
	 {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_WRITE, 0), SCMP_A3_64(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)}},
	{SCMP_SYS(mprotect), 1, {SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)}},
	{SCMP_SYS(socket), 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX)}},
	{SCMP_SYS(socketpair), 1, {SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX)}},
	{SCMP_SYS(ioctl), 1, {SCMP_A1_64(SCMP_CMP_EQ, FIONBIO)}},
	{SCMP_SYS(ioctl), 1, {SCMP_A1_64(SCMP_CMP_EQ, FIOCLEX)}},
	{SCMP_SYS(ioctl), 1, {SCMP_A1_64(SCMP_CMP_EQ, FIONREAD)}},
	{SCMP_SYS(prctl), 1, {SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME)}},
	/* this process's, and only to ask */
	{SCMP_SYS(prlimit64), 2, {SCMP_A0_64(SCMP_CMP_EQ, 0), SCMP_A2_64(SCMP_CMP_EQ, 0)}},
};

/* A call that this machine's kernel or library has no number for is left out. */
static int allow_calls(scmp_filter_ctx filter)
{
	struct slice rest = slice_str(calls);
	int status = 0;

	while (rest.len > 0 && status == 0) {
		size_t len = (size_t)((const char *)memchr(rest.data, ' ', rest.len) - rest.data);
		char name[32];
		int call;

		snprintf(name, sizeof(name), "%.*s", (int)len, rest.data);
		call = seccomp_syscall_resolve_name(name);
		if (call != __NR_SCMP_ERROR)
			status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
		rest = slice_skip(rest, len + 1);
	}
	return status;
}

bool sandbox_calls_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int status = filter ? allow_calls(filter) : -1;

	for (size_t i = 0; i < ARRAY_SIZE(looked_at) && status == 0; i++)
		status = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, looked_at[i].call,
						looked_at[i].conditions, looked_at[i].condition);
	if (status == 0)
		status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
					  SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	/* Its arguments are out of sight; told that it is not there, libc takes clone(). */
	if (status == 0)
		status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	return status == 0;
}
