/* SPDX-License-Identifier: MIT */
/*
 * oldkernel COMMAND...: runs it as on Linux 3.2. System calls that came later do not exist, nor do netlink's later socket options; what
 * they would have cost is on standard error of nobody: a program that needs them fails.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define ARG(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define FAIL(err) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* kcmp, the first one after process_vm_writev of 3.2 */
#define FIRST_NEW 312
#define SOL_NETLINK_ 270
#define NETLINK_NO_ENOBUFS_ 5

int main(int argc, char **argv)
{
#ifdef __x86_64__
	struct sock_filter code[] = {
		FIELD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW, 0, 1),
		FAIL(ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 4),
		ARG(1),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOL_NETLINK_, 0, 2),
		ARG(2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NETLINK_NO_ENOBUFS_, 1, 0),
		ALLOW,
		FAIL(ENOPROTOOPT),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 77;
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
#else
	(void)argc;
	(void)argv;
	return 77;
#endif
}
