"""Which files of the system's libraries Python and its packages need: far fewer than lie beside them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

MANYLINUX = (
    *("libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1"),
    *("libpthread.so.0", "libutil.so.1", "libresolv.so.2", "libnsl.so.1"),
    *("libgcc_s.so.1", "libstdc++.so.6", "libatomic.so.1", "libgomp.so.1", "libz.so.1", "libexpat.so.1"),
    *("libX11.so.6", "libXext.so.6", "libXrender.so.1", "libICE.so.6", "libSM.so.6", "libGL.so.1"),
    *("libglib-2.0.so.0", "libgobject-2.0.so.0", "libgthread-2.0.so.0", "libseccomp.so.2"),
)
"""What packages from PyPI may expect of a system (PEP 513, 571, 600), and what this package itself does."""


def system_libraries(extensions: Path) -> list[Path]:
    """The system's libraries that MANYLINUX names, or that modules in the folder `extensions` need, as they are asked for."""
    patterns = ("lib*/", "usr/lib*/", "lib/*-linux-*/", "usr/lib/*-linux-*/")
    places = [place for pattern in patterns for place in Path("/").glob(pattern)]
    names = dict.fromkeys(MANYLINUX)
    names |= dict.fromkeys(name for file in sorted(extensions.glob("*.so")) for name in needed(file))
    queue, files = list(names), {}
    while queue:
        name = queue.pop()
        for file in (p / name for p in places):
            if file.is_file():
                files[file.parent.resolve() / name] = None
                more = [n for n in needed(file) if n not in names]
                names |= dict.fromkeys(more)
                queue += more
    return sorted(files)


def needed(file: Path) -> list[str]:
    """The names of the libraries that an ELF file (64 bits, little-endian) asks for; [] for any other file."""
    data = file.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    start, (size, count) = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQQQ", data, start + i * size) for i in range(count)]
    entries = [e for kind, _, at, _, _, length, _, _ in headers if kind == 2 for e in _entries(data, at, length)]
    texts = next((value for tag, value in entries if tag == 5), 0)
    at = next((o + texts - v for kind, _, o, v, _, length, _, _ in headers if kind == 1 and v <= texts < v + length), None)
    names: Iterable[int] = (value for tag, value in entries if tag == 1)
    return [] if at is None else [data[at + n : data.index(b"\0", at + n)].decode() for n in names]


def _entries(data: bytes, at: int, length: int) -> Iterator[tuple[int, int]]:
    """Pairs of tag and value of a dynamic section, to its end."""
    for tag, value in struct.iter_unpack("<qQ", data[at : at + length]):
        if tag == 0:
            return
        yield tag, value
