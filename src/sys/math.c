/* math.c - libm, opened when a script is loaded; see math.h. */
#include "sys/math.h"

#ifdef LASH_LAZY_MATH
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *libm;

const char *lash_math_open(void)
{
    if (!libm)
        libm = dlopen(LIBM_SO, RTLD_LAZY | RTLD_NODELETE | RTLD_GLOBAL);
    return libm ? NULL : dlerror();
}

/* Stores the address of a function of libm. */
static void find(const char *name, void *slot)
{
    void *function = lash_math_open() ? NULL : dlsym(libm, name);
    if (!function)
        abort();
    memcpy(slot, &function, sizeof(function)); /* ISO C has no such cast */
}

#define OF_ONE(name)                                                                               \
    double name(double x)                                                                          \
    {                                                                                              \
        static double (*function)(double);                                                         \
        if (!function)                                                                             \
            find(#name, &function);                                                                \
        return function(x);                                                                        \
    }

#define OF_TWO(name)                                                                               \
    double name(double x, double y)                                                                \
    {                                                                                              \
        static double (*function)(double, double);                                                 \
        if (!function)                                                                             \
            find(#name, &function);                                                                \
        return function(x, y);                                                                     \
    }

OF_ONE(acos)
OF_ONE(asin)
OF_TWO(atan2)
OF_ONE(cos)
OF_ONE(cosh)
OF_ONE(exp)
OF_TWO(fmod)
OF_ONE(log)
OF_ONE(log10)
OF_ONE(log2)
OF_TWO(pow)
OF_ONE(sin)
OF_ONE(sinh)
OF_ONE(sqrt)
OF_ONE(tan)
OF_ONE(tanh)
#else
#include <stddef.h>

const char *lash_math_open(void)
{
    return NULL;
}
#endif
