/* wire_server.c - a loopback HTTP server that sends exactly the bytes it is told.
 *
 * usage: wire_server SCRIPT RECORD
 *
 * SCRIPT is a JSON list of exchanges. A request is answered by the first that
 * is unused and whose "match" (if it has one) is a part of the request line:
 *   {"match": "POST /v1", "repeat": true, "steps": [STEP...]}
 * with steps
 *   {"send": TEXT, "times": N}  at once, as one write; N times (1)
 *   {"send": TEXT, "cut": true} only as many bytes as the path begins with ("POST /17/v1")
 *   {"drip": TEXT, "every": MS} byte by byte
 *   {"sleep": MS}
 *   {"close": true}  {"reset": true}
 *   {"end": true}               of the server, which nobody can connect to any more
 * TEXT has the escapes \n \r \t \\ \xHH. After the last step the connection
 * waits for its next request; one that no exchange is for is cut.
 *
 * RECORD gets a line of JSON for every request, before it is answered. Standard
 * output tells the port, and then "gone N" when the client of connection N
 * leaves before its answer is complete. The server ends when anything, or the
 * end, comes from standard input, and after a minute in any case. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/json.h"

#define LIFE 60.0 /* seconds */
#define MAX_EXCHANGES 64
#define MAX_STEPS 256
#define MAX_CONNECTIONS 512
#define MAX_TEXT ((size_t)64 << 20)

enum step_kind { STEP_NONE, STEP_SEND, STEP_DRIP, STEP_SLEEP, STEP_CLOSE, STEP_RESET, STEP_END };

struct step {
    enum step_kind kind;
    struct lash_buf text;
    double seconds; /* to sleep, or between two bytes */
    long times;     /* 0: once */
    bool cut;
};

struct exchange {
    struct lash_buf match;
    bool repeat;
    bool used;
    size_t count;
    struct step steps[MAX_STEPS];
};

struct connection {
    int fd; /* -1: free */
    int number;
    struct lash_buf in;
    struct exchange *exchange; /* being answered; NULL: waits for a request */
    size_t step;
    size_t sent; /* of the step's text */
    size_t cut;  /* what the path begins with */
    long times;  /* it was sent whole */
    double wake; /* when the step goes on; 0: it did not begin to wait */
};

static struct exchange exchanges[MAX_EXCHANGES];
static size_t exchange_count;
static struct connection connections[MAX_CONNECTIONS];
static int accepted;
static int listener;
static FILE *record;

_Noreturn static void die(const char *what)
{
    (void)fprintf(stderr, "wire_server: %s\n", what);
    exit(EXIT_FAILURE);
}

static void must(enum lash_code code)
{
    if (code != LASH_OK)
        die(lash_code_name(code));
}

/* --- the script ---------------------------------------------------------- */

struct script {
    int depth;
    char key[16];
};

static void add_unescaped(struct lash_buf *b, const char *s, size_t n)
{
    static const char from[] = "nrt\\";
    static const char to[] = "\n\r\t\\";
    *b = LASH_BUF_INIT(MAX_TEXT);
    must(lash_buf_add(b, "", 0));
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        const char *known = c == '\\' && i + 1 < n ? strchr(from, s[i + 1]) : NULL;
        if (known) {
            c = to[known - from];
            i++;
        } else if (c == '\\' && i + 3 < n && s[i + 1] == 'x') {
            const char hex[] = {s[i + 2], s[i + 3], '\0'};
            c = (char)strtol(hex, NULL, 16);
            i += 3;
        } else if (c == '\\') {
            die("unknown escape in a text");
        }
        must(lash_buf_add(b, &c, 1));
    }
}

static void set_step(struct step *step, const char *key, const struct lash_json_token *token)
{
    static const struct {
        const char *key;
        enum step_kind kind;
    } kinds[] = {
        {"send", STEP_SEND},   {"drip", STEP_DRIP},   {"sleep", STEP_SLEEP},
        {"close", STEP_CLOSE}, {"reset", STEP_RESET}, {"end", STEP_END},
        {"every", STEP_NONE},  {"times", STEP_NONE},  {"cut", STEP_NONE},
    };
    size_t i = 0;
    while (i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].key, key) != 0)
        i++;
    if (i == sizeof(kinds) / sizeof(kinds[0]))
        die("unknown step");
    if (kinds[i].kind != STEP_NONE)
        step->kind = kinds[i].kind;
    if (strcmp(key, "cut") == 0)
        step->cut = token->i != 0;
    if (token->type == LASH_JSON_STRING)
        add_unescaped(&step->text, token->str, token->len);
    else if (token->type == LASH_JSON_INT && strcmp(key, "times") == 0)
        step->times = (long)token->i;
    else if (token->type == LASH_JSON_INT)
        step->seconds = (double)token->i / 1000;
}

static struct exchange *last_exchange(void)
{
    return exchange_count > 0 ? &exchanges[exchange_count - 1] : NULL;
}

static enum lash_code on_token(void *ctx, const struct lash_json_token *token)
{
    struct script *script = ctx;
    switch (token->type) {
    case LASH_JSON_KEY:
        (void)snprintf(script->key, sizeof(script->key), "%.*s", (int)token->len, token->str);
        return LASH_OK;
    case LASH_JSON_ARRAY: script->depth++; return LASH_OK;
    case LASH_JSON_OBJECT_END:
    case LASH_JSON_ARRAY_END: script->depth--; return LASH_OK;
    case LASH_JSON_OBJECT: script->depth++; break;
    default: break;
    }
    if (token->type == LASH_JSON_OBJECT && script->depth == 2) {
        if (exchange_count++ == MAX_EXCHANGES)
            return LASH_ETOOBIG;
        return LASH_OK;
    }
    struct exchange *e = last_exchange();
    if (!e)
        return LASH_EUSAGE;
    if (token->type == LASH_JSON_OBJECT)
        return e->count++ < MAX_STEPS ? LASH_OK : LASH_ETOOBIG;
    if (script->depth == 4 && e->count > 0)
        set_step(&e->steps[e->count - 1], script->key, token);
    else if (strcmp(script->key, "match") == 0)
        add_unescaped(&e->match, token->str, token->len);
    else if (strcmp(script->key, "repeat") == 0)
        e->repeat = token->i != 0;
    else
        return LASH_EUSAGE;
    return LASH_OK;
}

static void read_script(const char *path)
{
    struct lash_buf text = LASH_BUF_INIT(LASH_JSON_LIMIT);
    char piece[1 << 14];
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (!f)
        die("cannot read the script");
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        must(lash_buf_add(&text, piece, n));
    (void)fclose(f);

    struct script script = {0};
    struct lash_json_reader *r;
    struct lash_err err;
    must(lash_json_reader_new(&r, false, on_token, &script));
    if (lash_json_read(r, text.ptr, text.len, &err) != LASH_OK)
        die(err.msg);
    lash_json_reader_free(r);
    lash_buf_free(&text);
}

/* --- requests ------------------------------------------------------------ */

static void write_headers(struct lash_json_writer *w, const char *s, const char *end)
{
    lash_json_array(w);
    while (s < end) {
        const char *eol = strstr(s, "\r\n");
        const char *colon = memchr(s, ':', (size_t)(eol - s));
        if (colon) {
            const char *value = colon + 1 + strspn(colon + 1, " \t");
            lash_json_array(w);
            lash_json_string(w, s, (size_t)(colon - s));
            lash_json_string(w, value, value < eol ? (size_t)(eol - value) : 0);
            lash_json_array_end(w);
        }
        s = eol + 2;
    }
    lash_json_array_end(w);
}

/* A request as one line, flushed: who sees its answer finds it in the file. */
static void write_request(const struct connection *c, size_t line, size_t head, size_t total)
{
    struct lash_buf out = LASH_BUF_INIT(LASH_JSON_LIMIT);
    struct lash_json_writer w = LASH_JSON_WRITER(&out);
    lash_json_object(&w);
    lash_json_key(&w, "connection", 10);
    lash_json_int(&w, c->number);
    lash_json_key(&w, "line", 4);
    lash_json_string(&w, c->in.ptr, line);
    lash_json_key(&w, "headers", 7);
    write_headers(&w, c->in.ptr + line + 2, c->in.ptr + head - 2);
    lash_json_key(&w, "body", 4);
    lash_json_string(&w, c->in.ptr + head, total - head);
    lash_json_object_end(&w);
    must(w.code);
    if (fprintf(record, "%s\n", out.ptr) < 0 || fflush(record) != 0)
        die("cannot write the record");
    lash_buf_free(&out);
}

static void drop(struct connection *c)
{
    if (c->exchange) {
        (void)printf("gone %d\n", c->number);
        (void)fflush(stdout);
    }
    (void)close(c->fd);
    lash_buf_free(&c->in);
    c->exchange = NULL;
    c->fd = -1;
}

static struct exchange *find_exchange(const char *line)
{
    for (size_t i = 0; i < exchange_count; i++) {
        struct exchange *e = &exchanges[i];
        if (e->used || (e->match.ptr && !strstr(line, e->match.ptr)))
            continue;
        e->used = !e->repeat;
        return e;
    }
    return NULL;
}

/* Takes a request out of what was received, if it is whole. */
static void take_request(struct connection *c)
{
    const char *end = c->in.len > 0 ? strstr(c->in.ptr, "\r\n\r\n") : NULL;
    if (!end)
        return;
    size_t head = (size_t)(end - c->in.ptr) + 4;
    size_t line = (size_t)(strstr(c->in.ptr, "\r\n") - c->in.ptr);
    const char *length = strcasestr(c->in.ptr, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    if (c->in.len - head < body)
        return;
    write_request(c, line, head, head + body);
    c->in.ptr[line] = '\0';
    const char *path = strchr(c->in.ptr, '/');
    c->cut = path ? strtoul(path + 1, NULL, 10) : 0;
    c->exchange = find_exchange(c->in.ptr);
    if (!c->exchange) {
        drop(c);
        return;
    }
    size_t rest = c->in.len - head - body;
    memmove(c->in.ptr, c->in.ptr + head + body, rest + 1);
    c->in.len = rest;
    c->step = 0;
}

static void receive(struct connection *c)
{
    char piece[1 << 14];
    ssize_t n = recv(c->fd, piece, sizeof(piece), 0);
    if (n > 0)
        must(lash_buf_add(&c->in, piece, (size_t)n));
    else if (n == 0 || errno != EAGAIN)
        drop(c);
}

/* --- answers ------------------------------------------------------------- */

static void next_step(struct connection *c)
{
    c->sent = 0;
    c->times = 0;
    c->wake = 0;
    if (++c->step == c->exchange->count)
        c->exchange = NULL;
}

/* How much of its text is sent. */
static size_t length(const struct connection *c, const struct step *step)
{
    return step->cut && c->cut < step->text.len ? c->cut : step->text.len;
}

/* Sends up to n bytes of the step's text; false when it has to wait. */
static bool send_text(struct connection *c, const struct step *step, size_t n)
{
    ssize_t sent = send(c->fd, step->text.ptr + c->sent, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        if (errno != EAGAIN)
            drop(c);
        return false;
    }
    c->sent += (size_t)sent;
    if (c->sent < length(c, step))
        return true;
    c->sent = 0;
    if (++c->times >= step->times)
        next_step(c);
    return true;
}

static void end_connection(struct connection *c, bool reset)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (reset)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    c->exchange = NULL; /* as the script says, so nobody is gone */
    drop(c);
}

/* Does what can be done now; false when the step has to wait. */
static bool advance(struct connection *c, double now)
{
    const struct step *step = &c->exchange->steps[c->step];
    size_t left = length(c, step) - c->sent;
    switch (step->kind) {
    case STEP_SEND: return send_text(c, step, left);
    case STEP_DRIP:
        if (now < c->wake)
            return false;
        c->wake = now + step->seconds;
        return send_text(c, step, left > 0 ? 1 : 0);
    case STEP_SLEEP:
        if (c->wake == 0)
            c->wake = now + step->seconds;
        if (now < c->wake)
            return false;
        next_step(c);
        return true;
    case STEP_CLOSE: end_connection(c, false); return false;
    case STEP_RESET: end_connection(c, true); return false;
    case STEP_END:
        (void)close(listener); /* before anyone can see that the connection ends */
        exit(EXIT_SUCCESS);
    case STEP_NONE: break;
    }
    die("a step without a kind");
}

/* Answers, and answers what the client sent on ahead. */
static void serve(struct connection *c, double now)
{
    do {
        while (c->exchange && c->fd >= 0 && advance(c, now))
            ;
        if (c->fd >= 0 && !c->exchange)
            take_request(c);
        else
            return;
    } while (c->exchange);
}

/* --- the loop ------------------------------------------------------------ */

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) != 0 ||
        listen(fd, MAX_CONNECTIONS) != 0 || getsockname(fd, (struct sockaddr *)&address, &n) != 0)
        die("cannot listen on loopback");
    (void)printf("%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    return fd;
}

static void accept_connection(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        if (connections[i].fd < 0) {
            connections[i] = (struct connection){
                .fd = fd,
                .number = ++accepted,
                .in = LASH_BUF_INIT(MAX_TEXT),
            };
            return;
        }
    }
    (void)close(fd);
}

/* What to wait for; returns how long, in milliseconds. */
static int prepare(struct pollfd *fds, double now, double end)
{
    double until = end;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        const struct connection *c = &connections[i];
        fds[i] = (struct pollfd){.fd = c->fd, .events = POLLIN};
        if (c->fd < 0 || !c->exchange)
            continue;
        if (c->wake == 0)
            fds[i].events |= POLLOUT; /* a send found the socket full */
        else if (c->wake < until)
            until = c->wake;
    }
    return until > now ? (int)((until - now) * 1000) + 1 : 0;
}

static void serve_all(const struct pollfd *fds)
{
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &connections[i];
        if (c->fd >= 0 && fds[i].revents != 0 && fds[i].revents != POLLOUT)
            receive(c);
        if (c->fd >= 0)
            serve(c, lash_clock_now());
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage: wire_server SCRIPT RECORD");
    read_script(argv[1]);
    record = fopen(argv[2], "we");
    if (!record)
        die("cannot write the record");
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        connections[i].fd = -1;
    listener = listen_on_loopback();
    struct pollfd fds[MAX_CONNECTIONS + 2];
    struct pollfd *own = fds + MAX_CONNECTIONS;
    const double end = lash_clock_now() + LIFE;
    bool told_to_end = false;
    while (!told_to_end && lash_clock_now() < end) {
        int wait_ms = prepare(fds, lash_clock_now(), end);
        own[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        own[1] = (struct pollfd){.fd = listener, .events = POLLIN};
        if (poll(fds, MAX_CONNECTIONS + 2, wait_ms) < 0 && errno != EINTR)
            die("poll failed");
        serve_all(fds);
        if (own[1].revents != 0)
            accept_connection();
        told_to_end = own[0].revents != 0;
    }
    return EXIT_SUCCESS; /* the system frees what is left */
}
