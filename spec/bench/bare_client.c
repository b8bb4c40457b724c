/* bare_client.c - what many streams cost at least: libcurl and epoll, and the
 * bytes are thrown away.
 *
 * usage: bare_client URL STREAMS
 *
 * The options of libcurl are those of src/sys/transfer_options.c that have a
 * price. Fails when not every stream was complete. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#define EVENTS 1024

static int epoll;
static long timeout_ms = -1;
static long complete;

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
    (void)easy;
    struct epoll_event ev = {.data.fd = fd};
    ev.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
        (void)curl_multi_assign(ctx, fd, NULL);
        return 0;
    }
    if (epoll_ctl(epoll, assigned ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev) != 0)
        return -1;
    (void)curl_multi_assign(ctx, fd, &epoll); /* anything: it is known */
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
    (void)multi;
    (void)ctx;
    timeout_ms = ms;
    return 0;
}

/* libcurl's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * n;
}

static void start(CURLM *multi, const char *url, struct curl_slist *headers)
{
    static const char body[] = "{\"model\":\"qwen3-max\",\"messages\":[{\"role\":\"user\","
                               "\"content\":\"Tell me about 1\"}],"
                               "\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    CURL *easy = curl_easy_init();
    if (!easy)
        exit(EXIT_FAILURE);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    if (curl_multi_add_handle(multi, easy) != CURLM_OK)
        exit(EXIT_FAILURE);
}

static void take_ended(CURLM *multi)
{
    int left;
    CURLMsg *msg;
    while ((msg = curl_multi_info_read(multi, &left))) {
        CURL *easy = msg->easy_handle;
        complete += msg->data.result == CURLE_OK;
        (void)curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    long streams = strtol(argv[2], NULL, 10);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    struct curl_slist *headers = NULL;
    static const char *const lines[] = {"Content-Type: application/json",
                                        "Accept: text/event-stream", "Authorization: Bearer sk-1",
                                        "Expect:"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        headers = curl_slist_append(headers, lines[i]);
    for (long i = 0; i < streams; i++)
        start(multi, argv[1], headers);

    int running = 1;
    while (running > 0) {
        struct epoll_event ready[EVENTS];
        int n = epoll_wait(epoll, ready, EVENTS, (int)timeout_ms);
        for (int i = 0; i < n; i++) {
            int flags = (ready[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                        (ready[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                        (ready[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
            (void)curl_multi_socket_action(multi, ready[i].data.fd, flags, &running);
        }
        if (n == 0)
            (void)curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        take_ended(multi);
    }
    (void)curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    if (complete == streams)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "bare_client: %ld of %ld streams were complete\n", complete, streams);
    return EXIT_FAILURE;
}
