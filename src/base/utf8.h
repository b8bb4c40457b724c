/* utf8.h - checking and repairing UTF-8. */
#ifndef LASH_BASE_UTF8_H
#define LASH_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Length of the well-formed prefix of s (n when all of it is). A surrogate,
 * an overlong form and a code point above U+10FFFF are not well-formed. */
size_t lash_utf8_valid(const char *s, size_t n);

/* Appends s with every ill-formed sequence replaced by U+FFFD (one for each
 * maximal subpart, as Unicode recommends). */
LASH_NODISCARD enum lash_code lash_utf8_repair(struct lash_buf *out, const char *s, size_t n);

/* The code point at s, of n > 0 bytes, and its length; -1, and the length of the
 * maximal subpart, when it is ill-formed. */
int32_t lash_utf8_point(const char *s, size_t n, size_t *len);

#endif
