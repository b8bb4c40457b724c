/* test_dl.c - why a library cannot be opened: not there, or refused. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sys/dl.h"

/* What dlerror says of each name that is tried; the names are these words. */
static const char *words;

/* The linker's names. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
void *__wrap_dlopen(const char *name, int flags);
char *__wrap_dlerror(void);

void *__wrap_dlopen(const char *name, int flags)
{
    (void)flags;
    words = name;
    return NULL;
}

char *__wrap_dlerror(void)
{
    static char text[128];
    (void)snprintf(text, sizeof(text), "%s", words);
    return text;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

#define GONE "x.so: cannot open shared object file: No such file or directory"
#define FILES "x.so: cannot open shared object file: Too many open files"
#define MEMORY "x.so: failed to map segment from shared object"

struct sample {
    const char *names[3];
    enum lash_code code;
};

static const struct sample samples[] = {
    {{GONE, GONE}, LASH_ELIBRARY},
    {{"x.so: file too short"}, LASH_ELIBRARY},
    {{"x.so: wrong ELF class: ELFCLASS32"}, LASH_ELIBRARY},
    {{MEMORY ": Operation not permitted"}, LASH_ELIBRARY}, /* mounted noexec */
    {{FILES, GONE}, LASH_EIO},
    {{MEMORY, GONE}, LASH_ENOMEM}, /* whatever other name is not there */
    {{GONE, MEMORY}, LASH_ENOMEM},
    {{"x.so: cannot allocate memory in static TLS block"}, LASH_ENOMEM},
    {{"x.so: cannot create shared object descriptor: Cannot allocate memory"}, LASH_ENOMEM},
};

static void test_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        struct lash_err err;
        enum lash_code code = lash_dl_open(samples[i].names, NULL, 0, "libx", "libx1", &err);
        assert_int_equal(code, samples[i].code);
        assert_int_equal(err.code, code);
        assert_non_null(strstr(err.msg, "cannot open libx"));
        assert_int_equal(strstr(err.msg, "install libx1") != NULL, code == LASH_ELIBRARY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_why)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
