/* line.c - where in a line of the cache Lua's code begins.
 *
 * The interpreter's loop comes from an archive, and takes up to 8 per cent more or less
 * time by where it is, in some programs (spec/bench, "lua sort"). This stands before the
 * archive, so that the place is not another one with every change of ours; of the four
 * that there are with Debian's archive it is the best. Linked as a part of a library of its
 * own, without LTO; "R": not to be dropped for want of use. */
__asm__(".section .text.lash_line, \"axR\", @progbits\n"
        ".balign 64\n"
        ".skip 32, 0x90\n"
        ".previous\n");
