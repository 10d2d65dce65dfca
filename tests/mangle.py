"""Mangles valid submissions: bytes, JSON, cells and the folder that they are handed in. Each has a number, and is always the same."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD: list[Any] = [
    None, True, False, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", "x", "\x00", "\ud800", "é\u202e\u2028", "x" * 100_000,
    [], {}, [[]], [None], [1, "a"], ["a\n", "b"], {"a": {"b": []}}, "<script>alert(1)</script>", "softmax", "../../x", [{}] * 50,
]  # fmt: skip
NAMES = ["cell_type", "source", "metadata", "outputs", "execution_count", "id", "attachments", "nbgrader", "grade_id", "points",
         "locked", "grade", "solution", "schema_version", "cells", "nbformat", "nbformat_minor", "worksheets", "input"]  # fmt: skip
VERSIONS = ["1", "2", "3", "5", "99", "-4", "null", '"4"', "4.5", "[]"]
SOURCES = [
    "def softmax(x, axis=-1): return x", "def softmax(x:\n", "(" * 20_000, "-" * 20_000 + "1", "1" + "+1" * 20_000,
    "lambda: " * 400 + "0", "a" + ".b" * 5_000, "[" * 90 + "]" * 90, "x = '\ud800'", "\x00", "'\\d'", "%%bash\nls", "!ls", "?",
    "f'{" * 50, "y = 1", "\u2028", "if 1:\n" * 50, "\t" * 1000,
    "class softmax: pass", "softmax = 3", "del softmax", "import os", "\r\n\r", "def f():\n" + "  " * 50 + "return 1",
]  # fmt: skip


def mangled(number: int, valid: str, folder: Path, name: str) -> Path:
    """Submission `number`: `valid`, the text of a notebook called `name`, mangled, and handed in in `folder`."""
    rng = random.Random(number)
    level = rng.choice([_in_json, _in_json, _in_cells, _in_cells, _in_cells, _in_bytes, _in_text, _in_folder])
    folder.mkdir(parents=True)
    if level is _in_folder:
        _in_folder(rng, valid, folder, name)
        return folder
    data = level(rng, valid)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    return folder


# -- what is in the file -------------------------------------------------------------------------------------------------


def _in_bytes(rng: random.Random, valid: str) -> bytes:
    data = bytearray(valid.encode())
    for _ in range(rng.choice([1, 3, 30])):
        at = rng.randrange(len(data))
        match rng.randrange(5):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 400)]
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 40))
            case 3:
                data[at:at] = data[rng.randrange(len(data)) :][: rng.randrange(1, 2000)]
            case 4:
                data[at:at] = rng.choice([b'"', b"[", b"{", b"\\", b"\x00", b"\xef\xbb\xbf", b"\xff", b"\\ud800", b"1e999"])
        if len(data) < 10:
            break
    return bytes(data)


def _in_text(rng: random.Random, valid: str) -> str | bytes:
    """Whole files that are no notebook, or hardly one."""
    return rng.choice(
        [
            lambda: "\ufeff" + valid,
            lambda: valid.encode("utf-16"),
            lambda: valid.encode("utf-8-sig") + b"\x00" * 100,
            lambda: valid[: rng.randrange(len(valid))],
            lambda: valid + valid,
            lambda: "[" * 100_000,
            lambda: '{"cells":' * 50_000,
            lambda: '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}",
            lambda: '{"cells": [' + "{}," * 400_000 + "{}]}",
            lambda: '{"cells": [' + '{"cell_type":"code","source":""},' * 5_000 + "{}]}",
            lambda: '{"cells": [' + "[]," * 100_000 + "[]]}",
            lambda: json.dumps({"cells": [{"cell_type": "code", "source": "x" * 3_000_000}]}),
            lambda: json.dumps({"cells": 3}),
            lambda: valid.replace('"cells"', '"cells": [], "cells"', 1),
            lambda: valid.replace('"metadata"', '"metadata": NaN, "metadata"', 3),
            lambda: valid.replace('"nbformat": 4', '"nbformat": ' + rng.choice(VERSIONS)),
            lambda: valid.replace('"nbformat_minor": 5', '"nbformat_minor": ' + rng.choice(VERSIONS)),
            lambda: valid.replace("\n", "\r\n"),
            lambda: valid.replace("softmax", "soft\\ud83dmax"),
            lambda: '{"x": ' + "9" * 100_000 + "}",
            lambda: json.dumps(as_version_3(json.loads(valid))),
            lambda: "",
            lambda: " \n",
            lambda: "<html><script>alert(1)</script></html>",
            lambda: b"PK\x03\x04" + rng.randbytes(1000),
        ]
    )()


def as_version_3(raw: dict) -> dict:
    """A notebook as it was written before 2015."""
    cells = [dict(c) for c in raw["cells"]]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]}


def _in_json(rng: random.Random, valid: str) -> str:
    """Any value anywhere replaced, removed, doubled or renamed."""
    raw = json.loads(valid)
    for _ in range(rng.choice([1, 2, 5, 20])):
        holder, key = rng.choice(_places(raw))
        match rng.randrange(5) if isinstance(holder, dict) else rng.randrange(4):
            case 0 | 1:
                holder[key] = copy.deepcopy(rng.choice(ODD))
            case 2:
                del holder[key]
            case 3:
                if isinstance(holder, list):
                    holder.append(copy.deepcopy(holder[key]))
                else:
                    holder[rng.choice(NAMES)] = copy.deepcopy(holder[key])
            case 4:
                holder[rng.choice(NAMES)] = holder.pop(key)
        if not raw:
            break
    return json.dumps(raw)


def _places(value: Any) -> list[tuple[Any, Any]]:
    own = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [(value, k) for k in own] + [place for k in own for place in _places(value[k])] or [({"x": 1}, "x")]


def _in_cells(rng: random.Random, valid: str) -> str:
    """What a student, or a tool that knows nothing of nbgrader, does to cells."""
    raw = json.loads(valid)
    cells = raw["cells"]
    for _ in range(rng.choice([1, 2, 5, 20])):
        if not cells:
            break
        i = rng.randrange(len(cells))
        cell = cells[i]
        match rng.randrange(12):
            case 0:
                del cells[i]
            case 1:
                cells.insert(rng.randrange(len(cells)), copy.deepcopy(cell))
            case 2:
                j = rng.randrange(len(cells))
                cells[i], cells[j] = cells[j], cells[i]
            case 3:
                cell["cell_type"] = rng.choice(["code", "markdown", "raw", "heading", "unknown", 3, None])
            case 4:
                cell["metadata"] = copy.deepcopy(rng.choice(ODD))
            case 5:
                cell["metadata"] = {"nbgrader": copy.deepcopy(rng.choice(ODD))}
            case 6:
                cell["source"] = rng.choice(SOURCES)
            case 7:
                cell["outputs"] = copy.deepcopy(rng.choice(ODD))
            case 8:
                cell["attachments"] = copy.deepcopy(
                    rng.choice([*ODD, {"a.html": {"text/html": "<script>alert(1)</script>"}}])
                )
            case 9:
                cell["id"] = copy.deepcopy(rng.choice([*ODD, cells[0].get("id")]))
            case 10:
                other = rng.choice(cells).get("metadata")
                cell["metadata"] = copy.deepcopy(other)
            case 11:
                cells[i] = copy.deepcopy(rng.choice(ODD))
                cells[:] = [c for c in cells if isinstance(c, dict)]
    return json.dumps(raw)


# -- the folder ----------------------------------------------------------------------------------------------------------


def _in_folder(rng: random.Random, valid: str, folder: Path, name: str) -> None:
    """Links, pipes, folders and odd names in the place of the file."""
    outside = folder.parent / f"{folder.name}-of-someone-else.ipynb"
    outside.write_text(valid)
    makers: list[Callable[[], Any]] = [
        lambda: (folder / name).symlink_to("/etc/passwd"),
        lambda: (folder / name).symlink_to(outside),
        lambda: (folder / name).symlink_to(folder / name),
        lambda: (folder / name).symlink_to("/dev/zero"),
        lambda: os.mkfifo(folder / name),
        lambda: (folder / name).mkdir(),
        lambda: _sparse(folder / name, 4 * 2**30),
        lambda: (folder / rng.choice(_odd_names())).write_text(valid),
        lambda: [(folder / f"{i}.ipynb").write_text(valid) for i in range(20)],
        lambda: (folder.rmdir(), folder.write_text(valid)),
        lambda: (folder.rmdir(), folder.symlink_to(outside.parent)),
        lambda: folder.rmdir(),
        lambda: (folder / "deep").mkdir(),
        lambda: ((folder / name).write_text(valid), (folder / name).chmod(0)),
    ]
    rng.choice(makers)()


def _odd_names() -> list[str]:
    return ["<img src=x onerror=alert(1)>.ipynb", "a\nb.ipynb", "..ipynb", "`x`.ipynb", "-rf.ipynb", "é ü.ipynb", "$(id).ipynb",
            os.fsdecode(b"\xff\xfe.ipynb"), "x" * 240 + ".ipynb", "[a](javascript:alert(1)).ipynb", ".ipynb"]  # fmt: skip


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)
