#include "CAllocations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Until the file is there. */
static struct callocations unwatched;
static struct callocations *counts = &unwatched;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("VIPAGENT_ALLOCATIONS");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof *counts) != 0) _exit(EXIT_FAILURE);
    void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) _exit(EXIT_FAILURE);
    counts = memory;
    close(file);
}

/* A thread gets its name only after it has started; this one keeps it. */
static bool is_heartbeat(void)
{
    static _Thread_local __attribute__((tls_model("initial-exec"))) bool is_known;
    char name[16];
    if (!is_known) is_known = prctl(PR_GET_NAME, name, 0, 0, 0) == 0 && strcmp(name, "heartbeat") == 0;
    return is_known;
}

static void note(void) { atomic_fetch_add(is_heartbeat() ? &counts->heartbeat : &counts->others, 1); }

/* The C library's own, under the names that it exports them by as well. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    note();
    return __libc_malloc(size);
}

void *calloc(size_t members, size_t size)
{
    note();
    return __libc_calloc(members, size);
}

void *realloc(void *memory, size_t size)
{
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    note();
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

int recvmmsg(int socket, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    long received = syscall(SYS_recvmmsg, socket, messages, count, flags, timeout);
    if (received > 0 && is_heartbeat()) atomic_fetch_add(&counts->received, (uint64_t)received);
    return (int)received;
}
