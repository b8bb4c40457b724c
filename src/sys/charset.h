/* charset.h - text of other encodings as UTF-8. */
#ifndef LASH_SYS_CHARSET_H
#define LASH_SYS_CHARSET_H

#include <stddef.h>

#include "base/buf.h"

/* Appends bytes of an encoding (a name that iconv knows) as UTF-8; what is none
 * of it becomes U+FFFD. LASH_EUSAGE for an encoding that is not known,
 * LASH_ETOOBIG at out's limit. */
LASH_NODISCARD enum lash_code lash_charset_decode(struct lash_buf *out, const char *charset,
                                                  const char *bytes, size_t n,
                                                  struct lash_err *err);

#endif
