#ifndef VIPAGENT_CALLOCATIONS_H
#define VIPAGENT_CALLOCATIONS_H

/* Counts what threads ask of malloc(3): the executable's functions go before the C library's. For tests only. */

#include <stdbool.h>

/* From now on the calling thread's allocations are counted. */
void callocations_watch_this_thread(void);

/* How many allocations all watched threads have made. */
unsigned long callocations_count(void);

/* Whether anything is counted: a sanitizer brings a malloc of its own. */
extern const bool callocations_are_counted;

#endif
