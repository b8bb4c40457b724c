/* tls_server.c - the same answers over TLS (libmicrohttpd, which has GnuTLS).
 *
 * usage: tls_server KEY CERTIFICATE
 *
 * Files in PEM. Answers are never paced. Standard output tells the port; the end
 * of standard input ends it. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"

#define BLOCK ((size_t)32 << 10)
#define MAX_FILE ((size_t)64 << 10)

struct stream {
    struct answer answer;
    size_t next;
};

static ssize_t on_more(void *ctx, uint64_t at, char *buf, size_t max)
{
    (void)at;
    struct stream *s = ctx;
    size_t n = 0;
    while (s->next < s->answer.chunks && n + ANSWER_EVENT <= max)
        n += lash_bench_write(&s->answer, s->next++, buf + n);
    return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

/* libmicrohttpd's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **own)
{
    static int begun;
    (void)ctx, (void)method, (void)version, (void)body;
    if (!*own) { /* the headers; the body comes next */
        *own = &begun;
        return MHD_YES;
    }
    if (*body_len > 0) {
        *body_len = 0;
        return MHD_YES;
    }
    struct stream *s = calloc(1, sizeof(*s));
    if (!s || !lash_bench_read_path(&s->answer, url)) {
        free(s);
        return MHD_NO;
    }
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_more, s, free);
    if (!r)
        return MHD_NO;
    (void)MHD_add_response_header(r, "Content-Type", "text/event-stream;charset=UTF-8");
    enum MHD_Result rc = MHD_queue_response(connection, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return rc;
}

static char *read_file(const char *path)
{
    char *text = calloc(1, MAX_FILE);
    FILE *file = fopen(path, "r");
    size_t n = text && file ? fread(text, 1, MAX_FILE - 1, file) : 0;
    if (file)
        (void)fclose(file);
    if (n > 0)
        return text;
    (void)fprintf(stderr, "tls_server: cannot read %s\n", path);
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    char *key = read_file(argv[1]);
    char *certificate = read_file(argv[2]);
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL,
                                            NULL, on_request, NULL, MHD_OPTION_HTTPS_MEM_KEY, key,
                                            MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        (void)fputs("tls_server: cannot start\n", stderr);
        return EXIT_FAILURE;
    }
    (void)printf("%d\n", info->port);
    (void)fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    MHD_stop_daemon(d);
    free(key);
    free(certificate);
    return EXIT_SUCCESS;
}
