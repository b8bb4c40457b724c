/* remove.h - removes files and folders.
 *
 * A link is removed, never what it leads to: not where somebody exchanges a folder
 * for a link meanwhile, either. (Links in the path that leads to the name are
 * followed, as everywhere.)
 *
 * Failures are as those of file.h; LASH_EUSAGE for a name that stands for no entry
 * of a folder: "/", ".", "..". */
#ifndef LASH_SYS_REMOVE_H
#define LASH_SYS_REMOVE_H

#include "base/err.h"

enum lash_remove {
    LASH_REMOVE_ONE,  /* a file, or an empty folder */
    LASH_REMOVE_TREE, /* also a folder with all that is in it */
    LASH_REMOVE_OURS, /* that, also where the modes of folders in it forbid it */
};

/* Of a tree as much is removed as can be; the first failure is told. */
LASH_NODISCARD enum lash_code lash_remove(const char *path, enum lash_remove how,
                                          struct lash_err *err);

#endif
