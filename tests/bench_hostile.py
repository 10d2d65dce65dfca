"""What hostile submissions cost the grading process in memory: `python -m tests.bench_hostile 2000`, in a built course.

Judges so many replies of ever new sizes, then a notebook of sixty cells of pictures and one that answers millions of lists.
`tests/test_attacks.py` asserts with fewer that memory stays flat.
"""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np

from autograder.coursedir.folders import CourseDir
from autograder.coursedir.releases import newest
from autograder.grading.execute import execute
from autograder.grading.run import Limits
from autograder.judging.judge import judge
from autograder.judging.key import Key, load
from autograder.judging.script import Reply, to_plain
from autograder.judging.values import Array, pack, unpack
from autograder.messages.description import describe
from autograder.messages.render import to_html, to_text
from autograder.sandbox.process import Warm
from autograder.sandbox.session import RemotePlayer

from .attacks import WIRE
from .conftest import ROOT, SETTINGS

LESSON = "04_softmax"
PICTURES = WIRE + (
    "import base64, zlib\nfrom autograder.sandbox.wire import Wire\n"
    "part = lambda k, d: len(d).to_bytes(4, 'big') + k + d + zlib.crc32(k + d).to_bytes(4, 'big')\n"
    "b = b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', bytes([0, 0, 0, 9] * 2 + [8, 0, 0, 0, 0])) + part(b'IDAT', os.urandom(1_500_000)) + part(b'IEND', b'')\n"
    "Wire(wire()).send(kind='done', value={'stdout': '', 'stderr': '', 'error': None, 'shown': [{'image/png': base64.b64encode(b).decode()}] * 4})"
)
LISTS = WIRE + (
    "from autograder.judging.values import save\nimport json\ndef softmax(x, axis=-1):\n"
    "    d = save({}, metadata={'tree': '{\"$dict\":{\"kind\":\"done\",\"value\":[' + '[],' * 1_300_000 + '[]]}}'})\n"
    "    wire().sendall(len(d).to_bytes(8, 'little') + d)\n    while True: pass"
)


def megabytes() -> float:
    """What this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


class Said:
    def __init__(self, value: Array, name: str):
        self.data = pack(to_plain(Reply(value)) | {"changed": (name,), "warnings": (name[:1000],)})

    def _ask(self, *_: object, **__: object) -> object:
        return unpack(self.data)


def replies(key: Key, count: int) -> int:
    """Judges `count` replies, no two of one size, each with a long name of a changed input; returns the longest message."""
    longest = 0
    for number in range(count):
        value = Array(np.zeros(20_000 + number), "float64")
        verdict = judge(key, RemotePlayer(Said(value, "n" * 100_000), "f", 1.0))
        description = describe(verdict, key)
        longest = max(longest, len(to_text(description) + to_html(description)))
    return longest


def notebook(course: CourseDir, source: str, times: int, warm: Warm) -> int:
    """Runs a notebook with a cell `times` times; returns the characters of what it shows."""
    released = course.release / LESSON / f"{LESSON}.ipynb"
    cells = nbformat.read(released, as_version=4).cells
    at = next(i for i, c in enumerate(cells) if c.id == "softmax")
    cells[at].source = source
    cells[at + 1 : at + 1] = [nbformat.v4.new_code_cell(source) for _ in range(times - 1)]
    execute(cells, newest(course, LESSON), warm, Limits(cell=20, call=2, submission=120))
    return sum(len(str(c.get("outputs", ""))) for c in cells)


if __name__ == "__main__":
    whole = CourseDir(ROOT)
    key = load(whole.source / LESSON / "keys" / "softmax.safetensors")
    key = replace(key, cases=key.cases[:1])
    replies(key, 20)
    before = megabytes()
    longest = replies(key, int(sys.argv[1]))
    print(f"{sys.argv[1]} replies: {megabytes() - before:+.0f} MB, the longest message has {longest} characters", flush=True)
    with Warm(SETTINGS.warm) as warm:
        for what, source, times in (("sixty cells of pictures", PICTURES, 60), ("millions of lists", LISTS, 1)):
            before = megabytes()
            size = notebook(whole, source, times, warm)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{what}: {megabytes() - before:+.0f} MB, at most {peak:.0f} MB; {size / 2**20:.1f} MB of outputs",
                flush=True,
            )
    os._exit(0)
