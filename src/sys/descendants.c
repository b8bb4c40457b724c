/* descendants.c - the processes below this one; see descendants.h.
 *
 * A process id could in theory be taken by a stranger between being read and
 * being killed: all ids would have to be used up in that moment. */
#include "sys/descendants.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT_ONCE 1024 /* more wait for the next call */
#define ROUNDS 100   /* of looking through all processes */

struct list {
    pid_t pids[AT_ONCE];
    size_t n;
};

/* Adds the children that one thread has made. */
static void add_children_of_thread(struct list *list, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return; /* gone already */
    char *word = NULL;
    size_t size = 0;
    while (list->n < AT_ONCE && getdelim(&word, &size, ' ', file) > 0) {
        long pid = strtol(word, NULL, 10);
        if (pid > 1)
            list->pids[list->n++] = (pid_t)pid;
    }
    free(word);
    (void)fclose(file);
}

static void add_children(struct list *list, pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    if (!threads)
        return;
    const struct dirent *entry;
    while ((entry = readdir(threads))) {
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread <= 0)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%d/task/%ld/children", (int)pid, thread);
        add_children_of_thread(list, path);
    }
    (void)closedir(threads);
}

void lash_descendants_kill(void)
{
    static struct list list;
    list.n = 0;
    add_children(&list, getpid());
    for (size_t i = 0; i < list.n; i++) {
        (void)kill(list.pids[i], SIGKILL); /* first: then it makes no more children */
        add_children(&list, list.pids[i]);
    }
}

/* Is the process alive, and of the session? */
static bool is_of_session(long pid, pid_t session)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char line[512];
    size_t n = fread(line, 1, sizeof(line) - 1, file);
    (void)fclose(file);
    line[n] = '\0';
    /* "pid (name) state parent group session": the name may hold anything */
    char *at = strrchr(line, ')');
    if (!at || strlen(at) < 4 || at[2] == 'Z')
        return false;
    at += 3;
    (void)strtol(at, &at, 10);
    (void)strtol(at, &at, 10);
    return strtol(at, NULL, 10) == (long)session;
}

void lash_session_kill(pid_t session)
{
    bool found = true;
    for (int i = 0; i < ROUNDS && found; i++) {
        DIR *all = opendir("/proc");
        if (!all)
            return;
        found = false;
        const struct dirent *entry;
        while ((entry = readdir(all))) {
            long pid = strtol(entry->d_name, NULL, 10);
            if (pid > 1 && is_of_session(pid, session)) {
                found = true;
                (void)kill((pid_t)pid, SIGKILL);
            }
        }
        (void)closedir(all);
    }
}
