/* test_keys.c - keys in UTF-8, and what happens between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/keys.h"
#include "sys/screen.h"

static volatile sig_atomic_t stop;
static struct lash_keys keys = {.stop = &stop};
static int typed; /* what is written here is read as the terminal */

static int open_keyboard(void **state)
{
    (void)state;
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[0], STDIN_FILENO) < 0)
        return -1;
    close(ends[0]);
    typed = ends[1];
    stop = lash_screen_resized = lash_screen_stopped = 0;
    (void)uselocale(lash_keys_locale());
    lash_keys_begin(&keys);
    return 0;
}

static int close_keyboard(void **state)
{
    (void)state;
    lash_keys_end(&keys);
    locale_t used = uselocale(LC_GLOBAL_LOCALE);
    freelocale(used);
    close(typed);
    return 0;
}

static void type(const char *text)
{
    assert_int_equal(write(typed, text, strlen(text)), strlen(text));
}

static void test_a_key_is_a_character(void **state)
{
    (void)state;
    type("a\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x8E\x89\33[A");
    const int expected[] = {'a', 0xE9, 0x4F60, 0x1F389, 27, '[', 'A'};
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
        assert_int_equal(lash_keys_read(&keys, true), expected[i]);
}

static void test_what_is_not_utf8_takes_nothing_with_it(void **state)
{
    (void)state;
    type("\x80z\xC3(\xE9\33[\xE9\xC3\xA9\xF0\x9Fy");
    const int expected[] = {0xFFFD, 'z', 0xFFFD, '(', 0xFFFD, 27, '[', 0xFFFD, 0xE9, 0xFFFD, 'y'};
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
        assert_int_equal(lash_keys_read(&keys, true), expected[i]);
}

static void test_a_key_is_waited_for_so_long(void **state)
{
    (void)state;
    assert_false(lash_keys_wait(&keys, 1));
    type("\xE9z");
    assert_true(lash_keys_wait(&keys, 1));
    assert_int_equal(lash_keys_read(&keys, true), 0xFFFD);
    assert_true(lash_keys_wait(&keys, 0)); /* the z was read, and is there still */
    assert_int_equal(lash_keys_read(&keys, true), 'z');
    assert_false(lash_keys_wait(&keys, 0));
    stop = 1;
    assert_true(lash_keys_wait(&keys, 60000));
    stop = 0;
}

static void test_the_end_of_the_terminal(void **state)
{
    (void)state;
    type("x\xC3");
    close(typed);
    assert_int_equal(lash_keys_read(&keys, true), 'x');
    assert_int_equal(lash_keys_read(&keys, true), LASH_KEY_END);
    typed = open("/dev/null", O_WRONLY);
}

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void test_a_signal_ends_the_waiting(void **state)
{
    (void)state;
    struct sigaction old, sa = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &sa, &old);
    (void)raise(SIGTERM); /* held back until somebody waits */
    assert_int_equal(stop, 0);
    assert_int_equal(lash_keys_read(&keys, true), LASH_KEY_STOP);
    assert_int_equal(lash_keys_read(&keys, true), LASH_KEY_STOP);
    (void)sigaction(SIGTERM, &old, NULL);
}

static void test_a_new_size_is_told_between_commands(void **state)
{
    (void)state;
    lash_screen_resized = 1;
    type("ab");
    assert_int_equal(lash_keys_read(&keys, false), 'a');
    assert_int_equal(lash_keys_read(&keys, true), LASH_KEY_RESIZED);
    assert_int_equal(lash_keys_read(&keys, true), 'b');
}

static void test_being_stopped_is_told_at_once(void **state)
{
    (void)state;
    lash_screen_stopped = 1;
    type("a");
    assert_int_equal(lash_keys_read(&keys, false), LASH_KEY_SUSPENDED);
    assert_int_equal(lash_keys_read(&keys, false), 'a');
}

static void test_being_stopped_behind_the_last_key_is_not_forgotten(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        (void)setpgid(0, 0); /* nobody stops a group that no shell looks after */
        lash_screen_edits(true);
        lash_screen_stopped = 1;
        lash_screen_edits(false);
        _exit(lash_screen_stopped);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(kill(child, SIGCONT), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define KEYS(test) cmocka_unit_test_setup_teardown(test, open_keyboard, close_keyboard)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS(test_a_key_is_a_character),
        KEYS(test_what_is_not_utf8_takes_nothing_with_it),
        KEYS(test_a_key_is_waited_for_so_long),
        KEYS(test_the_end_of_the_terminal),
        KEYS(test_a_signal_ends_the_waiting),
        KEYS(test_a_new_size_is_told_between_commands),
        KEYS(test_being_stopped_is_told_at_once),
        KEYS(test_being_stopped_behind_the_last_key_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
