"""What a notebook's outputs may take in all: the rest is cut, and that is said."""

from __future__ import annotations

import base64
import zlib

import pytest

from autograder.grading.outputs import MOST_IN_ALL, MOST_OUTPUTS, Room, outputs_of


def part(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(size: int) -> str:
    head = (10).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", bytes(size)) + part(b"IEND", b"")
    return base64.b64encode(data).decode()


HUGE = {
    "pictures": {"shown": [{"image/png": png(10**6)}] * 10},
    "text": {"stdout": "x" * 50_000, "stderr": "y" * 50_000, "shown": [{"text/plain": "z" * 50_000}]},
    "outputs": {"shown": [{"text/plain": "z"}] * MOST_OUTPUTS},
}


@pytest.mark.parametrize("kind", HUGE)
def test_sixty_cells_of_anything_are_cut_and_that_is_said_once(kind):
    room = Room()
    cells = [list(outputs_of(HUGE[kind], room)) for _ in range(60)]
    outputs = [o for cell in cells for o in cell]
    assert len(outputs) <= MOST_IN_ALL["outputs"] + 2
    assert len(str(outputs)) < MOST_IN_ALL["pictures"] + MOST_IN_ALL["text"] + 200 * len(outputs)
    notes = [o for o in outputs if "the rest is not kept" in o.get("text", "")]
    assert len(notes) == 1
    assert cells[0]
    assert not cells[-1]


def test_an_ordinary_notebook_is_kept_whole():
    room = Room()
    found = {
        "stdout": "x" * 1000,
        "shown": [{"image/png": png(60_000), "text/plain": "<Figure>"}],
        "error": {"ename": "E", "evalue": "m"},
    }
    for _ in range(60):
        assert [o.output_type for o in outputs_of(found, room)] == ["stream", "display_data", "error"]
