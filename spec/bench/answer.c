/* answer.c - what the servers of the benchmark answer; see answer.h. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

#define LEAST 3

bool lash_bench_read_path(struct answer *out, const char *path)
{
    char *end = NULL;
    out->chunks = path[0] == '/' ? strtoul(path + 1, &end, 10) : 0;
    if (out->chunks < LEAST || !end || *end != '/')
        return false;
    out->every_ms = strtoul(end + 1, &end, 10);
    return *end == '/';
}

size_t lash_bench_write(const struct answer *a, size_t i, char event[ANSWER_EVENT])
{
    static const char rest[] = "\"created\":1770000000,\"system_fingerprint\":null,"
                               "\"model\":\"qwen3-max\","
                               "\"id\":\"chatcmpl-00000000-0000-4000-8000-000000000001\"}\n\n";
    static const char head[] = "data: {\"choices\":[";
    static const char tail[] = "],\"object\":\"chat.completion.chunk\",\"usage\":";
    int n;
    if (i + 1 == a->chunks) {
        n = snprintf(event, ANSWER_EVENT,
                     "%s%s{\"prompt_tokens\":21,\"completion_tokens\":%zu,\"total_tokens\":%zu,"
                     "\"prompt_tokens_details\":{\"cached_tokens\":0}},%sdata: [DONE]\n\n",
                     head, tail, a->chunks - LEAST, a->chunks - LEAST + 21, rest);
    } else {
        char word[16] = "";
        bool speaks = i > 0 && i + 2 < a->chunks;
        if (speaks)
            (void)snprintf(word, sizeof(word), "word%02zu ", i % 100);
        n = snprintf(event, ANSWER_EVENT,
                     "%s{\"delta\":{\"content\":\"%s\"%s},\"index\":0,\"logprobs\":null,"
                     "\"finish_reason\":%s}%snull,%s",
                     head, word, i == 0 ? ",\"role\":\"assistant\"" : "",
                     i + 2 == a->chunks ? "\"stop\"" : "null", tail, rest);
    }
    return (size_t)n;
}
