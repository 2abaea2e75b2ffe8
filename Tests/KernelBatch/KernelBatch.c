#include "CKernelBatch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { chunk = 256, lifetime = 60 };

struct request {
    struct nlmsghdr header;
    struct ifaddrmsg address;
    struct rtattr local_header;
    uint32_t local;
    struct rtattr peer_header;
    uint32_t peer;
    struct rtattr lifetimes_header;
    struct ifa_cacheinfo lifetimes;
};

static struct request requests[chunk];

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void write_request(struct request *request, unsigned device, uint32_t address, int is_last)
{
    memset(request, 0, sizeof *request);
    request->header.nlmsg_len = sizeof *request;
    request->header.nlmsg_type = RTM_NEWADDR;
    request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | (is_last ? NLM_F_ACK : 0);
    request->address.ifa_family = AF_INET;
    request->address.ifa_prefixlen = 16;
    request->address.ifa_index = device;
    request->local_header = (struct rtattr){RTA_LENGTH(4), IFA_LOCAL};
    request->peer_header = (struct rtattr){RTA_LENGTH(4), IFA_ADDRESS};
    request->local = request->peer = htonl(address);
    request->lifetimes_header = (struct rtattr){RTA_LENGTH(sizeof request->lifetimes), IFA_CACHEINFO};
    request->lifetimes.ifa_valid = request->lifetimes.ifa_prefered = lifetime;
}

/* What the kernel took for one round; -1 with errno. */
static int64_t add(int socket, unsigned device, uint32_t first, unsigned count)
{
    int64_t took = 0;
    for (unsigned done = 0; done < count;) {
        unsigned length = count - done < chunk ? count - done : chunk;
        for (unsigned i = 0; i < length; i++)
            write_request(&requests[i], device, first + done + i, i + 1 == length);
        struct {
            struct nlmsghdr header;
            struct nlmsgerr verdict;
            char rest[1024];
        } answer;
        int64_t began = now();
        if (send(socket, requests, length * sizeof *requests, 0) < 0 || recv(socket, &answer, sizeof answer, 0) < 0)
            return -1;
        took += now() - began;
        if (answer.verdict.error) {
            errno = -answer.verdict.error;
            return -1;
        }
        done += length;
    }
    return took;
}

int64_t kernel_batch_add(unsigned device, uint32_t first, unsigned count)
{
    int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (route < 0) return -1;
    int64_t took = add(route, device, first, count);
    close(route);
    return took;
}
