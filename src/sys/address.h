/* address.h - which addresses of the network are public.
 *
 * For requests that a stranger (a model, a web page) had a part in: what only
 * this machine or its neighbours can reach must not answer them. */
#ifndef LASH_SYS_ADDRESS_H
#define LASH_SYS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Can everybody reach it? Not: loopback, private, link-local, shared (carrier's
 * NAT), multicast, reserved, documentation, cloud metadata; nor an IPv6 address
 * that stands for such an IPv4 one (mapped, NAT64, 6to4, Teredo); nor any other
 * family. */
bool lash_address_is_public(const struct sockaddr *address);

/* The address as text, without its port; "" for another family. size:
 * INET6_ADDRSTRLEN. */
void lash_address_text(const struct sockaddr *address, char *out, size_t size);

#endif
