/* hide.h - files and folders that this process sees as empty from now on.
 *
 * Landlock grants whole folders and cannot take a file back out of one. So what
 * must not be seen in a granted folder is covered by an empty file, in mounts
 * that only this process and its children see. That takes a mount namespace, and
 * without the right to make one a user namespace. */
#ifndef LASH_SYS_HIDE_H
#define LASH_SYS_HIDE_H

#include "base/err.h"

/* Hides, in the folders 'in' and all below, the files and folders whose names
 * fit one of 'names' (as fnmatch has it; of several the first decides, and one
 * behind "!" hides nothing); and those of 'paths' that are there.
 * All are NULL-terminated lists, or NULL. Links are neither followed nor hidden.
 * Does nothing at all when nothing is found. LASH_EIO: something was found and
 * cannot be hidden; LASH_ETOOBIG: too much to search. */
LASH_NODISCARD enum lash_code lash_hide(const char *const *in, const char *const *names,
                                        const char *const *paths, struct lash_err *err);

#endif
