"""Feedback for Moodle: what was in its download goes back under the names by which it finds students."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

import pytest

from autograder.coursedir.folders import CourseDir, CourseError
from autograder.grading.collect import collect
from autograder.grading.moodle import pack_for_moodle

from .conftest import ROOT

COURSE, LESSON = CourseDir(ROOT), "04_softmax"
NOTEBOOK = (ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb").read_bytes()


def found_by_moodle(name: str) -> tuple[int, str] | None:
    """(participant, file) as mod/assign/feedback/file/importziplib.php of Moodle 4.1 and later reads an entry's name."""
    parts = list(PurePosixPath(name).parts)
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[2:4] == ["assignsubmission", "file"]:
            return int(info[1]), "/".join([*info[4:], *parts]).lstrip("/")
    return None


@pytest.fixture
def desk(tmp_path):
    """Writes a download, collects it, and writes a page for each student placed, but for those in `without`."""

    def made(names: list[str], without: tuple[str, ...] = ()):
        download, root = tmp_path / "download.zip", tmp_path / "class"
        root.mkdir(exist_ok=True)
        with zipfile.ZipFile(download, "w") as archive:
            for name in names:
                archive.writestr(name, NOTEBOOK)
        for place in collect(COURSE, download, root).placed:
            if place.split("/")[0] not in without:
                page = root / "feedback" / place / f"{LESSON}.html"
                page.parent.mkdir(parents=True)
                page.write_text(place)
        return download, root

    return made


@pytest.mark.parametrize(
    "form",
    [
        "{}_assignsubmission_file_/04_softmax.ipynb",
        "{}_assignsubmission_file/04_softmax/04_softmax.ipynb",
        "{}_assignsubmission_file_04_softmax.ipynb",
        "softmax/{}_assignsubmission_file_/my homework.ipynb",
    ],
)
def test_moodle_finds_each_student_by_the_names_of_its_download(desk, form):
    download, root = desk([form.format("Ada Lovelace_4711"), form.format("Émilie du Châtelet_4712")])
    packed = pack_for_moodle(COURSE, download, root)
    assert (packed.pages, packed.without) == (2, ())
    with zipfile.ZipFile(packed.file) as archive:
        found = {found_by_moodle(name): archive.read(name).decode() for name in archive.namelist()}
    assert found == {
        (4711, f"{LESSON}.html"): f"Ada Lovelace/{LESSON}",
        (4712, f"{LESSON}.html"): f"Émilie du Châtelet/{LESSON}",
    }


def test_ids_of_the_list_are_led_back_to_moodles_names(desk, tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "students.csv").write_text("id,first_name,last_name\nada,Ada,Lovelace\n")
    download, root = desk(["Ada Lovelace_4711_assignsubmission_file_/04_softmax.ipynb"])
    with zipfile.ZipFile(pack_for_moodle(COURSE, download, root).file) as archive:
        (name,) = archive.namelist()
        assert name == "Ada Lovelace_4711_assignsubmission_file_/04_softmax.html"
        assert archive.read(name).decode() == f"ada/{LESSON}"


def test_who_has_no_page_is_named_and_two_of_one_name_get_none(desk):
    names = ["Ada L_1_assignsubmission_file_/a.ipynb", "Bo M_2_assignsubmission_file_/a.ipynb",
             "Kim Lee_3_assignsubmission_file_/a.ipynb", "Kim Lee_4_assignsubmission_file_/a.ipynb"]  # fmt: skip
    download, root = desk(names, without=("Bo M",))
    packed = pack_for_moodle(COURSE, download, root)
    assert (packed.pages, packed.without) == (1, (f"Bo M/{LESSON}", f"Kim Lee/{LESSON}"))


def test_what_is_not_moodles_says_so(desk, tmp_path):
    download, root = desk(["ada_04_softmax.ipynb"])
    with pytest.raises(CourseError, match=r"Nobody in .* has a feedback page here\. Name the file of Moodle's"):
        pack_for_moodle(COURSE, download, root)
    with pytest.raises(CourseError, match="There is no"):
        pack_for_moodle(COURSE, tmp_path / "none.zip", root)
