/* chat.c - one model call as a stream; see chat.h.
 *
 * What the body is shows in its first bytes: a brace begins a whole JSON
 * answer, whatever its content type says; the name of a field server-sent
 * events; all else is no answer, as a gateway's HTML page. */
#include "sys/chat.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "wire/json.h"
#include "wire/sse.h"

#define HIGH_WATER (64u << 10)          /* unread bytes above which the transfer pauses */
#define QUEUE_LIMIT ((size_t)64 << 20)  /* one event can bring more than HIGH_WATER */
#define ANSWER_LIMIT ((size_t)64 << 20) /* an answer that is not streamed */
#define ERROR_LIMIT ((size_t)1 << 20)   /* body of an error; what is more is dropped */
#define PIECE ((size_t)2 << 10)         /* taken at a time: there may be a thousand streams */
#define TAIL_MS 5000 /* silence after the finish reason, or in what is no answer */

enum form { FORM_UNKNOWN, FORM_EVENTS, FORM_JSON, FORM_ERROR };

/* A run of unread text of one channel, up to byte 'end' of the queue. */
struct run {
    enum lash_channel channel;
    size_t end;
};

struct lash_chat {
    /* First what every piece of an answer needs: see struct lash_transfer. */
    enum form form;
    bool finished; /* no more will come */
    bool paused;
    bool gathers;    /* text by itself is no news */
    bool unreadable; /* compressed, which nobody asked for */
    bool tail;       /* only usage and [DONE] are still to come */
    bool told;       /* DONE or FAIL was popped */
    struct lash_transfer *transfer;
    struct lash_answer *answer;
    size_t heard;         /* of calls, when something new of them came last */
    size_t next_run;      /* first unread run */
    struct lash_buf text; /* unread text of both channels */
    struct lash_buf runs; /* of struct run */
    struct lash_sse sse;
    struct lash_source source;

    struct lash_buf body; /* of a JSON answer or an error */
    size_t mark;          /* bytes of a byte order mark that came */
    size_t next_call;
    enum lash_code failed; /* by transport, or by what is no answer; LASH_OK: not */
    char *why;             /* NULL: there was no memory for the words */
};

static enum lash_code on_text(void *ctx, enum lash_channel channel, const char *text, size_t n)
{
    struct lash_chat *c = ctx;
    enum lash_code code = lash_buf_add(&c->text, text, n);
    if (code != LASH_OK)
        return code;
    size_t count = c->runs.len / sizeof(struct run);
    struct run *runs = (struct run *)(void *)c->runs.ptr;
    if (count > c->next_run && runs[count - 1].channel == channel) {
        runs[count - 1].end = c->text.len;
    } else {
        struct run run = {channel, c->text.len};
        code = lash_buf_add(&c->runs, &run, sizeof(run));
    }
    lash_transfer_progress(c->transfer);
    if (!c->gathers)
        lash_source_mark_soon(&c->source);
    return code;
}

/* The stream has nothing more to say, or we have heard enough. */
static void end(struct lash_chat *c)
{
    if (c->finished)
        return;
    c->finished = true;
    lash_answer_end(c->answer);
    lash_source_mark(&c->source);
}

/* The first failure is the cause of the others. */
static void note_failure(struct lash_chat *c, enum lash_code code, const char *why)
{
    if (c->failed != LASH_OK)
        return;
    c->failed = code;
    c->why = strdup(why);
}

static void fail(struct lash_chat *c, const struct lash_err *err)
{
    note_failure(c, err->code, err->msg);
    end(c);
}

static enum lash_code feed_answer(struct lash_chat *c, const char *json, size_t n)
{
    struct lash_err err = {.code = LASH_OK};
    enum lash_code code = lash_answer_feed(c->answer, json, n, &err);
    if (code != LASH_OK) {
        if (err.code == LASH_OK)
            (void)lash_err_set(&err, code, "the answer is too large to hold");
        fail(c, &err);
    }
    return code;
}

static enum lash_code on_event(void *ctx, const char *type, const char *data, size_t len)
{
    (void)type; /* an "error" event shows in its data */
    struct lash_chat *c = ctx;
    if (c->finished) /* what came in one piece with the end, behind it */
        return LASH_OK;
    enum lash_code code = feed_answer(c, data, len);
    if (code != LASH_OK)
        return code;
    /* Events that say nothing new are no progress: they could go on for ever. */
    size_t heard = lash_answer_calls_heard(c->answer);
    if (heard != c->heard) {
        c->heard = heard;
        lash_transfer_progress(c->transfer);
    }
    if (lash_answer_failure(c->answer) || (len == 6 && memcmp(data, "[DONE]", 6) == 0)) {
        end(c);
    } else if (!c->tail && lash_answer_complete(c->answer)) {
        c->tail = true;
        lash_transfer_limit_silence(c->transfer, TAIL_MS);
    }
    return LASH_OK;
}

/* A stream that ended before the empty line behind its last event: one that is
 * whole counts, what was cut in it is not JSON. */
static enum lash_code on_last_words(void *ctx, const char *type, const char *data, size_t len)
{
    (void)type;
    struct lash_chat *c = ctx;
    struct lash_err err;
    enum lash_code code = lash_answer_feed(c->answer, data, len, &err);
    (void)code; /* what cannot be read says nothing */
    return LASH_OK;
}

static void on_comment(void *ctx, const char *text, size_t n)
{
    struct lash_chat *c = ctx;
    lash_answer_comment(c->answer, text, n);
}

static void set_form(struct lash_chat *c, enum form form)
{
    c->form = form;
    if (form == FORM_ERROR) /* its first words are enough */
        lash_transfer_limit_silence(c->transfer, TAIL_MS);
}

static void on_head(void *ctx, struct lash_transfer *t)
{
    struct lash_chat *c = ctx;
    long status = lash_transfer_status(t);
    const char *encoding = lash_transfer_header(t, "content-encoding");
    if (encoding && strcasecmp(encoding, "identity") != 0) {
        static const char said[] = "the answer is compressed, which was not asked for";
        c->unreadable = lash_buf_add(&c->body, said, strlen(said)) == LASH_OK;
    }
    if (status < 200 || status > 299 || c->unreadable)
        set_form(c, FORM_ERROR);
}

/* Does it begin as a line of an event stream does, as far as it goes? */
static bool starts_events(const char *s, size_t n)
{
    static const char *const fields[] = {":", "data", "event", "id", "retry", "status"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        size_t len = strlen(fields[i]);
        if (memcmp(s, fields[i], n < len ? n : len) == 0)
            return true;
    }
    return false;
}

/* Passes over a byte order mark, in whatever pieces it comes, and white space. */
static enum lash_code skip_start(struct lash_chat *c, const char **bytes, size_t *n)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t whole = sizeof(mark) - 1;
    for (; *n > 0 && c->mark < whole && **bytes == mark[c->mark]; c->mark++, ++*bytes, --*n)
        ;
    if (*n == 0)
        return LASH_OK;
    enum lash_code code = LASH_OK;
    if (c->mark > 0 && c->mark < whole) /* it was none */
        code = lash_buf_add(&c->body, mark, c->mark);
    c->mark = whole; /* it stands at the very start, or nowhere */
    for (; *n > 0 && lash_json_is_space(**bytes); ++*bytes, --*n)
        ;
    return code;
}

/* By what comes first, of which there is something. */
static enum form sniff(const char *bytes, size_t n, const char *content_type)
{
    bool events = content_type && strcasestr(content_type, "event-stream");
    if (*bytes == '{')
        return FORM_JSON;
    return starts_events(bytes, n) || (events && *bytes != '<') ? FORM_EVENTS : FORM_ERROR;
}

static enum lash_code on_body(void *ctx, const char *bytes, size_t n)
{
    struct lash_chat *c = ctx;
    if (c->finished || c->unreadable)
        return LASH_OK; /* the end of the body, behind [DONE]; or nothing to us */
    enum lash_code code = LASH_OK;
    if (c->form == FORM_UNKNOWN || (c->form == FORM_ERROR && c->body.len == 0))
        code = skip_start(c, &bytes, &n);
    if (code != LASH_OK || n == 0)
        return code;
    if (c->form == FORM_UNKNOWN)
        set_form(c, sniff(bytes, n, lash_transfer_header(c->transfer, "content-type")));
    if (c->form == FORM_JSON) {
        lash_transfer_progress(c->transfer);
        code = lash_buf_add(&c->body, bytes, n);
    } else if (c->form == FORM_ERROR) {
        size_t room = ERROR_LIMIT - c->body.len;
        code = lash_buf_add(&c->body, bytes, n < room ? n : room);
    } else if (c->form == FORM_EVENTS) {
        code = lash_sse_feed(&c->sse, bytes, n);
    }
    if (code != LASH_OK)
        note_failure(c, code,
                     code == LASH_ENOMEM ? "out of memory" : "the answer is larger than allowed");
    if (c->text.len + c->runs.len > HIGH_WATER && !c->paused) {
        c->paused = true;
        lash_transfer_pause(c->transfer);
        lash_source_mark(&c->source);
    }
    return code;
}

/* The transfer has ended by itself: was it the end of the answer? */
static void on_done(void *ctx, const struct lash_err *err)
{
    struct lash_chat *c = ctx;
    if (c->finished)
        return;
    long status = lash_transfer_status(c->transfer);
    if (c->form == FORM_ERROR) {
        enum lash_code code =
            lash_answer_refuse(c->answer, status, lash_transfer_header(c->transfer, "content-type"),
                               c->body.ptr ? c->body.ptr : "", c->body.len);
        if (code != LASH_OK)
            note_failure(c, code, "out of memory");
        lash_answer_name(c->answer, lash_chat_request_id(c));
        end(c);
        return;
    }
    if (c->form == FORM_JSON && !err) {
        if (feed_answer(c, c->body.ptr, c->body.len) != LASH_OK)
            return;
    }
    if (c->form == FORM_EVENTS && !err && !lash_answer_complete(c->answer)) {
        c->sse.on_event = on_last_words;
        enum lash_code code = lash_sse_feed(&c->sse, "\n\n", 2);
        (void)code; /* what cannot be read says nothing */
    }
    if (err && !c->tail) /* after the finish reason nothing is missing but usage */
        fail(c, err);
    end(c);
}

enum lash_code lash_chat_start(struct lash_chat **out, struct lash_http *http,
                               struct lash_loop *loop, const struct lash_http_request *given,
                               struct lash_err *err)
{
    static const struct lash_http_events events = {on_head, on_body, on_done};
    struct lash_chat *c = calloc(1, sizeof(*c));
    if (!c)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    struct lash_http_request req = *given;
    req.piece = PIECE;
    lash_source_init(&c->source, loop);
    lash_sse_init(&c->sse, LASH_SSE_EVENT_LIMIT, on_event, c);
    c->sse.on_comment = on_comment;
    c->body = LASH_BUF_INIT(ANSWER_LIMIT);
    c->text = LASH_BUF_INIT(QUEUE_LIMIT);
    c->runs = LASH_BUF_INIT(QUEUE_LIMIT);
    enum lash_code code = lash_answer_new(&c->answer, on_text, c);
    if (code != LASH_OK)
        (void)lash_err_set(err, code, "out of memory");
    else
        code = lash_transfer_start(&c->transfer, http, &req, &events, c, err);
    if (code != LASH_OK) {
        lash_chat_free(c);
        return code;
    }
    *out = c;
    return LASH_OK;
}

void lash_chat_free(struct lash_chat *c)
{
    if (!c)
        return;
    lash_transfer_free(c->transfer);
    lash_source_drop(&c->source);
    lash_answer_free(c->answer);
    lash_sse_free(&c->sse);
    lash_buf_free(&c->body);
    lash_buf_free(&c->text);
    lash_buf_free(&c->runs);
    free(c->why);
    free(c);
}

void lash_chat_gather(struct lash_chat *c)
{
    c->gathers = true;
}

uint64_t lash_chat_id(const struct lash_chat *c)
{
    return c->source.id;
}

static bool pop_text(struct lash_chat *c, struct lash_chat_event *ev)
{
    const struct run *runs = (const struct run *)(const void *)c->runs.ptr;
    size_t count = c->runs.len / sizeof(struct run);
    if (c->next_run == count) {
        lash_buf_reset(&c->text);
        lash_buf_reset(&c->runs);
        c->next_run = 0;
        return false;
    }
    size_t begin = c->next_run > 0 ? runs[c->next_run - 1].end : 0;
    const struct run *run = &runs[c->next_run++];
    *ev = (struct lash_chat_event){
        .kind = run->channel == LASH_CHANNEL_TEXT ? LASH_CHAT_TEXT : LASH_CHAT_THINKING,
        .text = c->text.ptr + begin,
        .len = run->end - begin,
    };
    return true;
}

static bool failed(const struct lash_chat *c)
{
    return lash_answer_failure(c->answer) || c->failed != LASH_OK;
}

struct lash_chat_event lash_chat_pop(struct lash_chat *c)
{
    struct lash_chat_event ev = {.kind = LASH_CHAT_NONE};
    if (pop_text(c, &ev))
        return ev;
    if (c->paused) { /* all is handed out: only now may more arrive, and it may at once */
        c->paused = false;
        lash_transfer_resume(c->transfer);
        if (pop_text(c, &ev))
            return ev;
    }
    if (!c->finished || c->told)
        return ev;
    if (!failed(c) && !lash_answer_complete(c->answer))
        note_failure(c, LASH_ETRUNCATED, "the answer ended without a finish reason");
    if (!failed(c) && c->next_call < lash_answer_call_count(c->answer)) {
        ev.kind = LASH_CHAT_CALL;
        ev.call = lash_answer_call(c->answer, c->next_call++);
        return ev;
    }
    c->told = true;
    ev.kind = failed(c) ? LASH_CHAT_FAIL : LASH_CHAT_DONE;
    return ev;
}

const struct lash_answer *lash_chat_answer(const struct lash_chat *c)
{
    return c->answer;
}

struct lash_chat_failure lash_chat_failure(struct lash_chat *c)
{
    const struct lash_failure *service = lash_answer_failure(c->answer);
    struct lash_chat_failure f = {.retry_after = lash_transfer_retry_after(c->transfer)};
    if (service)
        f.service = *service;
    else
        (void)lash_err_set(&f.err, c->failed, "%s", c->why ? c->why : "out of memory");
    return f;
}

const char *lash_chat_request_id(struct lash_chat *c)
{
    const char *id = lash_transfer_header(c->transfer, "x-request-id");
    return id ? id : "";
}

struct lash_transfer *lash_chat_transfer(struct lash_chat *c)
{
    return c->transfer;
}
