"""`autograder collect`: what learning platforms give out, sorted; nothing lost, nothing unpacked where it should not go."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import time
import zipfile

import pytest

from autograder.coursedir import files
from autograder.coursedir.folders import CourseDir, CourseError
from autograder.grading import collect as placing
from autograder.grading import download as module
from autograder.grading.collect import collect
from autograder.grading.owners import unusable

from .conftest import ROOT

COURSE = CourseDir(ROOT)
SOFTMAX, HEADS = "04_softmax", "06_multi_head_attention"


def notebook(text: str = "mine", lesson: str = SOFTMAX) -> bytes:
    """A submission of `lesson` that says `text`."""
    released = json.loads((ROOT / "notebooks" / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    released["cells"].append({"cell_type": "markdown", "id": "said", "metadata": {}, "source": text})
    return json.dumps(released).encode()


def zipped(files: dict[str, bytes], at=(2026, 11, 20, 12, 0, 0)) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, at), data)
    return packed.getvalue()


def handed_in(text: str = "mine", when: str = "2026-11-20 12:00:00.000000 UTC") -> bytes:
    """What `autograder submit` writes."""
    return zipped({f"{SOFTMAX}/{SOFTMAX}.ipynb": notebook(text), f"{SOFTMAX}/timestamp.txt": when.encode()})


@pytest.fixture
def desk(tmp_path):
    """A download and a class; `sort` writes the one, sorts it and says what came of it."""

    class Desk:
        download, root = tmp_path / "download", tmp_path / "class"

        def sort(self, files: dict[str, bytes]):
            for name, data in files.items():
                file = self.download / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            return collect(COURSE, self.download, self.root)

        def said(self, student: str, lesson: str = SOFTMAX) -> str:
            file = self.root / "submitted" / student / lesson / f"{lesson}.ipynb"
            return json.loads(file.read_text(encoding="utf-8"))["cells"][-1]["source"]

    (tmp_path / "class").mkdir()
    return Desk()


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ada Lovelace_4711_assignsubmission_file_/04_softmax.ipynb", "Ada Lovelace"),
        ("Ada Lovelace_4711_assignsubmission_file_/04_softmax/04_softmax.ipynb", "Ada Lovelace"),
        ("Ada Lovelace_4711_assignsubmission_file_04_softmax.ipynb", "Ada Lovelace"),
        ("Group 1-Ada Lovelace_4711_assignsubmission_file/my work.ipynb", "Group 1-Ada Lovelace"),
        ("lovelaceada_123_456_04_softmax.ipynb", "lovelaceada_123"),
        ("lovelaceada_LATE_123_456_04_softmax-2.ipynb", "lovelaceada_123"),
        ("lovelaceada_123_456_Untitled.ipynb", "lovelaceada_123"),
        ("ada/04_softmax/04_softmax.ipynb", "ada"),
        ("ada/04_softmax.ipynb", "ada"),
        ("group b/ada/final version.ipynb", "ada"),
        ("ada_04_softmax.ipynb", "ada"),
        ("04_softmax/ada/work.ipynb", "ada"),
        ("O'Neil, 爱 🦊/04_softmax.ipynb", "O'Neil, 爱 🦊"),
    ],
)
def test_notebooks_are_placed_by_the_names_that_platforms_give_them(desk, name, student):
    done = desk.sort({name: notebook()})
    assert (done.placed, done.left) == ([f"{student}/{SOFTMAX}"], [])
    assert desk.said(student) == "mine"


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada/04_softmax-20261120-120000.zip", "ada"),
        ("ada_04_softmax-20261120-120000.zip", "ada"),
        ("ada.zip", "ada"),
        ("Ada Lovelace_4711_assignsubmission_file_/04_softmax-20261120-120000.zip", "Ada Lovelace"),
        ("lovelaceada_123_456_04_softmax-20261120-120000.zip", "lovelaceada_123"),
    ],
)
def test_zips_that_students_made_keep_their_timestamp(desk, name, student):
    assert desk.sort({name: handed_in()}).placed == [f"{student}/{SOFTMAX}"]
    stamp = desk.root / "submitted" / student / SOFTMAX / "timestamp.txt"
    assert stamp.read_text() == "2026-11-20 12:00:00.000000 UTC"


def test_one_big_zip_with_zips_in_it(desk):
    inner = {
        f"{name}_{i}_assignsubmission_file_/04_softmax-20261120-120000.zip": handed_in(name)
        for i, name in enumerate(["Ada", "Bo"])
    }
    file = desk.root.parent / "moodle.zip"
    file.write_bytes(zipped(inner | {"Cy_3_assignsubmission_file_\\06_multi_head_attention.ipynb": notebook("cy", HEADS)}))
    done = collect(COURSE, file, desk.root)
    assert (done.placed, done.left) == ([f"Ada/{SOFTMAX}", f"Bo/{SOFTMAX}", f"Cy/{HEADS}"], [])
    assert [desk.said("Ada"), desk.said("Cy", HEADS)] == ["Ada", "cy"]


def test_a_later_submission_takes_the_place_and_an_earlier_one_never_does(desk):
    name = "ada/04_softmax.zip"
    desk.sort({name: handed_in("first", "2026-11-20 12:00:00 UTC")})
    done = desk.sort({name: handed_in("second", "2026-11-21 12:00:00 UTC")})
    assert (done.placed, done.replaced) == ([], [f"ada/{SOFTMAX}"])
    (kept,) = (desk.root / "replaced" / "ada").glob("*/04_softmax.ipynb")
    assert "first" in kept.read_text(encoding="utf-8")
    done = desk.sort({name: handed_in("older", "2026-11-19 12:00:00 UTC")})
    assert done.left == [f"{name}/04_softmax/04_softmax.ipynb: what is in submitted/ada/04_softmax is later"]
    assert desk.said("ada") == "second"
    done = desk.sort({name: handed_in("second", "2026-11-21 12:00:00 UTC")})
    assert (done.same, done.left, done.replaced) == ([f"ada/{SOFTMAX}"], [], [])


def test_loose_files_go_by_their_date_and_have_no_timestamp(desk):
    early, late = time.time() - 7200, time.time() - 3600
    desk.sort({"ada/04_softmax.ipynb": notebook("early"), "ada/again/04_softmax.ipynb": b""})
    (desk.download / "ada" / "again" / "04_softmax.ipynb").write_bytes(notebook("late"))
    for name, at in (("04_softmax.ipynb", early), ("again/04_softmax.ipynb", late)):
        os.utime(desk.download / "ada" / name, (at, at))
    (desk.download / "ada" / "again").rename(desk.download / "ada" / "04_softmax")
    for folder in (desk.root / "submitted", desk.root / "replaced"):
        shutil.rmtree(folder, ignore_errors=True)
    done = collect(COURSE, desk.download, desk.root)
    assert done.left == ["ada/04_softmax.ipynb: ada/04_softmax/04_softmax.ipynb is later"]
    assert desk.said("ada") == "late"
    placed = desk.root / "submitted" / "ada" / SOFTMAX
    assert not (placed / "timestamp.txt").exists()
    assert (placed / "04_softmax.ipynb").stat().st_mtime == pytest.approx(late)


def test_what_cannot_be_placed_is_named(desk):
    done = desk.sort(
        {
            "04_softmax.ipynb": notebook(),
            "ada/99_old.ipynb": b'{"cells": []}',
            "bo/04_softmax.zip": b"not a zip",
            "Eve_1_assignsubmission_file_/04_softmax.ipynb": notebook("one"),
            "Eve_2_assignsubmission_file_/04_softmax.ipynb": notebook("two"),
            "fay/04_softmax.zip": zipped(
                {"a/04_softmax.ipynb": notebook("a"), "04_softmax/04_softmax.ipynb": notebook("b")}
            ),
            "\u202egnp/04_softmax.ipynb": notebook(),
        }
    )
    said = "\n".join(done.left)
    assert "04_softmax.ipynb: it names no student" in said
    assert "ada/99_old.ipynb: for no lesson of this course; known are 01_raw_dot_products, " in said
    assert "bo/04_softmax.zip: cannot be read as a zip file (File is not a zip file)" in said
    assert said.count("two students are called Eve") == 2
    assert "cannot be the name of a student's folder: it holds a path separator, or a character that cannot be seen" in said
    assert said.count("fay handed in 04_softmax twice at the same time") == 2
    assert done.placed == []


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_handed_in_instead_of_a_notebook_is_named(desk, packed):
    files = {
        "Ada_1_assignsubmission_file_/04_softmax.ipynb": notebook(),
        "Ada_1_assignsubmission_file_/plot.png": b"beside a notebook",
        "Fay_2_assignsubmission_file_/notes.pdf": b"%PDF",
        "gil_3_4_essay.docx": b"PK",
        "__MACOSX/x": b"",
    }
    if packed:
        file = desk.root.parent / "all.zip"
        file.write_bytes(zipped(files))
        done = collect(COURSE, file, desk.root)
    else:
        done = desk.sort(files)
    assert done.placed == [f"Ada/{SOFTMAX}"]
    why = "neither a notebook nor a zip file"
    assert sorted(done.left) == [f"Fay_2_assignsubmission_file_/notes.pdf: {why}", f"gil_3_4_essay.docx: {why}"]


def test_what_canvas_calls_late_is_said(desk):
    done = desk.sort({"ada_LATE_1_2_04_softmax.ipynb": notebook(), "bo_3_4_04_softmax.ipynb": notebook()})
    assert done.late == [f"ada_1/{SOFTMAX}"]


def test_twice_at_the_same_time_is_left_to_the_instructor(desk):
    done = desk.sort({"ada.zip": zipped({"04_softmax.ipynb": notebook("a"), "04_softmax/04_softmax.ipynb": notebook("b")})})
    assert done.placed == []
    assert len([line for line in done.left if "ada handed in 04_softmax twice at the same time" in line]) == 2


def test_a_roster_gives_ids_and_shows_who_is_unknown(desk):
    (desk.root / "students.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\nal1,Ada,Lovelace,ada@x.org,123\nbb2,Bo,Berg,,\nxx1,Kim,Lee,,\nxx2,Kim,Lee,,\n"
    )
    done = desk.sort(
        {
            "Ada Lovelace_4711_assignsubmission_file_/04_softmax.ipynb": notebook(),
            "bergbo_77_456_06_multi_head_attention.ipynb": notebook("", HEADS),
            "someone_123_456_06_multi_head_attention.ipynb": notebook("", HEADS),
            "week 4/bb2/final/04_softmax.ipynb": notebook(),
            "Zed_1_assignsubmission_file_/04_softmax.ipynb": notebook(),
            "Kim Lee_1_assignsubmission_file_/04_softmax.ipynb": notebook(),
        }
    )
    assert done.placed == [f"al1/{SOFTMAX}", f"al1/{HEADS}", f"bb2/{SOFTMAX}", f"bb2/{HEADS}"]
    assert sorted(line.split(": ")[1] for line in done.left) == [
        "students.csv has no student called Zed",
        "students.csv has several students called Kim Lee",
    ]


@pytest.mark.parametrize("text", ["name,mail\nada,x\n", "id\n../ada\n", ""])
def test_a_roster_that_cannot_be_used_says_why(desk, text):
    (desk.root / "students.csv").write_text(text)
    with pytest.raises(CourseError, match=r"students\.csv"):
        desk.sort({"ada/04_softmax.ipynb": notebook()})


# -- whose it is, whatever a student calls things --------------------------------------------------------------------------

EARLY, LATE = (2026, 11, 20, 12, 0, 0), (2026, 11, 25, 12, 0, 0)
AS_ADAS = {
    "a file's name in a zip": ("{}/04_softmax.zip", {"ada_04_softmax.ipynb": "forged"}),
    "a folder in a zip": ("{}/04_softmax.zip", {"ada/04_softmax.ipynb": "forged"}),
    "a zip in a zip": ("{}/04_softmax.zip", {"ada.zip": None}),
    "Moodle's folder in a zip": ("{}/04_softmax.zip", {"ada_12_assignsubmission_file_/04_softmax.ipynb": "forged"}),
    "Canvas's name in a zip": ("{}/04_softmax.zip", {"ada_12_34_04_softmax.ipynb": "forged"}),
    "a file's name in a folder": ("{}/ada_04_softmax.ipynb", None),
    "a folder in a folder": ("{}/ada/04_softmax.ipynb", None),
    "a zip's name in a folder": ("{}/ada.zip", {"04_softmax.ipynb": "forged"}),
    "Moodle's folder in a folder": ("{}/ada_12_assignsubmission_file_/04_softmax.ipynb", None),
}


def as_adas(how: str, place: str) -> dict[str, bytes]:
    path, inside = AS_ADAS[how]
    if inside is None:
        return {path.format(place): notebook("forged")}
    inner = {
        name: zipped({"04_softmax.ipynb": notebook("forged")}, LATE) if text is None else notebook(text)
        for name, text in inside.items()
    }
    return {path.format(place): zipped(inner, LATE)}


@pytest.mark.parametrize("roster", [False, True])
@pytest.mark.parametrize("place", ["mallory", "mallory_7_assignsubmission_file_"])
@pytest.mark.parametrize("how", AS_ADAS)
def test_nobodys_work_is_placed_under_another_name(desk, how, place, roster):
    """In one download with Ada's own, then in a later one without."""
    if roster:
        (desk.root / "students.csv").write_text("id\nada\nmallory\n")
    own = place.replace("mallory_7", "ada_8").replace("mallory", "ada")
    desk.sort({f"{own}/04_softmax.zip": zipped({"04_softmax.ipynb": notebook("ada's own")}, EARLY)})
    forged = as_adas(how, place)
    for alone in (False, True):
        done = desk.sort(forged)
        if alone and not roster and place == "mallory" and how in ("a folder in a folder", "Moodle's folder in a folder"):
            (moved,) = (
                done.moved
            )  # nothing tells that folder from one of a group, with Ada's in it: it is said, and hers is kept
            assert moved.startswith(
                f"ada/04_softmax: {next(iter(forged))} is there now, and the earlier one in replaced/ada/"
            )
            return
        assert desk.said("ada") == "ada's own"
        assert (done.placed, done.replaced) == ([], [])
        (said,) = done.left
        assert said.startswith(next(iter(forged)))
        assert re.search(r"it is in what (mallory|ada) handed in, and called a", said)
        shutil.rmtree(desk.download / own, ignore_errors=True)
    assert sorted(p.name for p in (desk.root / "submitted").iterdir()) == ["ada"]


def test_what_else_a_student_handed_in_is_placed_beside_a_name_that_is_not_theirs(desk):
    inside = {
        "04_softmax/04_softmax.ipynb": notebook("mallory's"),
        "Bo_3_assignsubmission_file_/04_softmax.ipynb": notebook("x"),
    }
    done = desk.sort({"mallory/04_softmax.zip": zipped(inside), "Bo/04_softmax.ipynb": notebook("bo's")})
    assert (done.placed, len(done.left)) == ([f"Bo/{SOFTMAX}", f"mallory/{SOFTMAX}"], 1)
    assert (desk.said("Bo"), desk.said("mallory")) == ("bo's", "mallory's")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada/final_04_softmax.ipynb", "ada"),
        ("ada/work/04_softmax.ipynb", "ada"),
        ("ada/hand in.zip", "ada"),
        ("ada_8_assignsubmission_file_/my final_04_softmax.ipynb", "ada"),
        ("ada_8_assignsubmission_file_/ada_8_assignsubmission_file_/04_softmax.ipynb", "ada"),
    ],
)
def test_what_students_call_their_own_does_not_matter(desk, name, student):
    data = zipped({"homework/my try_04_softmax.ipynb": notebook()}) if name.endswith(".zip") else notebook()
    done = desk.sort({name: data, "bo/04_softmax.ipynb": notebook("bo")})
    assert (done.placed, done.left) == ([f"{student}/{SOFTMAX}", f"bo/{SOFTMAX}"], [])


@pytest.mark.parametrize("packed", [False, True])
def test_a_download_within_a_download_is_left_whole(desk, packed):
    inside = {"ada_04_softmax.ipynb": notebook("a"), "bo_04_softmax.ipynb": notebook("b")}
    done = desk.sort({"week 4.zip": zipped(inside)} if packed else {f"week 4/{name}": data for name, data in inside.items()})
    assert done.placed == []
    assert sum("holds several under different names (ada, bo)" in line for line in done.left) == 2
    done = desk.sort({"moodle.zip": zipped({"Ada_1_assignsubmission_file_/04_softmax.ipynb": notebook("a")})})
    assert "Where it is a download within a download, collect that by itself" in "".join(done.left)


def test_two_replacements_within_one_second_keep_all_and_say_where(desk, monkeypatch):
    monkeypatch.setattr(files, "_now", lambda: "20261127-120000")
    for day, text in enumerate(["first", "second", "third", "fourth"], 1):
        done = desk.sort({"ada/04_softmax.zip": handed_in(text, f"2026-11-2{day} 12:00:00 UTC")})
    assert done.replaced == [f"ada/{SOFTMAX}"]
    assert done.moved == [
        "ada/04_softmax: ada/04_softmax.zip/04_softmax/04_softmax.ipynb is there now, and the earlier one in "
        "replaced/ada/04_softmax-20261127-120000-2"
    ]
    kept = sorted((desk.root / "replaced" / "ada").glob("*/04_softmax.ipynb"))
    assert [json.loads(p.read_text())["cells"][-1]["source"] for p in kept] == ["first", "second", "third"]
    assert desk.said("ada") == "fourth"


@pytest.mark.parametrize("fails_at", ["04_softmax.ipynb", "timestamp.txt"])
def test_a_submission_is_there_whole_or_not_at_all(desk, monkeypatch, fails_at):
    desk.sort({"ada/04_softmax.zip": handed_in("first", "2026-11-20 12:00:00 UTC")})
    before = {p: p.read_bytes() for p in (desk.root / "submitted").rglob("*") if p.is_file()}
    write = placing.write

    def full(file, data):
        if file.name == fails_at:
            raise OSError(28, "No space left on device")
        write(file, data)

    monkeypatch.setattr(placing, "write", full)
    with pytest.raises(CourseError, match="No space left on device"):
        desk.sort({"ada/04_softmax.zip": handed_in("second", "2026-11-21 12:00:00 UTC")})
    assert all(p.read_bytes() == data for p, data in before.items())
    assert not (desk.root / "replaced").exists()
    monkeypatch.setattr(placing, "write", write)
    assert collect(COURSE, desk.download, desk.root).replaced == [f"ada/{SOFTMAX}"]
    assert desk.said("ada") == "second"
    stamped = desk.root / "submitted" / "ada" / SOFTMAX / "timestamp.txt"
    assert stamped.read_text() == "2026-11-21 12:00:00 UTC"
    stamped.unlink()
    assert collect(COURSE, desk.download, desk.root).same == [f"ada/{SOFTMAX}"]
    assert stamped.read_text() == "2026-11-21 12:00:00 UTC"


@pytest.mark.parametrize("linked", ["student", "assignment"])
def test_nothing_is_placed_through_a_link(desk, linked):
    desk.sort({"ada/04_softmax.zip": handed_in("ada's", "2026-11-20 12:00:00 UTC")})
    submitted = desk.root / "submitted"
    if linked == "student":
        (submitted / "mallory").symlink_to(submitted / "ada")
    else:
        (submitted / "mallory").mkdir()
        (submitted / "mallory" / SOFTMAX).symlink_to(submitted / "ada" / SOFTMAX)
    done = desk.sort({"mallory/04_softmax.zip": handed_in("mallory's", "2026-11-21 12:00:00 UTC")})
    assert "is a link, which may lead to another student's work" in "".join(done.left)
    assert desk.said("ada") == "ada's"


def test_zip_slips_and_links_are_refused(desk):
    link = zipfile.ZipInfo("ada/04_softmax.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../evil/04_softmax.ipynb", notebook())
        archive.writestr("/etc/04_softmax.ipynb", notebook())
        archive.writestr("..\\up\\04_softmax.ipynb", notebook())
        archive.writestr(link, "/etc/passwd")
    (desk.root / "secret.ipynb").write_bytes(notebook("secret"))
    (desk.download / "bo").mkdir(parents=True)
    (desk.download / "bo" / "04_softmax.ipynb").symlink_to(desk.root / "secret.ipynb")
    (desk.download / "cy").symlink_to(desk.root)
    os.mkfifo(desk.download / "bo" / "pipe_04_softmax.ipynb")
    done = desk.sort({"all.zip": packed.getvalue()})
    assert done.placed == []
    assert sum("outside of its folder" in line for line in done.left) == 3
    assert sum("a link" in line for line in done.left) == 4
    assert not (desk.root / "submitted").exists()
    assert sorted(p.name for p in desk.root.parent.iterdir()) == ["class", "download"]


def test_bombs_are_refused_whatever_size_they_claim(desk, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 200_000)
    monkeypatch.setattr(module, "MOST_IN_ZIP", 500_000)
    big = b"0" * 1_000_000
    nest = handed_in()
    for _ in range(3):
        nest = zipped({"inner.zip": nest})
    files = {
        "ada.zip": zipped({"04_softmax.ipynb": big}),
        "bo.zip": zipped({"inner.zip": zipped({"x": big[:10]}) + big}),
        "cy.zip": nest,
        "di/04_softmax.ipynb": big,
    }
    lying = bytearray(files["ada.zip"])
    at = lying.rfind(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    done = desk.sort(files | {"ed.zip": bytes(lying)})
    assert done.placed == []
    assert len(done.left) == 5
    assert sum("larger than" in line for line in done.left) == 3
    assert "more than 3 zips within each other" in "".join(done.left)
    monkeypatch.setattr(module, "MOST_TOTAL", 100_000)
    monkeypatch.setattr(module, "MOST_BYTES", 10_000_000)
    assert "collect it in parts" in "".join(collect(COURSE, desk.download, desk.root).left)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_of_slow_packings_are_not_unpacked(desk, packing):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for number in range(60):
            archive.writestr(f"{number}/04_softmax.ipynb", b"0" * 30_000_000 if number == 0 else b"0")
            archive.writestr(f"{number}/timestamp.txt", b"0")
    begun = time.process_time()
    done = desk.sort({"mallory/04_softmax.zip": packed.getvalue(), "ada/04_softmax.ipynb": notebook()})
    assert time.process_time() - begun < 2
    assert done.placed == [f"ada/{SOFTMAX}"]
    assert sum("which is not unpacked. Ask for an ordinary zip file" in line for line in done.left) == 60


def test_a_zip_has_a_budget_of_its_own_and_takes_nothing_from_others(desk):
    many = zipped({f"{number}/04_softmax.ipynb": b"" for number in range(3000)})
    large = zipped({f"{number}/04_softmax.ipynb": b"0" * 20_000_000 for number in range(20)})
    inner = zipped({f"{number}.zip": zipped({"04_softmax.ipynb": b"0" * 20_000_000}) for number in range(20)})
    files = {f"{name}/04_softmax.zip": data for name, data in (("amy", many), ("bob", large), ("cat", inner))}
    begun = time.process_time()
    done = desk.sort(files | {"zoe/04_softmax.zip": handed_in()})
    assert time.process_time() - begun < 5
    assert f"zoe/{SOFTMAX}" in done.placed
    said = "\n".join(done.left)
    assert "amy/04_softmax.zip: holds 3000 files and folders, more than 2000" in said
    for name in ("bob", "cat"):
        assert sum(line.startswith(name) and "unpacks to far more than its size" in line for line in done.left) >= 16


def test_a_damaged_entry_of_a_download_stops_no_other(desk):
    data = bytearray(zipped({f"{name}/04_softmax.ipynb": notebook(name) for name in ("ada", "bo", "cy")}))
    at = data.index(b"bo/04_softmax.ipynb") + 200
    data[at : at + 20] = b"x" * 20
    file = desk.root.parent / "all.zip"
    file.write_bytes(data)
    done = collect(COURSE, file, desk.root)
    assert done.placed == [f"ada/{SOFTMAX}", f"cy/{SOFTMAX}"]
    assert "bo/04_softmax.ipynb: cannot be unpacked" in done.left[0]


def test_nothing_to_sort_says_so(desk):
    with pytest.raises(CourseError, match="There is no"):
        collect(COURSE, desk.download, desk.root)
    desk.download.mkdir()
    with pytest.raises(CourseError, match="holds no notebook"):
        collect(COURSE, desk.download, desk.root)
    (desk.root / "submitted").mkdir()
    for source in (desk.root, desk.root / "submitted", desk.root.parent):
        with pytest.raises(CourseError, match="is where submissions are sorted into"):
            collect(COURSE, source, desk.root)
    (desk.root.parent / "a.tar").touch()
    with pytest.raises(CourseError, match="neither a folder nor a"):
        collect(COURSE, desk.root.parent / "a.tar", desk.root)


def test_names_that_cannot_be_a_folder():
    assert not [n for n in ("ada", "O'Neil", "🦊", "نص", "b&", "=1+1", "{{ 7 }}", "a_123") if unusable(n)]
    assert all(
        map(
            unusable, ("", ".", "..", ".x", " a", "a ", "a/b", "a\\b", "a:b", "a\nb", "\u202ea", "x" * 121, "<b>", '"+f()+"')
        )
    )
