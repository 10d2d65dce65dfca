"""A second course, in tests/tiny_course: the engine that knows nothing of the first one builds, checks and grades it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from traitlets.config import PyFileConfigLoader

from autograder.authoring import bundle
from autograder.authoring.build import build
from autograder.authoring.catalog import every_exercise
from autograder.authoring.sample import fill_in, write_sample_class
from autograder.authoring.verify import verify
from autograder.coursedir.folders import CourseDir, CourseError
from autograder.coursedir.settings import FILE
from autograder.desk.update import copy_release
from autograder.grading import grade as grading
from autograder.grading.grade import grade_class
from autograder.nbgrader_api import gradebook_url

from .conftest import ROOT

LESSON = "01_counting"
EVERYONE = {"exercises": "right", "predictions": "b", "written": ""}
OF_ITS_OWN = ["tiny_shared", "tiny_shared.pictures"]

GRADE = """
import json, sys
from pathlib import Path
from autograder.coursedir.folders import CourseDir
from autograder.grading import grade
from autograder.grading.submission import warm_process

grade.spread = lambda work, jobs, workers, meanwhile: ((job, work(job)) for job in jobs)
course = CourseDir(Path.cwd())
grade.grade_class(course, course.root / "class")
modules = "[m for m in sorted(sys.modules) if f'{m}.'.startswith(('torch.', 'tiny_shared.', 'autograder.course.'))]"
session = warm_process(course).session()
asked = {"modules": modules, "readable": f"os.listdir({str(course.root)!r})", "secret": f"open({str(course.seed_file)!r})"}
replies = {what: session.run(f"import os, sys; print({code})", 10) for what, code in asked.items()}
print(json.dumps({"grader": eval(modules), **replies}))
"""
"""Grades the class in one process, and says what that and the sandbox have imported, and what can be read there."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> CourseDir:
    root = tmp_path_factory.mktemp("tiny") / "course"
    shutil.copytree(ROOT / "tests" / "tiny_course", root, ignore=shutil.ignore_patterns("__pycache__"))
    build(CourseDir(root))
    return CourseDir(root)


@pytest.fixture(scope="module")
def graded(tiny) -> dict:
    """The class, graded; what GRADE says."""
    write_sample_class(tiny, tiny.root / "class")
    done = subprocess.run(
        [sys.executable, "-c", GRADE], cwd=tiny.root, env=python_path(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def python_path(*more: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *more)))}


def autograder(*words: str, cwd: Path) -> str:
    command = [sys.executable, "-c", "from autograder.cli import main; main()", *words]
    done = subprocess.run(command, cwd=cwd, env=python_path(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["spread", "steps", "tally", "running"])
def test_its_exercises_are_proved(tiny, name):
    assert verify(every_exercise(tiny.solutions)[name]).problems == []


def test_it_is_configured_as_the_first_course():
    assert (ROOT / "tests" / "tiny_course" / "nbgrader_config.py").read_bytes() == (ROOT / "nbgrader_config.py").read_bytes()


@pytest.mark.parametrize(
    ("answers", "sentences"),
    [
        ({}, ["✓ apart", "✓ spread: every check passed", "✓ steps: every check passed"]),
        ({"spread": "largest"}, ["✗ spread", "you get when the largest is returned, and nothing subtracted", "✗ steps"]),
        ({"spread": "blank", "steps": "counted"}, ["✗ spread", "This is what you get when the counts of a row are counted"]),
    ],
)  # fmt: skip
def test_a_student_is_told_what_is_right_and_what_is_wrong(tiny, tmp_path, answers, sentences):
    copy_release(tiny.release, tmp_path)
    notebook = nbformat.read(tmp_path / LESSON / f"{LESSON}.ipynb", as_version=4)
    fill_in(notebook, every_exercise(tiny.solutions), EVERYONE | answers)
    code = [c.source.replace(".score", ".message") for c in notebook.cells if c.cell_type == "code"]
    cells = "\n\n".join(f"print({source})" if source.startswith("check(") else source for source in code)
    done = subprocess.run([sys.executable, "-c", cells], cwd=tmp_path / LESSON, env=python_path(tiny.root), capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("███\n█\n████\n")
    places = [done.stdout.find(sentence) for sentence in sentences]
    assert -1 not in places, done.stdout
    assert places == sorted(places)


def test_a_class_is_graded_under_its_own_id(tiny, graded):
    with Gradebook(gradebook_url(tiny.root / "class"), "counting") as gradebook:
        assert gradebook.course_id == "counting"
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(LESSON)}
    assert scores == {"ada": 14, "bo": 9, "cy": 0, "dee": 13}  # running is optional
    with (tiny.root / "class" / "grades.csv").open(encoding="utf-8") as table:
        rows = {row.split(",")[0]: row for row in table}
    assert '{""spread"": ""largest""}' in rows["bo"]
    assert "is not a Jupyter notebook" in rows["cy"]
    assert (
        '""tally"": ""read_twice"", ""running"": ""changed_in_place""' in rows["dee"]
    )  # what the judge held counted the reads


def test_the_sandbox_has_what_the_settings_name_and_nothing_of_the_other_course(tiny, graded):
    assert graded["grader"] == []
    assert graded["modules"]["stdout"].strip() == repr(OF_ITS_OWN)
    assert graded["readable"]["stdout"].strip() in ("", "['tiny_shared']"), "no solutions, keys or seed"
    assert graded["secret"]["error"]


def test_report_and_feedback_are_written(tiny, graded):
    autograder("report", "class", cwd=tiny.root)
    page = (tiny.root / "class" / "report.html").read_text(encoding="utf-8")
    assert "1 · Counting" in page
    assert "the largest is returned, and nothing subtracted" in page
    feedback = (tiny.root / "class" / "feedback" / "bo" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "the largest is returned, and nothing subtracted" in feedback


def test_a_gradebook_of_the_other_course_is_refused(tiny, graded, tmp_path):
    (tmp_path / "solutions").mkdir()
    shutil.copytree(tiny.root / "class" / "submitted", tmp_path / "submitted")
    shutil.copy(tiny.root / "class" / "gradebook.db", tmp_path)
    other = copy_of(tiny, tmp_path / "other", 'id = "counting"', 'id = "botany"')
    with pytest.raises(CourseError, match=r"belongs to another course \(counting.*; this one is botany\)"):
        grade_class(other, tmp_path)


@pytest.mark.parametrize("line", ["read_settings(root).id", '"counting"'])
def test_nbgraders_configuration_may_name_the_id_itself_as_it_used_to(tiny, graded, tmp_path, line):
    course = copy_of(tiny, tmp_path / "course", "", "")
    file = course.root / "nbgrader_config.py"
    file.write_text(file.read_text().replace("read_settings(root).id", line))
    assert PyFileConfigLoader(file.name, path=str(course.root)).load_config().CourseDirectory.course_id == "counting"
    with grading.Gradebook(tiny.root / "class", course) as gradebook:
        assert [record.student for record in gradebook.records()] == ["ada", "bo", "cy", "dee"]


def test_a_module_that_is_not_there_stops_grading_with_a_sentence(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(
        grading, "spread", lambda work, jobs, workers, meanwhile: ((job, outcome(work, job)) for job in jobs)
    )
    broken = copy_of(tiny, tmp_path / "broken", '"tiny_shared.pictures"', '"tiny_shared.picturs"')
    write_sample_class(broken, tmp_path)
    with pytest.raises(
        CourseError, match=r"course\.toml names under warm a module .* tiny_shared\.picturs \(ModuleNotFoundError"
    ):
        grade_class(broken, tmp_path)
    assert not list(tmp_path.glob("feedback/*"))


def outcome(work, job):
    try:
        return work(job)
    except Exception as error:  # as `spread` hands it on
        return error


def copy_of(course: CourseDir, to: Path, find: str, replace: str) -> CourseDir:
    """The course with one change in its settings."""
    shutil.copytree(course.root, to, ignore=shutil.ignore_patterns("class", "__pycache__"))
    (to / FILE).write_text((to / FILE).read_text(encoding="utf-8").replace(find, replace), encoding="utf-8")
    return CourseDir(to)


def test_the_bundle_brings_title_environment_and_settings(tiny, tmp_path, monkeypatch):
    course = copy_of(tiny, tmp_path / "course", "", "")
    with pytest.raises(CourseError, match=r"has no environment\.yml and no LICENSE and no pyproject\.toml, of which"):
        bundle.write_bundle(course, tmp_path / "course.zip")
    (course.root / "environment.yml").write_text("name: numbers\n")
    (course.root / "LICENSE").write_text("MIT")
    (course.root / "pyproject.toml").write_text('[project]\ndependencies = ["numpy==2.4.6"]\n')
    monkeypatch.setattr(
        bundle, "_wheel", lambda course, scratch: shutil.copy(course.root / "LICENSE", scratch / "tiny-1.whl")
    )
    monkeypatch.setattr(bundle, "build", lambda course, say: None)
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(bundle.write_bundle(course, tmp_path / "course.zip")).extractall(unpacked)
    text = (unpacked / "README.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Counting: for students\n\nThe course's pages: <https://example.org/counting>\n\nYou need Python"
    )
    assert "conda activate numbers\n    pip install --no-deps tiny-1.whl\n" in text
    assert not re.search(r"[{}%]|torch|attention|Report it", text, re.IGNORECASE)
    autograder("update", cwd=unpacked)
    assert "<https://example.org/counting>" in (unpacked / "student" / "start.ipynb").read_text(encoding="utf-8")


ALLOWED = {
    "authoring/exercise.py": 'such as "torch.softmax"',
    "coursedir/cell_names.py": 'yours("softmax")',
    "desk/check.py": 'such as "softmax"',
    "judging/library_calls.py": '("torch.softmax")',
}
"""Examples in docstrings of the engine."""


def test_the_engine_names_no_course():
    engine = ROOT / "autograder"
    files = [
        f
        for kind in ("py", "j2", "css", "bundle.md")
        for f in engine.rglob(f"*{kind}")
        if "course" not in f.relative_to(engine).parts
    ]
    assert len(files) > 70
    words = re.compile(r"attention|softmax|word_vectors|minilm|autograder[./]course\b", re.IGNORECASE)
    texts = {f.relative_to(engine).as_posix(): text for f in files if words.search(text := f.read_text(encoding="utf-8"))}
    assert set(texts) == set(ALLOWED)
    for file, example in ALLOWED.items():
        assert not words.search(texts[file].replace(example, "")), file
