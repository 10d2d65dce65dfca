"""What students get, read as it was written: nothing but what they may have, and the same at every build."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.authoring.build import build, differing_files
from autograder.authoring.bundle import write_bundle
from autograder.authoring.faults import AuthorError
from autograder.coursedir.folders import NOT_RELEASED, CourseDir, answers_file
from autograder.coursedir.settings import FILE
from autograder.judging.key import dumps, load
from autograder.judging.values import leaves

from .conftest import ROOT, SETTINGS

LESSONS = sorted(p.name for p in (ROOT / "notebooks").iterdir() if p.is_dir())


def copy_of(course: CourseDir, to: Path) -> CourseDir:
    """The course with lesson 04 alone: what is tried here needs no other."""
    unneeded = ("build", "__pycache__", "0[!4]_*")
    shutil.copytree(course.root, to / "copy", ignore=shutil.ignore_patterns(*unneeded))
    copied = CourseDir(to / "copy")
    copied.build.mkdir()
    shutil.copy(course.build / "gradebook.db", copied.build)  # nbgrader takes a second and more to make one
    return copied


def edit(course: CourseDir, find: str, replace: str, file: str = "lesson.md") -> None:
    path = course.solutions / "04_softmax" / file
    text = path.read_text()
    assert find in text
    path.write_text(text.replace(find, replace, 1))


def test_the_committed_release_is_what_the_sources_build(course):
    assert [p.name for p in sorted((course.build / "release").iterdir())] == LESSONS
    for lesson in LESSONS:
        assert differing_files(course.build / "release" / lesson, ROOT / "notebooks" / lesson) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_only_known_files_are_released(lesson):
    folder = ROOT / "notebooks" / lesson
    names = json.loads((folder / "keys" / "lesson.json").read_text())["exercises"]
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and NOT_RELEASED.isdisjoint(p.parts)}
    held = {f"keys/{n}.held.py" for n in names if load(folder / "keys" / f"{n}.safetensors").holds}
    assert found == {f"{lesson}.ipynb", "keys/lesson.json"} | {f"keys/{n}.safetensors" for n in names} | held


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_released_notebook_holds_no_answers(lesson, exercises):
    notebook = nbformat.read(ROOT / "notebooks" / lesson / f"{lesson}.ipynb", as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(c.source for c in notebook.cells)
    for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN", "hidden=True", "model answer"):
        assert word not in text
    for cell in notebook.cells:
        assert not cell.get("outputs")
        if cell.id in exercises:
            assert cell.source.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    for exercise in exercises.values():
        assert exercise.stub_parts()[1] not in text


def test_visible_keys_hold_no_hidden_input(course):
    for path in course.hidden_keys.glob("*.safetensors"):
        hidden, visible = load(path), load(next(course.root.glob(f"*/*/keys/{path.name}"), course.waiting_keys / path.name))
        assert hidden.hidden
        assert not visible.hidden
        if hidden.holds:  # any answer that the judge's own functions accept is right: there is none to repeat
            continue
        first = next(iter(hidden.points))
        seen = [_inputs(case) for case in visible.cases]
        assert any(_inputs(case) not in seen for case in hidden.cases if case.aspect == first)


def _inputs(case) -> list:
    return [leaf.data.tolist() if hasattr(leaf, "data") else leaf for leaf in leaves(case.call.args)]


@pytest.mark.parametrize("marker", ["### BEGIN SOLUTON", "### BEGIN_SOLUTION", "# begin hiden tests", "### START SOLUTION"])
def test_a_misspelt_marker_stops_the_build(course, tmp_path, marker):
    broken = copy_of(course, tmp_path)
    edit(broken, "my_softmax = yours(", f"{marker}\nsecret = 1\n### END\nmy_softmax = yours(")
    before = sorted((p, p.read_bytes()) for p in broken.release.rglob("*") if p.is_file())
    with pytest.raises(AuthorError, match="the release would give away") as stopped:
        build(broken)
    line = int(
        re.search(r"04_softmax/lesson\.md:(\d+): this cell holds something like a marker", str(stopped.value)).group(1)
    )
    cell = (broken.solutions / "04_softmax" / "lesson.md").read_text().splitlines()[line - 2 :]
    assert cell[0] == "```python"
    assert marker in cell[: cell.index("```")]
    assert before == sorted((p, p.read_bytes()) for p in broken.release.rglob("*") if p.is_file())


def without_comments(exercise) -> str:
    """The source of a reference, in lines that are short enough for a lesson."""
    return re.sub(r"  # .*", "", exercise.source()).rstrip()


def test_a_reference_pasted_into_the_prose_stops_the_build(course, tmp_path, exercises):
    broken = copy_of(course, tmp_path)
    edit(broken, "my_softmax = yours(", without_comments(exercises["softmax"]) + "\n\nmy_softmax = yours(")
    with pytest.raises(AuthorError, match="holds the reference of softmax"):
        build(broken)


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('exercise("entropy")', 'exercise("entropi")', r"04_softmax/lesson\.md:\d+: there is no exercise called 'entropi'"),
        ('exercise("entropy")', 'exercise("softmax")', r"lesson\.md:\d+: softmax is placed already in line \d+"),
        ('exercise("entropy")', 'exercise("entropy"', r"lesson\.md:\d+: expected one call"),
        (
            'predict("shrunken_scores"',
            'predikt("shrunken_scores"',
            r"lesson\.md:\d+: predikt places nothing; known are exercise, predict, written",
        ),
        (
            'exercise("entropy")',
            'x = 1\nexercise("entropy")',
            r'lesson\.md:\d+: exercise\("entropy"\) needs a cell to itself',
        ),
        ('answer="b")', 'answer="z")', r"lesson\.md:\d+: answer='z' is none of the choices"),
        (
            'predicted("shrunken_scores")',
            'predicted("shrunken_score")',
            r"there is nothing called 'shrunken_score' for predicted. Is it one of shrunken_scores",
        ),
        ('yours("entropy"', 'yours("entropi"', r"there is nothing called 'entropi' for yours. Is it one of entropy"),
        ('exercise("entropy")', "x = 1", r"lesson\.md:1: the lesson places no exercise called 'entropy'"),
        (
            '<!-- #region answer="cooler" -->',
            '<!-- #region answer="koeler" -->',
            r"lesson\.md:\d+: cooler has no model answer",
        ),
    ],
)
def test_a_faulty_lesson_stops_the_build_with_file_and_line(course, tmp_path, find, replace, message):
    broken = copy_of(course, tmp_path)
    edit(broken, find, replace)
    with pytest.raises(AuthorError, match=message):
        build(broken)


def test_a_second_placement_is_reported_at_its_own_line(course, tmp_path):
    broken = copy_of(course, tmp_path)
    again = '```python\nexercise("entropy")\n```\n'
    edit(broken, again, again + "\nText.\n\n" + again)
    with pytest.raises(AuthorError) as stopped:
        build(broken)
    second, first = (
        int(n) for n in re.findall(r"lesson\.md:(\d+): entropy is placed already in line (\d+)", str(stopped.value))[0]
    )
    lines = (broken.solutions / "04_softmax" / "lesson.md").read_text().splitlines()
    assert lines[second - 1] == lines[first - 1] == 'exercise("entropy")'
    assert second > first


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        (
            "draw(n=3)",
            "draw(m=3)",
            r"inputs stopped with TypeError: draw takes a size for each of \['n'\], and was given \['m'\]",
        ),
        ('"side effects": 1}', '"side effects": 1, "speed": 1}', "no input is for 'speed'"),
        ('yield "values"', 'yield "valeus"', "for the aspect 'valeus', which is not in points"),
        ('gives=("n n",)', 'gives=("n n")', r'one text for each result: \("n n",\), with its comma'),
        ("return np.diag(weights)\n\n\n", "return np.diag(weigts)\n\n\n", "diagonal_only stops with NameError"),
    ],
)
def test_a_slip_in_an_exercise_stops_the_build(course, tmp_path, find, replace, message):
    broken = copy_of(course, tmp_path)
    edit(broken, find, replace, "softmax_jacobian.py")
    with pytest.raises(AuthorError, match=r"04_softmax/softmax_jacobian\.py:\d+: .*" + message):
        build(broken)


def test_a_reference_with_another_ending_is_still_noticed(course, tmp_path, exercises):
    broken = copy_of(course, tmp_path)
    source = without_comments(exercises["softmax"]).replace("return exps", "print(exps")
    edit(broken, "my_softmax = yours(", source + ")\n\nmy_softmax = yours(")
    with pytest.raises(AuthorError, match="holds the reference of softmax"):
        build(broken)


def test_two_lessons_of_one_number_stop_the_build(course, tmp_path):
    broken = copy_of(course, tmp_path)
    (broken.solutions / "04_spread").mkdir()
    with pytest.raises(AuthorError, match="04_spread:1: 04_softmax has the number 04 already"):
        build(broken)


def test_two_exercises_of_one_name_stop_the_build(course, tmp_path):
    broken = copy_of(course, tmp_path)
    shutil.copy(broken.solutions / "04_softmax" / "entropy.py", broken.solutions / "04_softmax" / "entropy2.py")
    with pytest.raises(
        AuthorError, match=r"04_softmax/entropy2\.py:1: an exercise called entropy exists already in 04_softmax/entropy\.py"
    ):
        build(broken)


def test_a_module_that_does_not_load_stops_the_build_with_file_and_line(course, tmp_path):
    broken = copy_of(course, tmp_path)
    edit(broken, "def inputs(draw):", "1 / 0\n\n\ndef inputs(draw):", "entropy.py")
    with pytest.raises(AuthorError, match=r"04_softmax/entropy\.py:\d+: cannot be loaded: ZeroDivisionError"):
        build(broken)


def test_check_reports_what_is_out_of_date_and_changes_nothing(course, tmp_path):
    other = copy_of(course, tmp_path)
    edit(other, "# 4 · Softmax", "# 4 · SOFTMAX")
    before = (other.release / "04_softmax" / "04_softmax.ipynb").read_bytes()
    stale = ("04_softmax/04_softmax.ipynb", "04_softmax/keys/lesson.json", "questions.ipynb")
    assert build(other, check=True).stale == stale
    assert (other.release / "04_softmax" / "04_softmax.ipynb").read_bytes() == before
    build(other)
    assert build(other, check=True).stale == ()


def test_a_key_beyond_tolerance_is_out_of_date(course, tmp_path):
    other = copy_of(course, tmp_path)
    edit(other, "/ exps.sum", "* 1.001 / exps.sum", "softmax.py")
    assert "04_softmax/keys/softmax.safetensors" in build(other, check=True).stale


def test_a_key_with_another_tolerance_is_out_of_date(course, tmp_path):
    other = copy_of(course, tmp_path)
    file = other.release / "04_softmax" / "keys" / "softmax.safetensors"
    key = load(file)
    cases = [replace(c, expected=replace(c.expected, tolerance=100 * c.expected.tolerance)) for c in key.cases]
    file.write_bytes(dumps(replace(key, cases=tuple(cases))))
    assert "04_softmax/keys/softmax.safetensors" in build(other, check=True).stale


def test_the_seed_is_kept_and_a_damaged_one_noticed(course, tmp_path):
    other = copy_of(course, tmp_path)
    seed = other.seed_file.read_text()
    build(other)
    assert other.seed_file.read_text() == seed
    assert oct(other.seed_file.stat().st_mode)[-3:] == "600"
    other.seed_file.write_text("short")
    with pytest.raises(Exception, match="Restore it from your backup"):
        build(other)


def test_the_bundle_holds_no_solutions(course, tmp_path):
    shutil.copytree(ROOT / "autograder", course.root / "autograder", dirs_exist_ok=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "environment.yml"):
        shutil.copy(ROOT / name, course.root)
    shutil.copytree(ROOT / "data", course.root / "data", dirs_exist_ok=True)
    (course.release / "04_softmax" / "my_functions").mkdir()
    (course.release / "04_softmax" / "my_functions" / "softmax.py").write_text("as tried in place")
    (course.release / "04_softmax" / "my_progress.json").write_text("{}")
    answers = answers_file("04_softmax")
    shutil.copy(course.answers / answers, course.release / "04_softmax" / answers)
    told: list[str] = []
    bundle = write_bundle(course, tmp_path / "course.zip", told.append)
    assert told == [
        *(f"building {lesson}" for lesson in LESSONS),
        "packing notebooks/ and data/",
        "making the wheel of autograder",
    ]
    shutil.rmtree(course.release / "04_softmax" / "my_functions")
    (course.release / "04_softmax" / "my_progress.json").unlink()
    with zipfile.ZipFile(bundle) as outer:
        names = outer.namelist()
        text = outer.read("README.md").decode()
    assert not [n for n in names if "my_" in n]
    wheel = next(n for n in names if n.endswith(".whl"))
    tops = {n.split("/")[0] for n in names}
    assert tops == {"notebooks", "data", FILE, "environment.yml", "LICENSE", "README.md", wheel}
    assert f"pip install {wheel}" in text
    assert text.startswith(f"# {SETTINGS.title}: for students\n\nYou need Python"), "no addresses, for there are none yet"
    assert "conda activate self-attention\n" in text
    assert "download.pytorch.org/whl/cpu torch==" in text
    assert "{" not in text
    with zipfile.ZipFile(bundle) as outer, outer.open(wheel) as packed:
        package = zipfile.ZipFile(packed)
        inside = package.namelist()
        assert package.read(f"autograder/{FILE}") == outer.read(FILE) == (ROOT / FILE).read_bytes()
    assert any(n == "autograder/desk/check.py" for n in inside)
    assert not [n for n in inside + names if "solutions/" in n or answers in n or "hidden" in n or n.endswith(".db")]


def test_build_is_the_same_twice(course, tmp_path):
    other = copy_of(course, tmp_path)
    build(other)
    a, b = (
        {p.name: p.read_bytes() for p in (c.build / "release" / "04_softmax").rglob("*") if p.is_file()}
        for c in (course, other)
    )
    assert a == b
    assert np.all([len(v) for v in a.values()])
