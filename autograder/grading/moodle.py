"""Feedback pages as one zip that Moodle takes back, under *Upload multiple feedback files in a zip*.

Moodle finds a student by the number in a folder's name, or in the beginning of a file's: name_number_assignsubmission_file. The number
is the assignment's own, and stands in its download alone, so the names are taken from there.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..coursedir.files import write
from ..coursedir.folders import CourseDir, CourseError
from ..report.people import ROSTER
from .collect import claims_in, unclear
from .owners import MOODLE

PACKED = "feedback.zip"


@dataclass(frozen=True)
class Packed:
    """The zip, how many pages are in it, and student/lesson of whose submission has none."""

    file: Path
    pages: int
    without: tuple[str, ...]


def pack_for_moodle(course: CourseDir, download: Path, class_dir: Path) -> Packed:
    """Writes class_dir/feedback.zip with the page of each student in Moodle's `download`. Raises CourseError where that is none."""
    claims = claims_in(course, download, class_dir, [])
    in_roster = (class_dir / ROSTER).is_file()
    pages: dict[str, bytes] = {}
    without = []
    for (student, lesson), claimed in sorted(claims.items()):
        page = Path(student) / lesson / f"{lesson}.html"
        places = {place for whose, notebook in claimed if (place := _place(notebook.path, whose.number))}
        if unclear(student, claimed, in_roster) or not places or not (class_dir / "feedback" / page).is_file():
            without.append(f"{student}/{lesson}")
        else:
            pages[min(places) + page.name] = (class_dir / "feedback" / page).read_bytes()
    if not pages:
        raise CourseError(
            f"Nobody in {download} has a feedback page here. Name the file of Moodle's *Download all submissions*, with names such as "
            "`Ada Lovelace_4711_assignsubmission_file_`, after `autograder collect` and `autograder grade`."
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(name, content)
    write(class_dir / PACKED, packed.getvalue())
    return Packed(class_dir / PACKED, len(pages), tuple(without))


def _place(path: PurePosixPath, number: str) -> str:
    """What a page is to stand in, or, where Moodle made no folders, what its name is to begin with; "" for what is not Moodle's."""
    for part in path.parts:
        if (match := MOODLE.fullmatch(part)) and match["number"] == number:
            return part.removesuffix(match["file"]) if match["file"] else f"{part}/"
    return ""
