#ifndef VIPAGENT_CALLOCATIONS_H
#define VIPAGENT_CALLOCATIONS_H

/* A library to put before the C library (LD_PRELOAD, ld.so(8)): it counts what an agent's threads ask of malloc(3), in a
   file that VIPAGENT_ALLOCATIONS names. For tests only. */

#include <stdatomic.h>
#include <stdint.h>

/* What the file holds. */
struct callocations {
    /* Asked for by the thread named "heartbeat". */
    _Atomic uint64_t heartbeat;
    /* Asked for by all others. */
    _Atomic uint64_t others;
    /* Datagrams that the thread named "heartbeat" has received by recvmmsg(2). */
    _Atomic uint64_t received;
};

#endif
