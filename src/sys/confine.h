/* confine.h - a sandbox on its way to the launcher: as entries of the
 * specification (launch.h), and back. */
#ifndef LASH_SYS_CONFINE_H
#define LASH_SYS_CONFINE_H

#include "base/buf.h"
#include "base/err.h"
#include "sys/launch.h"
#include "sys/sandbox.h"

/* What the key of every entry begins with. */
#define LASH_CONFINE_KEY "sandbox"

/* Appends the entries: "key=value", each ended by a NUL. */
LASH_NODISCARD enum lash_code lash_confine_write(struct lash_buf *entries,
                                                 const struct lash_sandbox *spec);

/* Confines this process as the entries say; does nothing when there are none.
 * An entry that no one knows is refused. */
LASH_NODISCARD enum lash_code lash_confine_apply(const struct lash_launch_spec *spec,
                                                 struct lash_err *err);

#endif
