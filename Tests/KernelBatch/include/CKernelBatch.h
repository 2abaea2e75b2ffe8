#ifndef VIPAGENT_CKERNELBATCH_H
#define VIPAGENT_CKERNELBATCH_H

/* What the kernel itself takes to add addresses: the same requests as an agent's, written beforehand, and nothing else
   around them. For measurements only. */

#include <stdint.h>

/* Adds `count` addresses of a /16 with a lifetime of a minute, from `first` (host byte order) on, to a device of the
   calling thread's network namespace, 256 in a call; those that are there already are renewed.
   Returns the nanoseconds that the kernel took, or -1 with errno. */
int64_t kernel_batch_add(unsigned device, uint32_t first, unsigned count);

#endif
