#ifndef VIPAGENT_CMNL_SHIM_H
#define VIPAGENT_CMNL_SHIM_H

/* libmnl and the uapi headers of RTNETLINK, as Swift sees them.
   No _GNU_SOURCE here: glibc would turn sockaddr arguments into transparent unions that Swift cannot call. */
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>

#endif
