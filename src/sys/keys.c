/* keys.c - what is typed at the terminal, key by key; see keys.h. */
#include "sys/keys.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "sys/screen.h"

#define REPLACEMENT 0xFFFD

locale_t lash_keys_locale(void)
{
    locale_t own = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (own && strcmp(nl_langinfo_l(CODESET, own), "UTF-8") == 0)
        return own;
    locale_t other = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!other)
        return own;
    if (own)
        freelocale(own);
    return other;
}

void lash_keys_begin(struct lash_keys *keys)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGWINCH, SIGTSTP};
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        (void)sigaddset(&blocked, signals[i]);
    (void)sigprocmask(SIG_BLOCK, &blocked, &keys->before);
}

void lash_keys_end(struct lash_keys *keys)
{
    (void)sigprocmask(SIG_SETMASK, &keys->before, NULL);
}

/* The next byte, or what happened instead. */
static int read_byte(struct lash_keys *keys, bool resizable)
{
    if (keys->again) {
        keys->again = false;
        return keys->last;
    }
    for (;;) {
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
        if (*keys->stop)
            return LASH_KEY_STOP;
        if (lash_screen_stopped) {
            lash_screen_stopped = 0;
            return LASH_KEY_SUSPENDED;
        }
        if (lash_screen_resized && resizable) {
            lash_screen_resized = 0;
            return LASH_KEY_RESIZED;
        }
        if (ppoll(&p, 1, NULL, &keys->before) < 0) { /* only here signals come in */
            if (errno == EINTR)
                continue;
            return LASH_KEY_END;
        }
        ssize_t n = read(STDIN_FILENO, &keys->last, 1);
        if (n == 1)
            return keys->last;
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return LASH_KEY_END;
    }
}

int lash_keys_read(struct lash_keys *keys, bool resizable)
{
    mbstate_t state = {0};
    for (;;) {
        int byte = read_byte(keys, resizable && mbsinit(&state));
        if (byte == LASH_KEY_SUSPENDED && !mbsinit(&state)) {
            lash_screen_stopped = 1; /* between two keys, please */
            memset(&state, 0, sizeof(state));
            continue;
        }
        if (byte < 0)
            return byte;
        char c = (char)byte;
        wchar_t key;
        bool first = mbsinit(&state);
        size_t n = mbrtowc(&key, &c, 1, &state);
        if (n == (size_t)-1) {
            keys->again = !first; /* it was the bytes before that were none */
            return REPLACEMENT;
        }
        if (n != (size_t)-2)
            return (int)key;
    }
}

bool lash_keys_wait(struct lash_keys *keys, int milliseconds)
{
    const struct timespec limit = {.tv_sec = milliseconds / 1000,
                                   .tv_nsec = milliseconds % 1000 * 1000000L};
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int ready = -1;
    while (ready < 0 && !keys->again && !*keys->stop && !lash_screen_stopped) {
        ready = ppoll(&p, 1, &limit, &keys->before);
        if (ready < 0 && errno != EINTR)
            break;
    }
    return ready != 0;
}
