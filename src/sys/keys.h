/* keys.h - what is typed at the terminal, key by key, in UTF-8.
 *
 * Signals come in only while a key is waited for, so none is missed between a look
 * and the waiting: lash_keys_begin holds them back, lash_keys_end lets them go. */
#ifndef LASH_SYS_KEYS_H
#define LASH_SYS_KEYS_H

#include <locale.h>
#include <signal.h>
#include <stdbool.h>

struct lash_keys {
    const volatile sig_atomic_t *stop; /* not 0: a signal ends the reading */
    sigset_t before;                   /* signals as they were */
    bool again;                        /* is the last byte to be read once more? */
    unsigned char last;                /* byte that was read */
};

/* What is no key. */
enum {
    LASH_KEY_END = -1,       /* there will be none */
    LASH_KEY_STOP = -2,      /* a signal ends the reading */
    LASH_KEY_SUSPENDED = -3, /* Ctrl-Z: lash_screen_stop is to be called */
    LASH_KEY_RESIZED = -4,   /* the terminal has another size */
};

/* A locale in which characters are UTF-8: the environment's, or C.UTF-8; 0 when
 * there is none. */
locale_t lash_keys_locale(void);

void lash_keys_begin(struct lash_keys *keys);
void lash_keys_end(struct lash_keys *keys);

/* The next key, or what happened instead. What is not UTF-8 is U+FFFD, and takes
 * nothing that follows with it. resizable: a new size may be told of now. In a locale
 * of UTF-8. */
int lash_keys_read(struct lash_keys *keys, bool resizable);

/* Waits so long for a key, or for what happens instead (but a new size); false: there
 * is none. */
bool lash_keys_wait(struct lash_keys *keys, int milliseconds);

#endif
