#ifndef VIPAGENT_CNETTLE_SHIM_H
#define VIPAGENT_CNETTLE_SHIM_H

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>

#endif
