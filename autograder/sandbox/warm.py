"""The warm process: imports what lessons import, then forks a shut-in process for each submission.

Started as `python -m autograder.sandbox.warm FD SCRATCH SETTINGS`; SETTINGS is JSON, with the layers to use, the modules to import and
the course's package that submissions may read (`process.Warm` writes it). Over the socket FD comes, for each submission, one
message with a socket; back goes the new process's number, and a line when it has ended. It never sees a key or a solution.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import layers


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    scratch, settings = Path(sys.argv[2]), json.loads(sys.argv[3])
    memory = os.open("/proc/self/statm", os.O_RDONLY) if Path("/proc/self/statm").exists() else None
    numbers = os.open("/proc/self/ns/pid", os.O_RDONLY) if memory is not None else -1
    user = layers.own_user()
    threads = layers.threads(user)
    shared = [Path(settings["shared"])] if settings["shared"] else []
    sys.path += [str(folder.parent) for folder in shared]
    places = layers.readable(*shared)  # found out while all of it can be seen
    missing = {"namespaces": layers.namespaces(scratch, places) if settings["namespaces"] else "turned off"}
    apart = not missing["namespaces"]
    reading = (
        _beside(lambda: layers.bring_in(places)) if settings["imports"] else None
    )  # without any, no submission will come
    os.environ.pop("PYTHONPATH", None)
    os.environ |= {
        "PATH": "/usr/bin:/bin",
        "MPLBACKEND": "agg",
        "HOME": str(scratch),
        "MPLCONFIGDIR": str(scratch),
        "IPYTHONDIR": str(scratch),
        "NBGRADER_EXECUTION": "autograde",
        "AUTOGRADER_SANDBOX": "1",
    }
    from . import inside

    problem = inside.prepare(settings["imports"])
    if reading:
        os.waitpid(reading, 0)
    control.sendall(json.dumps({"ready": missing, "problem": problem}).encode() + b"\n")
    while True:
        request, fds, _, _ = socket.recv_fds(control, 65536, 1)
        if not request:
            return
        limits = layers.Limits(**json.loads(request))
        used = int(os.pread(memory, 200, 0).split()[0]) * resource.getpagesize() if memory is not None else 2**33
        place = scratch if apart else Path(tempfile.mkdtemp(dir=scratch))
        place.chmod(0o777)
        if apart:
            layers.own_numbers(numbers)
        process = os.fork()
        if process == 0:
            control.close()
            _become(inside, socket.socket(fileno=fds[0]), place, apart, (places, limits, used, user, threads))
        os.close(fds[0])
        control.sendall(json.dumps({"process": process}).encode() + b"\n")
        _end_when_left_alone(process, control)
        _, status, usage = os.wait4(process, 0)
        if not apart:
            with contextlib.suppress(RecursionError):
                shutil.rmtree(place, ignore_errors=True)
        seconds = usage.ru_utime + usage.ru_stime
        with contextlib.suppress(BrokenPipeError):
            control.sendall(json.dumps({"ended": os.waitstatus_to_exitcode(status), "cpu": seconds}).encode() + b"\n")


def _beside(work: Callable[[], None]) -> int:
    """Does this in a process beside this one; returns its number."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


def _end_when_left_alone(process: int, control: socket.socket) -> None:
    """Waits for the process, and ends it where the grader is gone, by Ctrl+C for one: it might never end by itself."""
    if not hasattr(os, "pidfd_open"):
        return
    held = os.pidfd_open(process)
    poll = select.poll()
    poll.register(held, select.POLLIN)
    poll.register(control, 0)  # hanging up is always told
    if control.fileno() in dict(poll.poll()):
        signal.pidfd_send_signal(held, signal.SIGKILL)
    os.close(held)


def _become(
    inside, sock: socket.socket, scratch: Path, apart: bool, bounds: tuple[list[Path], layers.Limits, int, int, int]
) -> None:
    """What the forked process does, to its end."""
    try:
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        keep = sock.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        if apart:
            layers.own_scratch(scratch)
        os.environ["HOME"] = str(scratch)
        inside.serve(sock, layers.shut_in(scratch, *bounds))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
