/* file.h - whole files: read with a limit, replace atomically, write it all.
 *
 * Failures are LASH_EMISSING when the file or a folder of its path is not
 * there, LASH_EPERMISSION, LASH_EREADONLY, LASH_EFULL, else LASH_EIO; messages name
 * the path and the system's reason. */
#ifndef LASH_SYS_FILE_H
#define LASH_SYS_FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Our code for a value of errno. */
enum lash_code lash_file_code(int why);

/* Fills err from errno: "cannot VERB PATH: reason". */
enum lash_code lash_file_fail(struct lash_err *err, const char *verb, const char *path);

/* Appends the content of a regular file to out; LASH_ETOOBIG for one larger
 * than out's limit. Pipes and devices, which may never end, are refused. */
LASH_NODISCARD enum lash_code lash_file_read(struct lash_buf *out, const char *path,
                                             struct lash_err *err);

/* The same of an open descriptor; path is for the message. */
LASH_NODISCARD enum lash_code lash_file_read_from(struct lash_buf *out, int fd, const char *path,
                                                  struct lash_err *err);

/* Replaces or makes a file: readers see the old content or the new, also after
 * a crash. The new file has exactly this mode. */
LASH_NODISCARD enum lash_code lash_file_write_atomic(const char *path, const char *data, size_t n,
                                                     mode_t mode, struct lash_err *err);

/* Writes all of data to a descriptor, blocking or not. LASH_ECLOSED: the reader
 * went away. name: what the descriptor is, for the message. */
LASH_NODISCARD enum lash_code lash_file_write(int fd, const char *name, const char *data, size_t n,
                                              struct lash_err *err);

/* Adds to the end of a regular file, in one piece where the system can; makes the file, with
 * what the umask leaves of mode. */
LASH_NODISCARD enum lash_code lash_file_append(const char *path, const char *data, size_t n,
                                               mode_t mode, struct lash_err *err);

/* Gives a file or folder another name; a file of that name is replaced. */
LASH_NODISCARD enum lash_code lash_file_rename(const char *from, const char *to,
                                               struct lash_err *err);

/* Makes a folder and those above it that are missing; one that is there is
 * left as it is. */
LASH_NODISCARD enum lash_code lash_file_mkdir_p(const char *path, mode_t mode,
                                                struct lash_err *err);

#endif
