/* fold_cases.h - chunks in short, and what becomes of them.
 *
 * A case is a list of chunks, one a line, and the line of fold.h. */
#ifndef LASH_SPEC_FOLD_CASES_H
#define LASH_SPEC_FOLD_CASES_H

#include "fold.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fold_case {
    const char *name, *chunks, *expect;
};

/* A streamed choice; a fragment of a call in it. */
#define DELTA(members)                                                                             \
    "{\"choices\":[{\"index\":0,\"delta\":{" members "},\"finish_reason\":null}]}\n"
#define CALL(members) DELTA("\"tool_calls\":[{" members "}]")
#define CALLS(list) DELTA("\"tool_calls\":[" list "]")
#define FINISH(reason)                                                                             \
    "{\"choices\":[{\"delta\":{},\"index\":0,\"finish_reason\":\"" reason "\"}]}\n"
#define ARGS(text) "\"function\":{\"arguments\":\"" text "\"}"
#define FUNCTION(name, args) "\"function\":{\"name\":\"" name "\",\"arguments\":\"" args "\"}"

static inline void fold_check(const struct fold_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fold f;
        fold_init(&f);
        for (const char *line = cases[i].chunks; *line;) {
            size_t len = strcspn(line, "\n");
            if (fold_feed(&f, line, len) != LASH_OK)
                fail_msg("%s: %s", cases[i].name, f.err.msg);
            line += len + (line[len] == '\n');
        }
        const char *line = fold_end(&f);
        if (strcmp(line, cases[i].expect) != 0)
            fail_msg("%s: %s, not %s", cases[i].name, line, cases[i].expect);
        fold_free(&f);
    }
}

#endif
