/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nosync - preloaded into a server to see what durability costs it (goal G4): nothing is ever waited for on the disk.
 *
 * O_DSYNC is dropped too, since LMDB writes its meta page through a descriptor that has it.
 */
#undef _FILE_OFFSET_BITS /* open and open64 must stay two symbols here */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

int fsync(int fd)
{
	return fd < 0 ? -1 : 0;
}

int fdatasync(int fd)
{
	return fd < 0 ? -1 : 0;
}

int msync(void *p, size_t n, int flags)
{
	return 0;
}

#define OPEN_UNSYNCED(name)                                                            \
	int name(const char *path, int flags, ...)                                     \
	{                                                                              \
		static int (*next)(const char *, int, ...);                            \
		mode_t mode = 0;                                                       \
		va_list args;                                                          \
                                                                                       \
		if (flags & (O_CREAT | __O_TMPFILE)) {                                 \
			va_start(args, flags);                                         \
			mode = va_arg(args, mode_t);                                   \
			va_end(args);                                                  \
		}                                                                      \
		if (!next)                                                             \
			next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
		return next(path, flags & ~(O_DSYNC | O_SYNC), mode);                  \
	}

OPEN_UNSYNCED(open)
OPEN_UNSYNCED(open64)
