/* SPDX-License-Identifier: ISC
 *
 * Each test confines a child, since nobody gets out again. */
#include "../../../imapd/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { GOOD = 0, ABSENT = 77 };

static char folder[] = "/tmp/test-sandbox-XXXXXX";

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", folder, name);
}

static int make_folder(void **state)
{
	static const char *const folders[] = {"read", "change", "put", "remove", "other"};
	char path[128];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		path_of(path, folders[i]);
		mkdir(path, 0700);
		strcat(path, "/file");
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
	return 0;
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* The line that failed is the child's exit code. */
#define MUST(condition)                            \
	do {                                       \
		if (!(condition)) {                \
			perror(#condition);        \
			_exit(__LINE__ % 200 + 1); \
		}                                  \
	} while (0)

static bool opens(const char *name, int flags)
{
	char path[128];
	int fd;

	path_of(path, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool renames(const char *name, const char *other)
{
	char from[128], to[128];

	path_of(from, name);
	path_of(to, other);
	return rename(from, to) == 0;
}

static bool removes(const char *name)
{
	char path[128];

	path_of(path, name);
	return unlink(path) == 0;
}

static void in_child(void (*run)(void))
{
	pid_t child = fork();
	int status = -1;

	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		run();
		_exit(GOOD);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == ABSENT)
		skip();
	assert_int_equal(WEXITSTATUS(status), GOOD);
}

static void use_files(void)
{
	struct sandbox_files *f = sandbox_files_create();
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char path[128];
	int version;

	if (!f)
		_exit(ABSENT);
	path_of(path, "read");
	sandbox_files_allow(f, path, SANDBOX_READ);
	path_of(path, "change/file");
	sandbox_files_allow_folder_of(f, path, SANDBOX_CHANGE);
	path_of(path, "put");
	sandbox_files_allow(f, path, SANDBOX_PUT);
	path_of(path, "remove");
	sandbox_files_allow(f, path, SANDBOX_REMOVE);
	path_of(path, "nothing");
	sandbox_files_allow(f, path, SANDBOX_CHANGE);
	sandbox_files_allow(f, NULL, SANDBOX_CHANGE);
	version = sandbox_files_enter(f);
	MUST(version > 0);

	MUST(opens("read/file", O_RDONLY));
	MUST(opens("read", O_RDONLY | O_DIRECTORY));
	MUST(!opens("read/file", O_WRONLY) && errno == EACCES);
	MUST(!opens("read/new", O_WRONLY | O_CREAT) && errno == EACCES);
	MUST(!removes("read/file") && errno == EACCES);

	MUST(opens("change/file", O_RDWR | O_TRUNC));
	MUST(opens("change/new", O_RDWR | O_CREAT));
	MUST(renames("change/new", "change/newer"));
	MUST(removes("change/newer"));
	path_of(path, "change/link");
	MUST(symlink("file", path) != 0 && errno == EACCES);

	MUST(opens("put/new", O_WRONLY | O_CREAT));
	MUST(renames("put/new", "put/file"));
	MUST(!opens("put/file", O_RDONLY) && errno == EACCES);

	MUST(!opens("remove/file", O_RDONLY) && errno == EACCES);
	MUST(!opens("remove/file", O_WRONLY) && errno == EACCES);
	MUST(removes("remove/file"));

	MUST(!opens("other/file", O_RDONLY) && errno == EACCES);
	MUST(!opens("other/file", O_WRONLY) && errno == EACCES);
	MUST(!opens("other", O_RDONLY | O_DIRECTORY) && errno == EACCES);
	MUST(!removes("other/file") && errno == EACCES);
	MUST(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	MUST(execl("/bin/true", "true", (char *)NULL) != 0 && errno == EACCES);
	if (version >= 4) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == EACCES);
		MUST(connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == EACCES);
	}
}

static void test_files(void **state)
{
	(void)state;
	in_child(use_files);
}

static void *return_itself(void *argument)
{
	return argument;
}

static void use_calls(void)
{
	pthread_t thread;
	void *result = NULL;
	iconv_t tables;
	int ends[2];

	if (!sandbox_calls_enter())
		_exit(ABSENT);
	MUST(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 && errno == EPERM);
	MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) < 0 && errno == EPERM);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	MUST(memfd_create("code", 0) < 0 && errno == EPERM);
	MUST(chroot("/") != 0 && errno == EPERM);
	MUST(setuid(65534) != 0 && errno == EPERM);
	MUST(sethostname("x", 1) != 0 && errno == EPERM);
	MUST(symlink("file", "link") != 0 && errno == EPERM);
	MUST(pthread_create(&thread, NULL, return_itself, folder) == 0);
	MUST(pthread_join(thread, &result) == 0 && result == folder);
	tables = iconv_open("UTF-8", "EUC-JP");
	MUST(tables != (iconv_t)-1);
	iconv_close(tables);
#ifndef SANITIZED
	MUST(fork() < 0 && errno == EPERM);
	MUST(kill(getppid(), 0) != 0 && errno == EPERM);
	MUST(execl("/bin/true", "true", (char *)NULL) != 0 && errno == EPERM);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	MUST(mprotect((void *)((uintptr_t)folder & ~4095UL), 4096, PROT_READ | PROT_EXEC) != 0);
#endif
}

static void test_calls(void **state)
{
	(void)state;
	in_child(use_calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_calls),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
