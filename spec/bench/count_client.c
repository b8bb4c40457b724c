/* count_client.c - what a stream costs at least: libcurl takes it, and the bytes
 * are counted.
 *
 * usage: count_client URL [CA_FOLDER]
 *
 * Standard output tells the bytes of the answer. Where a folder is named, it has
 * the certificates, by their hashes; else it is what libcurl does by itself. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

/* libcurl's signature. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes;
    size_t *count = ctx;
    *count += size * n;
    return size * n;
}

int main(int argc, char **argv)
{
    static const char body[] = "{\"model\":\"qwen3-max\",\"messages\":[{\"role\":\"user\","
                               "\"content\":\"Hi\"}],"
                               "\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    static const char *const lines[] = {"Content-Type: application/json",
                                        "Accept: text/event-stream", "Authorization: Bearer sk-1",
                                        "Expect:"};
    if (argc < 2 || argc > 3)
        return EXIT_FAILURE;
    size_t count = 0;
    struct curl_slist *headers = NULL;
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        headers = curl_slist_append(headers, lines[i]);
    CURL *easy = curl_easy_init();
    if (!easy)
        return EXIT_FAILURE;
    (void)curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &count);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (argc > 2) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, argv[2]);
    }
    CURLcode rc = curl_easy_perform(easy);
    if (rc != CURLE_OK)
        (void)fprintf(stderr, "count_client: %s\n", curl_easy_strerror(rc));
    (void)printf("%zu\n", count);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return rc == CURLE_OK && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
