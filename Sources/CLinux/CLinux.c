#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <link.h>
#include <poll.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

const int clinux_newnet = CLONE_NEWNET, clinux_newuts = CLONE_NEWUTS, clinux_newuser = CLONE_NEWUSER,
          clinux_newns = CLONE_NEWNS, clinux_newpid = CLONE_NEWPID;

const char *clinux_errno_name(int number) { return strerrorname_np(number); }

const char *clinux_errno_message(int number) { return strerrordesc_np(number); }

static int argument_count;
static char **arguments;

/* The C library gives the constructors of a program what it gives main(). */
__attribute__((constructor)) static void note_arguments(int count, char **values)
{
    argument_count = count;
    arguments = values;
}

int clinux_argument_count(void) { return argument_count; }

const char *clinux_argument(int place) { return arguments[place]; }

int clinux_setns(int descriptor, int flags) { return setns(descriptor, flags); }

int clinux_unshare(int flags) { return unshare(flags); }

pid_t clinux_gettid(void) { return gettid(); }

int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

enum { frames_per_call = 64 };

int clinux_send_frames(
    int descriptor, const void *frames, size_t stride, const size_t *lengths, unsigned count,
    const struct sockaddr *address, socklen_t address_length)
{
    struct mmsghdr messages[frames_per_call];
    struct iovec pieces[frames_per_call];
    if (count > frames_per_call) count = frames_per_call;
    memset(messages, 0, sizeof messages);
    for (unsigned i = 0; i < count; i++) {
        pieces[i].iov_base = (char *)frames + i * stride;
        pieces[i].iov_len = lengths[i];
        messages[i].msg_hdr.msg_name = (void *)address;
        messages[i].msg_hdr.msg_namelen = address_length;
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    return sendmmsg(descriptor, messages, count, MSG_DONTWAIT);
}

int clinux_enter_realtime(int priority)
{
    struct sched_param parameters = {.sched_priority = priority};
    return sched_setscheduler(0, SCHED_FIFO, &parameters);
}

void clinux_leave_realtime(void)
{
    struct sched_param parameters = {.sched_priority = 0};
    sched_setscheduler(0, SCHED_OTHER, &parameters);
}

int clinux_lock_memory(void) { return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT); }

int clinux_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

int clinux_stay_on_processor(int place)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return -1;
    CPU_ZERO(&one);
    for (int number = 0; number < CPU_SETSIZE; number++) {
        if (!CPU_ISSET(number, &allowed) || place-- > 0)
            continue;
        CPU_SET(number, &one);
        return sched_setaffinity(0, sizeof one, &one);
    }
    errno = EINVAL;
    return -1;
}

static int let_go(struct dl_phdr_info *library, size_t size, void *name)
{
    (void)size;
    const char *slash = strrchr(library->dlpi_name, '/');
    if (strcmp(slash ? slash + 1 : library->dlpi_name, name) != 0) return 0;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        uintptr_t begin = (library->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (library->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void clinux_let_go_of_library(const char *name) { dl_iterate_phdr(let_go, (void *)name); }

__attribute__((noinline)) void clinux_prefault_stack(size_t bytes)
{
    volatile char pages[bytes];
    for (size_t i = 0; i < bytes; i += 1024) pages[i] = 0;
}

int clinux_forbid_core(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

__attribute__((noinline)) void clinux_wipe_stack(size_t bytes)
{
    char pages[bytes];
    explicit_bzero(pages, bytes);
}

int clinux_open_files_as(uid_t user, gid_t group, const gid_t *groups, size_t count)
{
#ifdef SYS_setgroups32
    const long set_groups = SYS_setgroups32;
#else
    const long set_groups = SYS_setgroups;
#endif
    /* The C library's own would change all threads. */
    if (syscall(set_groups, count, groups) != 0) return -1;
    setfsgid(group);
    setfsuid(user);
    /* Neither call says whether it has succeeded; a number that nobody has changes nothing and tells. */
    if ((gid_t)setfsgid((gid_t)-1) == group && clinux_user_of_files() == user) return 0;
    errno = EPERM;
    return -1;
}

uid_t clinux_user_of_files(void) { return (uid_t)setfsuid((uid_t)-1); }

static const char access_list[] = "system.posix_acl_access";

ssize_t clinux_access_list(int descriptor, void *list, size_t size)
{
    ssize_t length = fgetxattr(descriptor, access_list, list, size);
    /* No list, or a file system that has none. */
    return length < 0 && (errno == ENODATA || errno == EOPNOTSUPP) ? 0 : length;
}

int clinux_set_access_list(int descriptor, const void *list, size_t size)
{
    return fsetxattr(descriptor, access_list, list, size, 0);
}

ssize_t clinux_receive_datagram(int descriptor, void *buffer, size_t size, uint32_t *source_address)
{
    struct sockaddr_in source;
    socklen_t length = sizeof source;
    memset(&source, 0, sizeof source);
    ssize_t received = recvfrom(
        descriptor, buffer, size, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&source, &length);
    if (received >= 0) *source_address = source.sin_addr.s_addr;
    return received;
}

ssize_t clinux_broadcast(int descriptor, const void *bytes, size_t length, uint32_t source, uint16_t port)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr alignment;
    } control;
    struct sockaddr_in broadcast = {
        .sin_family = AF_INET, .sin_port = port, .sin_addr = {.s_addr = htonl(INADDR_BROADCAST)}};
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {
        .msg_name = &broadcast, .msg_namelen = sizeof broadcast, .msg_iov = &piece, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control};
    const struct in_pktinfo information = {.ipi_spec_dst = {.s_addr = source}};
    memset(&control, 0, sizeof control);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof information);
    memcpy(CMSG_DATA(header), &information, sizeof information);
    return sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t clinux_send_pieces(
    int descriptor, const void *first, size_t first_length, const void *second, size_t second_length,
    const struct sockaddr *address, socklen_t address_length)
{
    struct iovec pieces[2] = {
        {.iov_base = (void *)first, .iov_len = first_length}, {.iov_base = (void *)second, .iov_len = second_length}};
    const struct msghdr message = {
        .msg_name = (void *)address, .msg_namelen = address_length, .msg_iov = pieces, .msg_iovlen = 2};
    return sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

enum { datagrams_per_call = 16 };

/* What SO_TIMESTAMPNS says; 0 where it says nothing. */
static int64_t time_of_arrival(struct msghdr *message)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(control), sizeof time);
        return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    }
    return 0;
}

int clinux_receive_packets(
    int descriptor, void *buffers, size_t stride, unsigned count, size_t *lengths, uint32_t *origins, int64_t *times)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
        struct cmsghdr alignment;
    } controls[datagrams_per_call];
    struct mmsghdr messages[datagrams_per_call];
    struct iovec pieces[datagrams_per_call];
    union {
        struct sockaddr_in address;
        struct sockaddr_ll link;
    } from[datagrams_per_call];
    if (count > datagrams_per_call) count = datagrams_per_call;
    for (unsigned i = 0; i < count; i++) {
        pieces[i] = (struct iovec){.iov_base = (char *)buffers + i * stride, .iov_len = stride};
        memset(&from[i], 0, sizeof from[i]);
        messages[i] = (struct mmsghdr){.msg_hdr = {
            .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &pieces[i], .msg_iovlen = 1,
            .msg_control = &controls[i], .msg_controllen = sizeof controls[i]}};
    }
    int received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int i = 0; i < received; i++) {
        lengths[i] = messages[i].msg_len;
        origins[i] = from[i].address.sin_family == AF_PACKET ? (uint32_t)from[i].link.sll_ifindex
                                                             : from[i].address.sin_addr.s_addr;
        times[i] = time_of_arrival(&messages[i].msg_hdr);
    }
    return received;
}

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds)
{
    static _Atomic int is_refused;
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    struct timespec *limit = nanoseconds < 0 ? NULL : &time;
#ifdef SYS_epoll_pwait2
    if (!is_refused) {
        int count = (int)syscall(SYS_epoll_pwait2, epoll, events, capacity, limit, NULL, 0);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        is_refused = 1;
    }
#endif
    struct pollfd ready = {.fd = epoll, .events = POLLIN};
    int result = ppoll(&ready, 1, limit, NULL);
    return result > 0 ? epoll_wait(epoll, events, capacity, 0) : result;
}

int clinux_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int clinux_peer_credentials(int descriptor, pid_t *process, uid_t *user, gid_t *group)
{
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    int result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
    if (result == 0) {
        *process = credentials.pid;
        *user = credentials.uid;
        *group = credentials.gid;
    }
    return result;
}

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

int clinux_peer_process(int descriptor)
{
    int process = -1;
    socklen_t length = sizeof process;
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERPIDFD, &process, &length) == 0 ? process : -1;
}

int clinux_peer_groups(int descriptor, gid_t *groups, unsigned *count)
{
    socklen_t length = *count * sizeof *groups;
    int result = getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &length);
    *count = length / sizeof *groups;
    return result;
}

ssize_t clinux_receive_frame(int descriptor, void *buffer, size_t size, int *type, uint64_t *hardware)
{
    struct sockaddr_ll source;
    socklen_t length = sizeof source;
    memset(&source, 0, sizeof source);
    ssize_t received = recvfrom(descriptor, buffer, size, MSG_DONTWAIT, (struct sockaddr *)&source, &length);
    if (received < 0) return received;
    if (type) *type = source.sll_pkttype;
    if (hardware) {
        *hardware = 0;
        for (int i = 0; i < 6; i++) *hardware = *hardware << 8 | source.sll_addr[i];
    }
    return received;
}

int clinux_terminal_width(int descriptor)
{
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int clinux_terminal_height(int descriptor)
{
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}
