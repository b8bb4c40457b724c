/* screen.c - the terminal as a person left it; see screen.h. */
#include "sys/screen.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define PASTE_OFF "\33[?2004l" /* pasted text comes as if it were typed again */

volatile sig_atomic_t lash_screen_resized, lash_screen_stopped;

static struct termios kept; /* as it was when we came */
static volatile sig_atomic_t is_kept, is_quiet, is_edited, is_keyed;
static volatile sig_atomic_t terminal = STDIN_FILENO;

int lash_screen_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Sets the modes, unless the terminal belongs to another job: that would stop us. */
static void set(const struct termios *modes)
{
    if (tcgetpgrp(terminal) == getpgrp())
        (void)tcsetattr(terminal, TCSANOW, modes);
}

/* Sets what is wanted now, where no editor does. */
static void set_wanted(void)
{
    struct termios modes = kept;
    if (is_quiet || is_keyed)
        modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    if (is_keyed) {
        modes.c_lflag &= ~(tcflag_t)ICANON;
        modes.c_cc[VMIN] = 1;
        modes.c_cc[VTIME] = 0;
    }
    set(&modes);
}

void lash_screen_restore(void)
{
    if (!is_kept)
        return;
    if (is_edited)
        (void)!write(STDOUT_FILENO, PASTE_OFF, sizeof(PASTE_OFF) - 1);
    if (is_edited || is_quiet || is_keyed)
        set(&kept);
}

/* What Ctrl-Z does where nobody takes it over; SIGTSTP may be blocked here. */
void lash_screen_stop(void)
{
    struct sigaction mine, stock = {.sa_handler = SIG_DFL};
    sigset_t stop, before;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTSTP);
    lash_screen_restore();
    (void)sigaction(SIGTSTP, &stock, &mine);
    (void)sigprocmask(SIG_UNBLOCK, &stop, &before);
    (void)raise(SIGTSTP); /* returns when somebody lets it go on */
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(SIGTSTP, &mine, NULL);
    if ((is_quiet || is_keyed) && !is_edited)
        set_wanted();
}

static void on_stop(int number)
{
    int saved = errno;
    (void)number;
    if (is_edited)
        lash_screen_stopped = 1;
    else
        lash_screen_stop();
    errno = saved;
}

/* Ctrl-\ ends the process as it does anywhere, but for the terminal. */
static void on_quit(int number)
{
    lash_screen_restore();
    (void)signal(number, SIG_DFL);
    (void)raise(number); /* comes when this handler is left */
}

static void on_size(int number)
{
    (void)number;
    lash_screen_resized = 1;
}

void lash_screen_keep(void)
{
    if (is_kept || tcgetattr(terminal, &kept) != 0)
        return;
    struct sigaction old, stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction size = {.sa_handler = on_size, .sa_flags = SA_RESTART};
    struct sigaction quit = {.sa_handler = on_quit};
    (void)sigemptyset(&stop.sa_mask);
    (void)sigemptyset(&size.sa_mask);
    (void)sigemptyset(&quit.sa_mask);
    if (sigaction(SIGTSTP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(SIGTSTP, &stop, NULL); /* a shell without jobs ignores it: so do we */
    if (sigaction(SIGQUIT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(SIGQUIT, &quit, NULL);
    (void)sigaction(SIGWINCH, &size, NULL);
    is_kept = 1;
}

void lash_screen_quiet(bool on)
{
    if (!is_kept || on == (is_quiet != 0))
        return;
    is_quiet = on;
    set_wanted();
}

static bool is_lent; /* nobody else has us look after it */

bool lash_screen_keys(int fd)
{
    is_lent = !is_kept;
    if (is_lent) {
        terminal = fd;
        lash_screen_keep();
        /* Such modes are those of a question, whose process was killed, or is of somebody
         * else: nobody found the terminal so. */
        if (!(kept.c_lflag & (tcflag_t)(ICANON | ECHO)))
            kept.c_lflag |= ICANON | ECHO;
    }
    is_keyed = is_kept;
    if (is_keyed)
        set_wanted();
    else
        terminal = STDIN_FILENO;
    return is_keyed != 0;
}

void lash_screen_lines(void)
{
    if (!is_keyed)
        return;
    is_keyed = 0;
    set_wanted();
    if (is_lent) {
        is_kept = 0;
        terminal = STDIN_FILENO;
    }
}

void lash_screen_edits(bool on)
{
    is_edited = on;
    if (!on && lash_screen_stopped) { /* behind the editor's last key */
        lash_screen_stopped = 0;
        lash_screen_stop();
    }
}
