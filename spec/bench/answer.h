/* answer.h - what the servers of the benchmark answer: a stream of server-sent
 * events in the shape of DashScope.
 *
 * An answer of n chunks is: the role, words, the finish reason, the usage with
 * the end of the stream. A request's path says how many and how they come:
 *
 *   /CHUNKS/EVERY_MS/...   chunks EVERY_MS apart; 0: as fast as they are taken */
#ifndef LASH_BENCH_ANSWER_H
#define LASH_BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_EVENT 1024 /* room for an event, at least */

struct answer {
    size_t chunks; /* at least 3 */
    uint64_t every_ms;
};

/* False where the path does not say. */
bool lash_bench_read_path(struct answer *out, const char *path);

/* Writes event i of the answer, without any framing of HTTP; returns its length. */
size_t lash_bench_write(const struct answer *a, size_t i, char event[ANSWER_EVENT]);

#endif
