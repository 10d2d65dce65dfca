"""What shuts a process in, layer by layer (Linux). Each layer says whether it took hold; none depends on another.

namespaces   no network, no other processes; a file system of its own in which home and course are not there, a scratch folder in
             memory that is gone when the process is
landlock     reads libraries only, writes its scratch folder only, signals only itself
seccomp      starts no program and no process, opens no network connection, traces and mounts nothing, changes no file's rights,
             locks and limits nobody else
rlimits      memory, CPU time, file size, open files, threads
user         not root; where the grader is root, a user of its own, so that no other has to share its threads

Processes share the page cache. So what they can read is little, and is read before the first of them starts (`bring_in`); what tells
or changes what is in memory is refused. What remains for one submission to tell the next: where memory is so scarce that the system
drops pages meanwhile, which of them; names that were looked up, which answer a little faster the second time; and where there are no
namespaces, when a file was last read. Each is slow and unsure, and works only between submissions of one grading.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .libraries import system_libraries

try:
    import pyseccomp as seccomp  # looks for the library at once: later, nothing may be started to look
except (ImportError, RuntimeError):
    seccomp = None

NOBODY, FIRST_USER = 65534, 2**30
_NEW = {"mount": 0x00020000, "ipc": 0x08000000, "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}
_MS = {"readonly": 1, "nosuid": 2, "nodev": 4, "noexec": 8, "remount": 32, "bind": 4096, "rec": 16384, "private": 1 << 18}
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds of CPU, bytes of memory beyond what the libraries take, bytes of one file."""

    cpu_seconds: int = 300
    memory: int = 2 * 2**30
    file_size: int = 32 * 2**20
    open_files: int = 128
    threads: int = 256


@lru_cache(maxsize=1)
def readable(*shared: Path) -> list[Path]:
    """What a lesson needs to read: Python, its packages, the libraries that they need, this package, and the folders that a course
    has `shared`; no home, and nothing else of the course.

    As little as will do: all of it is brought into the page cache first.
    """
    package, paths = Path(__file__).resolve().parent.parent, sysconfig.get_paths()
    places = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], *site.getsitepackages(), package}
    places |= set(shared)
    places |= {p / "lib" for p in (Path(sys.prefix), Path(sys.base_prefix)) if (p / "conda-meta").is_dir()}
    places |= {"/usr/share/fonts", "/usr/share/zoneinfo", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"}
    places |= {package.parent / "data"}  # the course's data, where the package runs from a checkout
    existing = {Path(p).resolve() for p in places if Path(p).exists()}
    existing |= set(system_libraries(Path(paths["stdlib"]) / "lib-dynload"))
    return sorted(p for p in existing if not existing & set(p.parents))


def _others() -> list[Path]:
    """Folders in what is readable that hold packages for another environment."""
    own = {Path(p).resolve() for p in (*site.getsitepackages(), sysconfig.get_paths()["purelib"])}
    packages = Path(sysconfig.get_paths()["stdlib"], "site-packages").resolve()
    return [packages] if packages.is_dir() and packages not in own else []


def bring_in(places: list[Path]) -> None:
    """Reads all that a submission can read, so that none of it is anywhere but in memory: how long a file takes to read, or
    what of it is in memory, then tells nothing of whoever read it before."""
    buffer, others = memoryview(bytearray(2**20)), {str(p) for p in _others()}
    waiting = [str(p) for p in places]
    while waiting:
        place = waiting.pop()
        if os.path.isdir(place):
            with os.scandir(place) as inside:
                waiting += [e.path for e in inside if not e.is_symlink() and e.path not in others]
            continue
        with contextlib.suppress(OSError):
            opened = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
            while os.readv(opened, [buffer]):
                pass
            os.close(opened)


# -- once, in the warm process ---------------------------------------------------------------------------------------


def namespaces(scratch: Path, places: list[Path]) -> str:
    """New namespaces with a root of their own: in it are the `places` to read, and `scratch`, small and writable. "" or why not.

    To be called before anything starts a thread.
    """
    if _libc is None:
        return "only Linux has them"
    flags = _NEW["mount"] | _NEW["ipc"] | _NEW["net"]
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        flags |= _NEW["user"]
    if _libc.unshare(flags):
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    try:
        if uid != 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        _private_root(scratch, places)
    except OSError as error:
        return f"mount: {error.strerror}"
    return ""


def _private_root(scratch: Path, places: list[Path]) -> None:
    """A root with what is readable, read-only, and an empty `scratch` in memory."""
    _mount("none", "/", "", _MS["rec"] | _MS["private"])
    root = scratch / "root"
    root.mkdir()
    _mount("tmpfs", root, "tmpfs", _MS["nosuid"] | _MS["nodev"], "size=1m,mode=755")
    for place in places:
        target = root / place.relative_to("/")
        if place.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _mount(place, target, "", _MS["bind"] | _MS["rec"])
        _mount("none", target, "", _MS["bind"] | _MS["remount"] | _MS["readonly"] | _MS["nosuid"] | _MS["nodev"])
    for place in _others():
        flags = _MS["nosuid"] | _MS["nodev"] | _MS["readonly"]
        _mount("tmpfs", root / place.relative_to("/"), "tmpfs", flags, "size=0,nr_inodes=1")
    for name in ("null", "zero", "urandom", "random"):
        (root / "dev").mkdir(exist_ok=True)
        (root / "dev" / name).touch()
        _mount(f"/dev/{name}", root / "dev" / name, "", _MS["bind"])
    for link in ("/lib", "/lib64", "/bin"):
        if Path(link).is_symlink() and not (root / link[1:]).exists():
            (root / link[1:]).symlink_to(os.readlink(link))
    inner = root / scratch.relative_to("/")
    inner.mkdir(parents=True)
    _scratch(inner)
    _mount("none", root, "", _MS["remount"] | _MS["bind"] | _MS["readonly"] | _MS["nosuid"] | _MS["nodev"])
    os.chroot(root)
    os.chdir("/")


def own_numbers(ours: int) -> None:
    """The next process that is forked is number 1, and sees no other: numbers that go up could tell of earlier ones.

    `ours` is an open /proc/self/ns/pid. Where the grader is not root this is not allowed, and the other layers have to do.
    """
    if not _libc.setns(ours, _NEW["pid"]):  # back from the one before, which ended with its process
        _libc.unshare(_NEW["pid"])


def own_scratch(scratch: Path) -> None:
    """An empty `scratch` in memory for this process alone."""
    if _libc.unshare(_NEW["mount"]):
        raise OSError(ctypes.get_errno(), "unshare")
    _scratch(scratch)


def _scratch(place: Path) -> None:
    _mount("tmpfs", place, "tmpfs", _MS["nosuid"] | _MS["nodev"] | _MS["noexec"], "size=64m,mode=777,nr_inodes=20000")


def own_user() -> int:
    """The user whom submissions of this process run as. Where it is root, one that no other process has: limits on threads
    count by user, and one submission shall not use up another's. Where it is not, its namespace counts for itself.
    """
    if os.geteuid() != 0:
        return os.geteuid()
    mapped = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()] if _libc else []
    user = FIRST_USER + os.getpid()
    return user if any(int(first) <= user < int(first) + int(count) for first, _, count in mapped) else NOBODY


def threads(user: int) -> int:
    """Threads that a user has now."""
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            count += int(fields["Threads"]) if int(fields["Uid"].split()[0]) == user else 0
        except (OSError, KeyError, ValueError):  # it has ended, or is not ours to see
            continue
    return count


def _mount(source: object, target: object, kind: str, flags: int, options: str = "") -> None:
    if _libc.mount(str(source).encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


@contextlib.contextmanager
def memory_limit(size: int) -> Iterator[None]:
    """Within it this process gets `size` bytes more and no further, where the system says how many it has."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as statm:
            used = int(statm.read(100).split()[0]) * resource.getpagesize()
    except OSError:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [n for n in (soft, hard) if n != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([used + size, *limits]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


# -- in the process of one submission ----------------------------------------------------------------------------------


def shut_in(scratch: Path, places: list[Path], limits: Limits, used: int, user: int, threads: int) -> dict[str, str]:
    """Every layer that can be had, from within the process, which reads the `places` alone, takes `used` bytes of memory as
    it starts, and is to be of `user`, who has `threads` already.

    Returns {layer: "" or why it is missing}.
    """
    os.chdir(scratch)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the instructor's Ctrl+C is for the grader
    steps: dict[str, Callable[[], None]] = {
        "rlimits": lambda: _rlimits(limits, used, threads),
        "landlock": lambda: _landlock(scratch, places),  # while root may still open Python, which may lie in root's home
        "user": lambda: _not_root(user),
        "seccomp": _seccomp,
    }
    missing = {}
    for name, step in steps.items():
        try:
            step()
            missing[name] = ""
        except (OSError, ImportError, RuntimeError, ValueError, AttributeError) as error:
            missing[name] = f"{type(error).__name__}: {error}"
    return missing


def _rlimits(limits: Limits, used: int, threads: int) -> None:
    bounds = {
        "AS": used + limits.memory,
        "CPU": limits.cpu_seconds,
        "FSIZE": limits.file_size,
        "NOFILE": limits.open_files,
        "NPROC": threads + limits.threads,
        "CORE": 0,
    }
    for name, value in bounds.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _not_root(user: int) -> None:
    """Another user where this one is root, and no capability in any case."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(user, user, user)
    if _libc is None:
        return
    _libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: its memory is nobody else's to read
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if _libc.capset(header, nothing):
        raise OSError(ctypes.get_errno(), "capset")
    _libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


class _Rules(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_, _layout_ = 1, "ms"  # without its layout, Python 3.14 warns
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def _landlock(scratch: Path, places: list[Path]) -> None:
    """Kernel 5.13 and newer. Rights that this kernel does not know yet are left out."""
    version = _libc.syscall(444, None, 0, 1)
    if version < 1:
        raise OSError(ctypes.get_errno(), "the kernel has no Landlock")
    every = (1 << (13, 14, 15, 15, 16)[min(version, 5) - 1]) - 1
    read = 1 | 1 << 2 | 1 << 3  # execute (libraries are mapped so), read a file, list a folder
    rules = _Rules(every, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = ctypes.sizeof(rules) if version >= 6 else 16 if version >= 4 else 8
    ruleset = _libc.syscall(444, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    device = 1 << 1 | 1 << 2
    devices = [Path(f"/dev/{n}") for n in ("null", "zero", "urandom", "random")]
    for place, allowed in [*((p, read) for p in places), (scratch, every & ~1), *((d, device) for d in devices)]:
        if not place.exists():
            continue
        folder = os.open(place, os.O_PATH | os.O_CLOEXEC)
        allowed = allowed if place.is_dir() else allowed & ~(1 << 3)
        if _libc.syscall(445, ruleset, 1, ctypes.byref(_Beneath(allowed & every, folder)), 0):
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {place}")
        os.close(folder)
    _libc.prctl(38, 1, 0, 0, 0)
    if _libc.syscall(446, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)


_DENIED = [
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "shmget",
    "shmat",
    "shmctl",
    "msgget",
    "semget",
    "mq_open",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "quotactl",
    "acct",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "personality",
    "seccomp",
    "setpriority",
    "sched_setaffinity",
    "sched_setscheduler",
    "sched_setattr",
    "ioprio_set",
    "kcmp",
    "lookup_dcookie",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    "inotify_init",
    "inotify_init1",
    "vhangup",
    "syslog",
    "memfd_secret",
    "process_madvise",
    "memfd_create",  # memory that no limit counts
    "flock",
    "chmod",  # Landlock does not know these
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "truncate",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "move_pages",
    "migrate_pages",
    "modify_ldt",
    "sched_setparam",
    "process_mrelease",
    "landlock_create_ruleset",
    "mincore",  # what tells, or changes, what of a file is in memory
    "fadvise64",
    "readahead",
    "preadv2",
    "pwritev2",
    "mlock",
    "mlock2",
    "mlockall",
    "remap_file_pages",
    "sync",
    "syncfs",
]

_NEWER = {
    "cachestat": 451,
    "fchmodat2": 452,
    "setxattrat": 463,
    "removexattrat": 466,
    "open_tree_attr": 467,
    "file_setattr": 469,
}
"""More of them, which libseccomp may not know by name."""


def _seccomp() -> None:
    if seccomp is None:
        raise ImportError("libseccomp is not installed")
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in (*_DENIED, *_NEWER.values()):
        try:
            rules.add_rule(refuse, name)
        except (OSError, ValueError):  # a call that this libseccomp or this machine does not have
            continue
    thread = 0x00010000  # CLONE_THREAD: threads of its own are what libraries use; processes are not
    rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, thread, 0))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags cannot be looked at; libraries fall back to clone
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        rules.add_rule(refuse, name, seccomp.Arg(0, seccomp.NE, os.getpid()))
    rules.add_rule(refuse, "tkill")
    rules.add_rule(refuse, "prlimit64", seccomp.Arg(0, seccomp.NE, 0))  # of another process of the same user
    low = 0xFFFFFFFF  # the kernel looks at 32 bits
    for command in (6, 7, 37, 38, 8, 10, 15, 1024, 1026):  # locks; whom to signal, and how; leases, news of a folder
        rules.add_rule(refuse, "fcntl", seccomp.Arg(1, seccomp.MASKED_EQ, low, command))
    for command in (0x8901, 0x8902):  # whom to signal
        rules.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, low, command))
    for advice in (3, 12, 20, 21, 22, 23, 100, 101):  # to read, merge, forget or poison pages; not those that allocators use
        rules.add_rule(refuse, "madvise", seccomp.Arg(2, seccomp.MASKED_EQ, low, advice))
    rules.load()
