"""Runs a command between pipes whose other ends are slow.

    pipes.py late COMMAND...        its output is not read before the pipe is full, or
                                    it has ended, and then in small pieces
    pipes.py nonblocking COMMAND... the same with pipes that do not block, as some
                                    parents hand them down
    pipes.py never COMMAND...       its output is never read
    pipes.py TERM COMMAND...        nor here; and this signal comes when the pipe is full

Its input is ours, and comes when it waits. What it wrote is copied to standard output,
its exit status is ours.
"""
import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time

PIECE = 777  # bytes
POLL = 0.001  # seconds between two looks whether it is so far


def not_blocking(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def is_writable(fd):
    return bool(select.select([], [fd], [], 0)[1])


def waits(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0] in "SZ"


def main():
    mode = sys.argv[1]
    given = sys.stdin.buffer.read()
    out, to_out = os.pipe()
    from_in, to_in = os.pipe()
    if mode == "nonblocking":
        not_blocking(to_out)
        not_blocking(from_in)
    fcntl.fcntl(to_out, fcntl.F_SETPIPE_SZ, 4096)
    child = subprocess.Popen(sys.argv[2:], stdin=from_in, stdout=to_out)
    os.close(from_in)
    while not waits(child.pid):
        time.sleep(POLL)
    with contextlib.suppress(BrokenPipeError):  # it has ended already
        os.write(to_in, given)
    os.close(to_in)
    while is_writable(to_out) and child.poll() is None:
        time.sleep(POLL)
    os.close(to_out)
    if mode.isupper():
        child.send_signal(signal.Signals["SIG" + mode])
    if mode.isupper() or mode == "never":
        sys.exit(child.wait())
    while piece := os.read(out, PIECE):
        sys.stdout.buffer.write(piece)
    sys.exit(child.wait())


main()
