#ifndef VIPAGENT_CLINUX_H
#define VIPAGENT_CLINUX_H

/* What Glibc's Swift module cannot show: GNU-only calls, variadic functions, macros and the uapi headers.
   Everything else is called from Swift directly. */

#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/filter.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/* strerrorname_np(3): "EPERM" for 1; NULL for a number without a name. */
const char *clinux_errno_name(int number);

/* strerrordesc_np(3): "Operation not permitted" for 1; NULL for a number without a sentence. */
const char *clinux_errno_message(int number);

/* setns(2) and unshare(2), per thread. The flags are CLONE_NEW*. */
int clinux_setns(int descriptor, int flags);
int clinux_unshare(int flags);
extern const int clinux_newnet, clinux_newuts, clinux_newuser, clinux_newns, clinux_newpid;

/* The program's arguments as the kernel has put them on its stack (execve(2)), its name first; `place` is less than the count.
   Swift's own CommandLine reads /proc/self/cmdline, and has none where there is no /proc. */
int clinux_argument_count(void);
const char *clinux_argument(int place);

/* gettid(2). */
pid_t clinux_gettid(void);

/* prctl(PR_SET_NAME): names the calling thread, 15 bytes at most. */
int clinux_name_thread(const char *name);

/* sendmmsg(2) of `count` equally addressed frames: frame i is `lengths[i]` bytes at `frames + i * stride`.
   Returns how many were sent, or -1 with errno. At most 64 a call. */
int clinux_send_frames(
    int descriptor, const void *frames, size_t stride, const size_t *lengths, unsigned count,
    const struct sockaddr *address, socklen_t address_length);

/* sched_setscheduler(2) of the calling thread to SCHED_FIFO at `priority` (1...99). */
int clinux_enter_realtime(int priority);

/* sched_setscheduler(2) of the calling thread to SCHED_OTHER. */
void clinux_leave_realtime(void);

/* mlockall(2) with MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT: pages stay once touched, untouched ones cost nothing. */
int clinux_lock_memory(void);

/* madvise(2) with MADV_DONTNEED of the loaded library of this file name: of its segments that are never written to, so
   that the kernel maps them from the file again where they are needed. Before the memory is locked. */
void clinux_let_go_of_library(const char *name);

/* Touches `bytes` of the calling thread's stack, so that no page of it faults later. */
void clinux_prefault_stack(size_t bytes);

/* How many processors the calling thread may run on (sched_getaffinity(2), CPU_COUNT of <sched.h>), or -1. */
int clinux_processors(void);

/* Keeps the calling thread on one of those, counted from 0 (sched_setaffinity(2)); -1 with EINVAL where there are not so many. */
int clinux_stay_on_processor(int place);

/* prctl(PR_SET_DUMPABLE) to 0: no core file of this process, and nobody but root reads its memory (ptrace(2)). */
int clinux_forbid_core(void);

/* Overwrites `bytes` of the calling thread's stack below the caller, where a function that has returned may have left a
   secret. */
void clinux_wipe_stack(size_t bytes);

/* Has the calling thread open files as this user (setfsuid(2), setfsgid(2), and setgroups(2) of this thread alone). Needs
   CAP_SETUID and CAP_SETGID. 0, or -1 with errno, and then nothing has changed for the user. */
int clinux_open_files_as(uid_t user, gid_t group, const gid_t *groups, size_t count);

/* The user as whom the calling thread opens files (setfsuid(2)). */
uid_t clinux_user_of_files(void);

/* The access control list of an open file (acl(5), extended attribute system.posix_acl_access) as bytes: how many, 0 where it
   has none, or -1 with errno. */
ssize_t clinux_access_list(int descriptor, void *list, size_t size);

/* Gives an open file an access control list. 0, or -1 with errno. */
int clinux_set_access_list(int descriptor, const void *list, size_t size);

/* recv(2) with MSG_DONTWAIT, with the source address of an IPv4 datagram in network byte order.
   Returns the full datagram length even when it was truncated to `size`. */
ssize_t clinux_receive_datagram(int descriptor, void *buffer, size_t size, uint32_t *source_address);

/* sendmsg(2) with MSG_DONTWAIT of an IPv4 datagram to a port of 255.255.255.255, with `source` for its source address
   (IP_PKTINFO, ip(7)); both in network byte order. EINVAL or ENETUNREACH where the host does not have
   that address. */
ssize_t clinux_broadcast(int descriptor, const void *bytes, size_t length, uint32_t source, uint16_t port);

/* sendmsg(2) with MSG_DONTWAIT of two pieces as one packet. */
ssize_t clinux_send_pieces(
    int descriptor, const void *first, size_t first_length, const void *second, size_t second_length,
    const struct sockaddr *address, socklen_t address_length);

/* recvmmsg(2) with MSG_DONTWAIT, at most 16 a call: packet i goes to `buffers + i * stride`, lengths[i] becomes its full
   length, even when it was truncated to `stride`, and origins[i] the source address of an IPv4 datagram in network byte
   order, or the number of the device that a packet socket has heard it on. times[i] becomes when it arrived, in nanoseconds
   of CLOCK_REALTIME, where the socket has SO_TIMESTAMPNS (socket(7)), else 0. Returns how many were received, or -1 with
   errno. */
int clinux_receive_packets(
    int descriptor, void *buffers, size_t stride, unsigned count, size_t *lengths, uint32_t *origins, int64_t *times);

/* epoll_wait(2) for so many nanoseconds at most, negative for ever: epoll_pwait2(2), and ppoll(2) before it where the
   kernel (before Linux 5.11) or a system call filter does not have that. */
int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);

/* accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC, without the address. */
int clinux_accept(int descriptor);

/* SO_PEERCRED of a UNIX socket (unix(7)): who connected, as of then. 0, or -1 with errno. */
int clinux_peer_credentials(int descriptor, pid_t *process, uid_t *user, gid_t *group);

/* SO_PEERPIDFD of a UNIX socket: a descriptor of the process that connected, readable once it has ended (pidfd_open(2)).
   -1 with errno; ENOPROTOOPT before Linux 6.5. */
int clinux_peer_process(int descriptor);

/* SO_PEERGROUPS of a UNIX socket: the supplementary groups of who connected. `count` says how many fit and returns how
   many there are. 0, or -1 with errno; ERANGE if they do not fit. */
int clinux_peer_groups(int descriptor, gid_t *groups, unsigned *count);

/* recvfrom(2) with MSG_DONTWAIT from a packet socket; where they are not NULL, `type` becomes the frame's PACKET_* kind
   (packet(7)) and `hardware` the Ethernet address that it came from, its first byte highest. Returns how many bytes are in
   the buffer. */
ssize_t clinux_receive_frame(int descriptor, void *buffer, size_t size, int *type, uint64_t *hardware);

/* The columns of a terminal (TIOCGWINSZ, ioctl_tty(2)); 0 where it is none or does not know. */
int clinux_terminal_width(int descriptor);

/* Its lines. */
int clinux_terminal_height(int descriptor);

#endif
