"""The file to hand in: a zip to be unpacked into submitted/<student>/."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from ..coursedir.files import dated, write
from ..coursedir.folders import CourseError
from ..messages.translate import _
from .lessons import Lesson

HANDED_IN = "handed_in"
"""Folder, in the student's, of files to hand in."""


def pack(lesson: Lesson, notebook: bytes) -> Path:
    """Packs the bytes of a notebook under the name that the grader looks for, with the time; returns the file.

    Raises CourseError where it cannot be written.
    """
    buffer, now = io.BytesIO(), datetime.now(UTC)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{lesson.name}/{lesson.name}.ipynb", notebook)
        archive.writestr(f"{lesson.name}/timestamp.txt", f"{now:%Y-%m-%d %H:%M:%S.%f} UTC")
    target = dated(lesson.folder.parent / HANDED_IN, lesson.name, ".zip")
    try:
        write(target, buffer.getvalue())
    except OSError as error:
        raise CourseError(_("{file} could not be written: {why}. Your notebook is untouched; make room and repeat.",
                            file=target.name, why=error.strerror)) from error  # fmt: skip
    return target
