/* confine.c - a sandbox on its way to the launcher; see confine.h. */
#include "sys/confine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX LASH_CONFINE_KEY "-"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/* The first entry; the others count only behind it. */
#define BEGIN LASH_CONFINE_KEY "=1"

static const struct {
    const char *key;
    size_t at; /* of a list in struct lash_sandbox */
} lists[] = {
    {"read", offsetof(struct lash_sandbox, read)},
    {"write", offsetof(struct lash_sandbox, write)},
    {"hide", offsetof(struct lash_sandbox, hide)},
    {"hide-in", offsetof(struct lash_sandbox, hide_in)},
    {"hide-name", offsetof(struct lash_sandbox, hide_names)},
    {"hide-file", offsetof(struct lash_sandbox, hide_files)},
    {"hide-text", offsetof(struct lash_sandbox, hide_texts)},
};

static const struct {
    const char *key;
    size_t at; /* of a uint64_t */
} numbers[] = {
    {"cpu", offsetof(struct lash_sandbox, cpu_seconds)},
    {"memory", offsetof(struct lash_sandbox, memory_bytes)},
    {"file", offsetof(struct lash_sandbox, file_bytes)},
    {"files", offsetof(struct lash_sandbox, open_files)},
    {"processes", offsetof(struct lash_sandbox, more_processes)},
};

#define NET "net"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

typedef const char *const *strings;

/* ---- writing ---- */

static enum lash_code add(struct lash_buf *entries, const char *key, const char *value)
{
    const char *const parts[] = {PREFIX, key, "="};
    enum lash_code code = LASH_OK;
    for (size_t i = 0; i < COUNT(parts) && code == LASH_OK; i++)
        code = lash_buf_add(entries, parts[i], strlen(parts[i]));
    return code == LASH_OK ? lash_buf_add(entries, value, strlen(value) + 1) : code;
}

enum lash_code lash_confine_write(struct lash_buf *entries, const struct lash_sandbox *spec)
{
    enum lash_code code = lash_buf_add(entries, BEGIN, sizeof(BEGIN));
    for (size_t i = 0; i < COUNT(lists); i++) {
        strings list;
        memcpy(&list, (const char *)spec + lists[i].at, sizeof(list));
        for (; code == LASH_OK && list && *list; list++)
            code = add(entries, lists[i].key, *list);
    }
    for (size_t i = 0; i < COUNT(numbers) && code == LASH_OK; i++) {
        uint64_t value;
        char text[24];
        memcpy(&value, (const char *)spec + numbers[i].at, sizeof(value));
        (void)snprintf(text, sizeof(text), "%" PRIu64, value);
        if (value != 0)
            code = add(entries, numbers[i].key, text);
    }
    return code == LASH_OK && spec->net ? add(entries, NET, "1") : code;
}

/* ---- reading ---- */

/* All values of a key, NULL-terminated; NULL when memory ends. */
static const char **values_of(const struct lash_launch_spec *spec, const char *key)
{
    char whole[64];
    (void)snprintf(whole, sizeof(whole), PREFIX "%s", key);
    size_t n = 0;
    for (const char *v = NULL; (v = lash_launch_value(spec, whole, v)); n++)
        ;
    const char **list = calloc(n + 1, sizeof(*list));
    const char *v = NULL;
    for (size_t i = 0; list && i < n; i++)
        list[i] = v = lash_launch_value(spec, whole, v);
    return list;
}

static bool is_key(const char *entry, const char *key)
{
    size_t n = strlen(key);
    return strncmp(entry, key, n) == 0 && entry[n] == '=';
}

/* The first entry that is one of ours but none that is known. */
static const char *find_unknown(const struct lash_launch_spec *spec)
{
    const char *end = spec->entries + spec->len;
    for (const char *entry = spec->entries; entry < end; entry += strlen(entry) + 1) {
        if (strncmp(entry, PREFIX, PREFIX_LEN) != 0)
            continue;
        bool known = is_key(entry + PREFIX_LEN, NET);
        for (size_t i = 0; i < COUNT(lists); i++)
            known = known || is_key(entry + PREFIX_LEN, lists[i].key);
        for (size_t i = 0; i < COUNT(numbers); i++)
            known = known || is_key(entry + PREFIX_LEN, numbers[i].key);
        if (!known)
            return entry;
    }
    return NULL;
}

static void read_numbers(const struct lash_launch_spec *spec, struct lash_sandbox *sandbox)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char whole[64];
        (void)snprintf(whole, sizeof(whole), PREFIX "%s", numbers[i].key);
        const char *text = lash_launch_value(spec, whole, NULL);
        uint64_t value = text ? strtoull(text, NULL, 10) : 0;
        memcpy((char *)sandbox + numbers[i].at, &value, sizeof(value));
    }
}

enum lash_code lash_confine_apply(const struct lash_launch_spec *spec, struct lash_err *err)
{
    if (!lash_launch_value(spec, LASH_CONFINE_KEY, NULL))
        return LASH_OK;
    const char *unknown = find_unknown(spec);
    if (unknown)
        return lash_err_set(err, LASH_EUSAGE, "cannot confine: unknown: %s", unknown);
    struct lash_sandbox sandbox = {.net = lash_launch_value(spec, PREFIX NET, NULL) != NULL};
    read_numbers(spec, &sandbox);
    const char *lash = lash_launch_value(spec, "parent", NULL);
    sandbox.lash = lash ? (int)strtol(lash, NULL, 10) : 0;
    const char *notes = lash_launch_value(spec, LASH_LAUNCH_NOTES, NULL);
    sandbox.notes = notes ? (int)strtol(notes, NULL, 10) : 0;
    enum lash_code code = LASH_OK;
    const char **values[COUNT(lists)] = {NULL};
    for (size_t i = 0; i < COUNT(lists) && code == LASH_OK; i++) {
        values[i] = values_of(spec, lists[i].key);
        if (!values[i])
            code = lash_err_set(err, LASH_ENOMEM, "out of memory");
        memcpy((char *)&sandbox + lists[i].at, &values[i], sizeof(values[i]));
    }
    if (code == LASH_OK) {
        struct lash_sandbox_support have = lash_sandbox_support();
        code = lash_sandbox_apply(&sandbox, &have, err);
    }
    for (size_t i = 0; i < COUNT(lists); i++)
        free(values[i]);
    return code;
}
