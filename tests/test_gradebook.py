"""The gradebook holds what nbgrader's own autograde would have written, and can be trusted whatever happens to a grader."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook as Stock
from nbgrader.converters import Autograde
from nbgrader.plugins import LateSubmissionPlugin

from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir, CourseError
from autograder.coursedir.releases import STAMP
from autograder.desk.update import copy_release
from autograder.grading import grade as grading
from autograder.grading.explain import explain
from autograder.grading.feedback_pages import write_pages
from autograder.grading.grade import grade_class
from autograder.grading.gradebook import Gradebook, read_records
from autograder.grading.preprocessor import PREPROCESSORS
from autograder.judging.key import dumps, load
from autograder.nbgrader_api import config_of, generate_assignment, gradebook_url, run, scripts_on_path

from .conftest import SETTINGS

LESSON = "04_softmax"
EVERYONE = {"exercises": "right", "predictions": "a", "written": "An answer."}
STUDENTS = {
    "reference": {},
    "blank": {"exercises": "blank", "predictions": "", "written": ""},
    "partial": {"softmax": "no_shift", "entropy": "in_bits"},
    "late": {"softmax": "no_exp"},
    "marked": {"entropy": "no_minus"},
}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Grading processes take seconds to start; `test_sample_class.py` and `test_killed.py` grade with them."""
    monkeypatch.setattr(grading, "spread", here)


def here(work, jobs, workers, meanwhile):
    return ((job, work(job)) for job in jobs)


def hand_in(course, root, exercises, student, how=None, text=None):
    place = root / "submitted" / student / LESSON
    place.mkdir(parents=True, exist_ok=True)
    if text is None:
        notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
        text = nbformat.writes(fill_in(notebook, exercises, EVERYONE | (how or {})))
    (place / f"{LESSON}.ipynb").write_text(text, encoding="utf-8")
    return place


def score_of(root, student):
    with Stock(gradebook_url(root), SETTINGS.id) as gradebook:
        return gradebook.find_submission(LESSON, student).score


def mark_by_hand(root):
    """What a person does in the formgrader."""
    with Stock(gradebook_url(root), SETTINGS.id) as gradebook:
        name = next(c.name for c in gradebook.find_notebook(LESSON, LESSON).grade_cells if not c.name.endswith("-check"))
        grade = gradebook.find_grade(name, LESSON, LESSON, "marked")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.0, 0.5, False
        gradebook.find_comment(name, LESSON, LESSON, "marked").manual_comment = "Well argued <b>here</b>."
        gradebook.find_grade("entropy-check", LESSON, LESSON, "marked").manual_score = 6.5
        gradebook.db.commit()


def autograding(course, root, student):
    """nbgrader's configuration for its own autograde, by our preprocessors."""
    config = config_of(course, root, LESSON, student_id=student)
    config.Autograde.autograde_preprocessors = PREPROCESSORS
    config.SandboxExecute.course = str(course.root)
    return config


def rows(root):
    """Everything of nbgrader's about submissions, but ids."""
    at = ("from submitted_assignment s join assignment a on a.id = s.assignment_id "
          "join submitted_notebook n on n.assignment_id = s.id join notebook m on m.id = n.notebook_id ")  # fmt: skip
    queries = {
        "submitted": f"select s.student_id, a.name, s.timestamp, s.extension, m.name, n.flagged, n.late_submission_penalty {at}",
        "grades": "select s.student_id, a.name, c.name, c.type, g.auto_score, g.manual_score, g.extra_credit, "
        f"g.needs_manual_grade {at} join grade g on g.notebook_id = n.id join base_cell c on c.id = g.cell_id",
        "comments": f"select s.student_id, a.name, c.name, c.type, k.auto_comment, k.manual_comment {at} "
        "join comment k on k.notebook_id = n.id join base_cell c on c.id = k.cell_id",
        "students": "select id, first_name, last_name, email from student",
    }
    with sqlite3.connect(root / "gradebook.db") as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        return {name: sorted(db.execute(query), key=str) for name, query in queries.items()}


@pytest.fixture(scope="module")
def both(course, exercises, tmp_path_factory):
    """The same class, graded by nbgrader's converters and by ours: at first, and once more with marks given by hand."""
    patch = pytest.MonkeyPatch()
    patch.setattr(grading, "spread", here)
    patch.setattr(LateSubmissionPlugin.penalty_method, "default_value", "zero")
    roots = {}
    for how in ("stock", "ours"):
        root = roots[how] = tmp_path_factory.mktemp(how)
        for student, answers in STUDENTS.items():
            place = hand_in(course, root, exercises, student, answers)
            if student in ("late", "reference"):
                year = 2027 if student == "late" else 2025
                (place / "timestamp.txt").write_text(f"{year}-03-01 10:00:00 UTC")
        generate_assignment(course, root, LESSON, root / "scratch")
        with Stock(gradebook_url(root), SETTINGS.id) as gradebook:
            gradebook.update_or_create_assignment(LESSON, duedate="2026-01-01 00:00:00 UTC")
    found = {"stock": [], "ours": []}
    for again in (False, True):
        for student in STUDENTS:
            run(Autograde, autograding(course, roots["stock"], student))
        grade_class(course, roots["ours"], force=again)
        for how, root in roots.items():
            found[how].append(rows(root))
            if not again:
                mark_by_hand(root)
    patch.undo()
    return found, roots


@pytest.mark.parametrize("table", ["submitted", "grades", "comments", "students"])
@pytest.mark.parametrize("time", [0, 1], ids=["at first", "graded again with marks by hand"])
def test_rows_are_those_of_nbgraders_own_command(both, table, time):
    found, _ = both
    assert found["ours"][time][table] == found["stock"][time][table]
    assert len(found["ours"][time][table]) >= len(STUDENTS)


def test_a_late_submission_is_penalized_and_marks_by_hand_stay(both):
    _, roots = both
    assert score_of(roots["ours"], "late") > 0
    with Stock(gradebook_url(roots["ours"]), SETTINGS.id) as gradebook:
        assert gradebook.find_submission(LESSON, "late").late_submission_penalty == score_of(roots["ours"], "late")
        assert gradebook.find_grade("entropy-check", LESSON, LESSON, "marked").manual_score == 6.5


def test_pages_written_again_show_the_marks_and_comments_given_since(both, course):
    _, roots = both
    page = roots["ours"] / "feedback" / "marked" / LESSON / f"{LESSON}.html"
    assert write_pages(course, roots["ours"]) == len(STUDENTS)
    assert "Well argued &lt;b&gt;here&lt;/b&gt;." in page.read_text()
    assert "base 2" in (roots["ours"] / "feedback" / "partial" / LESSON / f"{LESSON}.html").read_text()


# -- what was graded is known again ------------------------------------------------------------------------------------


@pytest.fixture
def class_of_two(course, exercises, tmp_path):
    hand_in(course, tmp_path, exercises, "ada")
    hand_in(course, tmp_path, exercises, "bo", {"softmax": "no_shift"})
    grade_class(course, tmp_path)
    return tmp_path


def test_only_what_changed_is_graded_again(course, exercises, class_of_two):
    assert grade_class(course, class_of_two).fresh == set()
    hand_in(course, class_of_two, exercises, "bo")
    assert grade_class(course, class_of_two).fresh == {("bo", LESSON)}
    assert score_of(class_of_two, "bo") == score_of(class_of_two, "ada") == 40
    assert len(grade_class(course, class_of_two, force=True).fresh) == 2


def test_a_grade_stays_where_others_of_its_student_and_of_its_lesson_are_written_together(course, class_of_two):
    other = "01_raw_dot_products"
    place = class_of_two / "submitted" / "ada" / other
    place.mkdir()
    shutil.copy(course.release / other / f"{other}.ipynb", place)
    (class_of_two / "submitted" / "bo" / LESSON / "timestamp.txt").write_text("2025-03-01 10:00:00 UTC")
    graded = grade_class(course, class_of_two)
    assert graded.fresh == {("ada", other), ("bo", LESSON)}
    assert {r.at for r in graded.records} == {("ada", LESSON), ("ada", other), ("bo", LESSON)}


def test_an_earlier_grade_survives_what_cannot_be_graded(course, exercises, class_of_two, monkeypatch):
    hand_in(course, class_of_two, exercises, "bo", text="not a notebook")
    told = {r.student: r for r in grade_class(course, class_of_two).records}["bo"]
    assert told.failed
    assert told.problem.endswith("The grade of what was handed in before stands.")
    assert score_of(class_of_two, "bo") == 38
    hand_in(course, class_of_two, exercises, "bo")
    monkeypatch.setattr(grading, "spread", lambda work, jobs, *_: ((job, MemoryError("no room")) for job in jobs))
    told = {r.student: r for r in grade_class(course, class_of_two).records}["bo"]
    assert told.problem == "could not be graded (MemoryError: no room)"
    assert score_of(class_of_two, "bo") == 38


def test_a_full_disk_loses_no_grade_and_is_said(course, exercises, class_of_two, monkeypatch):
    hand_in(course, class_of_two, exercises, "bo")

    def full(path, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(grading, "write", lambda path, content: full(path, content) if path.suffix == ".html" else None)
        told = {r.student: r for r in grade_class(course, class_of_two).records}
    assert told["bo"].problem == "could not be written (No space left on device)"
    assert score_of(class_of_two, "bo") == 38
    grade_class(course, class_of_two)
    assert score_of(class_of_two, "bo") == 40


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can make a small disk")
@pytest.mark.parametrize("left", [0, 100, 200, 300])
def test_a_disk_that_was_full_is_graded_on_once_there_is_room(course, exercises, tmp_path, monkeypatch, left):
    monkeypatch.setattr(grading, "LEAST_SPACE", 0)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", tmp_path], check=True)
    try:
        hand_in(course, tmp_path, exercises, "ada")
        filler = tmp_path / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(tmp_path).free - left * 1024))
        try:
            told = [r.problem for r in grade_class(course, tmp_path).records]
        except CourseError as error:
            told = [str(error)]
        assert re.search("full|No space left|space on its disk", " ".join(told))
        filler.unlink()
        assert [r.problem for r in grade_class(course, tmp_path).records] == [""]
        assert score_of(tmp_path, "ada") == 40
        assert not [p.name for p in tmp_path.rglob("*.new")] + list(tmp_path.glob(".gradebook-*"))
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)


def test_one_that_cannot_be_written_does_not_take_the_batch_along(course, exercises, class_of_two, monkeypatch):
    for student in ("ada", "bo"):
        hand_in(course, class_of_two, exercises, student, {"softmax": "no_exp"})

    def half_a_character(self, graded, seed, write=Gradebook.write):
        if any(one.record.student == "ada" for one in graded):
            "\ud800".encode()
        write(self, graded, seed)

    monkeypatch.setattr(Gradebook, "write", half_a_character)
    before, told = score_of(class_of_two, "ada"), {r.student: r for r in grade_class(course, class_of_two).records}
    assert told["ada"].problem.startswith("could not be written")
    assert (told["bo"].problem, score_of(class_of_two, "ada")) == ("", before)
    assert score_of(class_of_two, "bo") < 40


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", '"+alert(1)+"', "a\nb", "\x1b[2J", "x\udcff", "a\u202eb"])
def test_a_folder_that_no_student_can_be_called_is_named_and_not_graded(course, exercises, tmp_path, name):
    hand_in(course, tmp_path, exercises, "ada")
    (tmp_path / "submitted" / "ada").rename(tmp_path / "submitted" / name)
    hand_in(course, tmp_path, exercises, "conan o'brien")
    strange, honest = sorted(grade_class(course, tmp_path).records, key=lambda r: r.points)
    assert "cannot be graded under this name" in strange.problem
    assert not strange.results
    assert not re.search("[\n\x1b\u202e\udcff]", strange.student + strange.problem)
    assert honest.score == 40
    with sqlite3.connect(tmp_path / "gradebook.db") as db:
        assert db.execute("select id from student").fetchall() == [("conan o'brien",)]


HALF = "x\ud800"
HALVES = {
    "a message": "def softmax(x, axis=-1):\n    raise ValueError('\\ud800')",
    "a name": "def softmax(x, axis=-1):\n    raise type('E\\ud800', (Exception,), {})",
    "a warning": "import warnings\ndef softmax(x, axis=-1):\n    warnings.warn('\\ud800')\n    print('\\udfff')\n    return x",
    "a dict": "softmax = lambda x, axis=-1: {'\\ud800': '\\udfff'}",
    "a changed input": "import autograder.sandbox.inside as i\nold = i.to_plain\n"
    "i.to_plain = lambda r: old(r) | {'changed': ('\\ud800', 'x')}\nsoftmax = lambda x, axis=-1: x",
    "its source": f"softmax = '{HALF}'",
}


def test_half_a_character_anywhere_ends_nothing(course, exercises, tmp_path):
    for student, source in HALVES.items():
        notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
        fill_in(notebook, exercises, EVERYONE | {"softmax": f"code: {source}", "written": f"An answer {HALF}."})
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell["attachments"] = {HALF: {"image/png": "AAAA", HALF: "AAAA"}}
        notebook.metadata[HALF] = HALF
        hand_in(course, tmp_path, exercises, student, text=json.dumps(notebook))
    hand_in(course, tmp_path, exercises, "honest")
    records = {r.student: r for r in grade_class(course, tmp_path).records}
    assert {s: r.problem for s, r in records.items()} == dict.fromkeys([*HALVES, "honest"], "")
    assert {s for s, r in records.items() if r.score == 40} == {"honest"}
    assert all(r.score >= 25 for r in records.values())


# -- records of other versions -----------------------------------------------------------------------------------------


def changed_records(root, change):
    with sqlite3.connect(root / "gradebook.db") as db:
        for submission, record in db.execute("select submission_id, record from autograder_record").fetchall():
            db.execute("update autograder_record set record = ? where submission_id = ?", (change(record), submission))


def test_a_record_of_another_version_is_read_with_defaults(class_of_two):
    def older(record):
        plain = json.loads(record) | {"later": [1]}
        del plain["notes"], plain["failed"]
        for result in plain["results"]:
            result["later"] = 1
            del result["carried"], result["aspects"]
        return json.dumps(plain)

    scores = {r.student: r.score for r in read_records(class_of_two)}
    changed_records(class_of_two, older)
    assert {r.student: r.score for r in read_records(class_of_two)} == scores


def test_a_record_without_descriptions_has_its_messages_from_the_autograded_notebook(course, class_of_two):
    def older(record):
        plain = json.loads(record)
        for result in plain["results"]:
            del result["descriptions"]
        return json.dumps(plain)

    file = class_of_two / "feedback" / "bo" / LESSON / f"{LESSON}.html"
    page = file.read_text(encoding="utf-8")
    assert "The smallest input that goes wrong" in page
    changed_records(class_of_two, older)
    file.unlink()
    assert write_pages(course, class_of_two) == 2
    assert file.read_text(encoding="utf-8") == page


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{}",
        '{"student": "ada"}',
        '{"student": "ada", "assignment": "x", "results": [{}]}',
        '{"student": "ada", "assignment": "x", "results": [{"name": "f", "score": 1, "points": 1, "descriptions": [{}]}]}',
    ],
)
def test_what_is_no_record_is_graded_again(course, class_of_two, text):
    changed_records(class_of_two, lambda record: text)
    with pytest.raises(CourseError, match="Run `autograder grade`"):
        read_records(class_of_two)
    assert len(grade_class(course, class_of_two).fresh) == 2
    assert [r.score for r in read_records(class_of_two)] == [40, 38]


def test_a_mark_by_hand_on_tests_of_the_instructors_own_reaches_the_feedback_page(course, exercises, tmp_path):
    own = CourseDir(tmp_path / "course")
    shutil.copytree(course.root, own.root)
    kept = own.releases / LESSON / (own.releases / LESSON / "newest").read_text().strip() / f"{LESSON}.ipynb"
    mark = {
        "grade": True,
        "grade_id": "own-check",
        "locked": True,
        "points": 2,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    tests = nbformat.v4.new_code_cell("assert softmax", id="own-check", metadata={"nbgrader": mark | {"cell_type": "code"}})
    for file in (own.source / LESSON / f"{LESSON}.ipynb", own.release / LESSON / f"{LESSON}.ipynb", kept):
        notebook = nbformat.read(file, as_version=4)
        notebook.cells.append(tests)
        nbformat.write(notebook, file)
    hand_in(own, tmp_path, exercises, "ada")
    (record,) = grade_class(own, tmp_path).records
    assert next(r for r in record.results if r.what == "tests").score == 2
    with Stock(gradebook_url(tmp_path), SETTINGS.id) as gradebook:
        grade = gradebook.find_grade("own-check", LESSON, LESSON, "ada")
        assert grade.auto_score == 2
        grade.manual_score = 0.5
        gradebook.db.commit()

    def older(text):
        plain = json.loads(text)
        for result in plain["results"]:
            result["name"] = "own-check" if result["what"] == "tests" else result["name"]
        return json.dumps(plain)

    for change in (str, older):
        changed_records(tmp_path, change)
        assert write_pages(own, tmp_path) == 1
        page = (tmp_path / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
        assert "A person changed this score from 2 to 0.5." in page


def test_reports_change_nothing_in_the_gradebook(course, class_of_two):
    file = class_of_two / "gradebook.db"
    with sqlite3.connect(file, isolation_level=None) as open_formgrader:
        open_formgrader.execute("begin immediate")
        assert len(read_records(class_of_two)) == 2
        assert write_pages(course, class_of_two) == 2
    with sqlite3.connect(file) as db:
        db.execute("drop table autograder_record")
    before = file.read_bytes()
    with pytest.raises(CourseError, match="holds no graded submission"):
        read_records(class_of_two)
    assert file.read_bytes() == before


# -- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("linked", ["student", "assignment", "notebook", "hard link"])
def test_a_link_to_anothers_work_is_not_graded_as_own(course, exercises, tmp_path, linked):
    ada = hand_in(course, tmp_path, exercises, "ada")
    mallory = hand_in(course, tmp_path, exercises, "mallory", {"softmax": "no_shift"})
    zoe = hand_in(course, tmp_path, exercises, "zoe", {"softmax": "no_exp"})
    os.link(zoe / f"{LESSON}.ipynb", tmp_path / "a backup.ipynb")  # a second name that is nobody else's
    before = {r.student: r.score for r in grade_class(course, tmp_path).records}
    assert before == {"ada": 40, "mallory": 38, "zoe": 32}
    if linked == "student":
        shutil.rmtree(mallory.parent)
        mallory.parent.symlink_to(ada.parent)
    elif linked == "assignment":
        shutil.rmtree(mallory)
        mallory.symlink_to(ada)
    else:
        (mallory / f"{LESSON}.ipynb").unlink()
        if linked == "notebook":
            (mallory / f"{LESSON}.ipynb").symlink_to(ada / f"{LESSON}.ipynb")
        else:
            os.link(ada / f"{LESSON}.ipynb", mallory / f"{LESSON}.ipynb")
    kept = (ada / f"{LESSON}.ipynb").read_bytes()
    records = {r.student: r for r in grade_class(course, tmp_path, force=True).records}
    assert {student: r.score for student, r in records.items()} == before
    assert ("link" in records["mallory"].problem, records["zoe"].problem) == (True, "")
    assert ("the very file (a hard link) that mallory handed in" in records["ada"].problem) == (linked == "hard link")
    assert score_of(tmp_path, "mallory") == 38
    assert (ada / f"{LESSON}.ipynb").read_bytes() == kept
    (tmp_path / "gradebook.db").unlink()
    anew = {r.student: r.score for r in grade_class(course, tmp_path).records}
    assert anew == {"ada": 0.0 if linked == "hard link" else 40, "mallory": 0.0, "zoe": 32}


# -- keys of releases --------------------------------------------------------------------------------------------------


def test_an_old_submission_is_graded_by_the_keys_that_it_was_made_for(course, exercises, tmp_path):
    hand_in(course, tmp_path, exercises, "old")
    lesson = course.releases / LESSON
    old = (lesson / "newest").read_text().strip()
    later = "0123456789ab"
    shutil.copytree(lesson / old, lesson / later)
    file = lesson / later / "hidden" / "softmax.safetensors"
    key = load(file)
    file.write_bytes(dumps(replace(key, points={aspect: 2 * points for aspect, points in key.points.items()})))
    (lesson / "newest").write_text(later)
    try:
        (record,) = grade_class(course, tmp_path).records
        assert (record.score, record.release) == (40, old)
        (record,) = grade_class(course, tmp_path, force=True, newest_keys=True).records
        assert (record.score, record.release) == (48, later)
        (said, *_) = explain(course, tmp_path, "old", "softmax")
        assert said == f"old, 04_softmax, softmax: 16 of 16 points, graded by release {later}"
    finally:
        (lesson / "newest").write_text(old)
        shutil.rmtree(lesson / later)


def test_a_notebook_that_took_in_a_release_is_graded_by_its_keys(course, exercises, tmp_path):
    """Begun from one release, merged with another, and graded when that is not the newest either."""
    lesson, other = course.releases / LESSON, "0123456789ab"
    shutil.copytree(lesson / (lesson / "newest").read_text().strip(), lesson / other)
    file = lesson / other / "hidden" / "softmax.safetensors"
    key = load(file)
    file.write_bytes(dumps(replace(key, points={aspect: 2 * points for aspect, points in key.points.items()})))
    shutil.copytree(course.release / LESSON, tmp_path / "notebooks" / LESSON)
    released = tmp_path / "notebooks" / LESSON / f"{LESSON}.ipynb"
    copy_release(tmp_path / "notebooks", tmp_path / "student")
    own = tmp_path / "student" / LESSON / f"{LESSON}.ipynb"
    nbformat.write(fill_in(nbformat.read(own, as_version=4), exercises, EVERYONE), own)
    corrected = nbformat.read(released, as_version=4)
    corrected.cells[0].source += "\n\nCorrected."
    corrected.metadata[STAMP] = other
    nbformat.write(corrected, released)
    shutil.copy(released, lesson / other)
    try:
        assert "1 cells of the new release came in" in copy_release(tmp_path / "notebooks", tmp_path / "student")[0]
        hand_in(course, tmp_path, exercises, "merged", text=own.read_text(encoding="utf-8"))
        (record,) = grade_class(course, tmp_path).records
        assert (record.score, record.release, record.notes) == (48, other, ())
    finally:
        shutil.rmtree(lesson / other)


@pytest.mark.parametrize("stamp", [None, "0" * 16, "../../newest", 3, "f" * 12])
def test_a_stamp_that_names_no_release_is_said(course, exercises, tmp_path, stamp):
    notebook = fill_in(nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4), exercises, EVERYONE)
    notebook.metadata.pop(STAMP)
    notebook.metadata |= {} if stamp is None else {STAMP: stamp}
    hand_in(course, tmp_path, exercises, "eve", text=nbformat.writes(notebook))
    (record,) = grade_class(course, tmp_path).records
    assert (record.score, record.problem) == (40, "")
    assert record.release == (course.releases / LESSON / "newest").read_text().strip()
    (note,) = record.notes
    assert "graded by the newest one" in note
    assert ("release ffffffffffff of the lesson, which is not known here" in note) == (stamp == "f" * 12)


@pytest.mark.parametrize("lost", ["hidden", f"{LESSON}.ipynb"])
def test_a_release_that_is_kept_in_part_is_none_to_grade_by(course, exercises, tmp_path, lost):
    lesson, other = course.releases / LESSON, "0123456789ab"
    shutil.copytree(lesson / (lesson / "newest").read_text().strip(), lesson / other)
    shutil.move(lesson / other / lost, tmp_path / "moved away")
    notebook = fill_in(nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4), exercises, EVERYONE)
    notebook.metadata[STAMP] = other
    hand_in(course, tmp_path, exercises, "ada", text=nbformat.writes(notebook))
    try:
        (record,) = grade_class(course, tmp_path).records
        assert (record.score, record.problem) == (40, "")
        assert f"release {other} of the lesson, which is not known here" in record.notes[0]
    finally:
        shutil.rmtree(lesson / other)


def test_a_lost_or_changed_seed_is_noticed(course, tmp_path):
    from autograder.authoring.build import hidden_seed

    copy = CourseDir(tmp_path)
    first = hidden_seed(copy)
    assert hidden_seed(copy) == first
    copy.seed_file.unlink()
    with pytest.raises(CourseError, match="is gone, and releases were made with it"):
        hidden_seed(copy)
    copy.seed_file.write_text("f" * 32)
    with pytest.raises(CourseError, match="is not the one that releases were made with"):
        hidden_seed(copy)


def test_grades_from_another_seed_are_noticed(course, class_of_two, monkeypatch):
    monkeypatch.setattr(grading, "_seed", lambda course: "another")
    told = grade_class(course, class_of_two)
    assert told.fresh == set()
    assert "from keys of another secret seed" in told.remarks[0]


def test_explain_shows_the_instructor_each_hidden_call_that_goes_wrong(course, class_of_two):
    said = list(explain(course, class_of_two, "bo", "softmax"))
    assert said[0].startswith("bo, 04_softmax, softmax: 6 of 8 points, graded by release ")
    assert "expected" in said[1]
    assert "large numbers" in said[1]
    assert said[-1].strip().endswith("hidden calls go wrong.")
    assert list(explain(course, class_of_two, "ada", "softmax"))[-1] == "No hidden call goes wrong."
    with pytest.raises(CourseError, match="there are softmax, "):
        list(explain(course, class_of_two, "bo", "sofmax"))
    with pytest.raises(CourseError, match="Nothing of 'eve' is graded"):
        list(explain(course, class_of_two, "eve", "softmax"))
    place = class_of_two / "submitted" / "bo" / LESSON
    (place / "more.txt").write_text("x")
    with pytest.raises(CourseError, match="has changed since it was graded"):
        list(explain(course, class_of_two, "bo", "softmax"))


def test_a_timestamp_that_is_none_is_said(course, class_of_two):
    place = class_of_two / "submitted" / "ada" / LESSON / "timestamp.txt"
    place.write_text("tomorrow")
    found = {r.student: r.notes for r in grade_class(course, class_of_two).records}
    assert found["ada"] == ("timestamp.txt holds no date that can be read, so nothing here counts as late.",)
    assert not found["bo"]


# -- an instructor's mistakes ------------------------------------------------------------------------------------------


def test_two_graders_do_not_meet(course, class_of_two):
    with FileLock(class_of_two / ".grading.lock"), pytest.raises(CourseError, match="Somebody is grading"):
        grade_class(course, class_of_two)


def test_a_gradebook_that_is_none_of_ours_is_left_alone(course, exercises, tmp_path):
    hand_in(course, tmp_path, exercises, "ada")
    file = tmp_path / "gradebook.db"
    file.write_bytes(b"something else" * 100)
    with pytest.raises(CourseError, match="cannot be written to"):
        grade_class(course, tmp_path)
    file.unlink()
    sqlite3.connect(file).execute("create table t (x)").connection.close()
    with pytest.raises(CourseError, match="is not a gradebook of nbgrader's"):
        grade_class(course, tmp_path)
    file.unlink()
    with scripts_on_path():
        Stock(gradebook_url(tmp_path), "botany").close()
    before = file.read_bytes()
    with pytest.raises(CourseError, match="belongs to another course"):
        grade_class(course, tmp_path)
    assert file.read_bytes() == before
    file.unlink()
    with scripts_on_path():
        Stock(gradebook_url(tmp_path), SETTINGS.id).close()
    with sqlite3.connect(file) as db:
        db.execute("update alembic_version set version_num = 'old'")
    with pytest.raises(CourseError, match="another version of nbgrader"):
        grade_class(course, tmp_path)


def test_a_gradebook_that_may_not_be_written_is_said_before_work(course, class_of_two, monkeypatch):
    def no(self, *args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Gradebook, "_look_at", no)
    with pytest.raises(CourseError, match=r"gradebook\.db cannot be written to .*Check the folder's permissions"):
        grade_class(course, class_of_two)


def test_a_disk_without_room_is_said_before_work(course, class_of_two, monkeypatch):
    monkeypatch.setattr(grading.shutil, "disk_usage", lambda path: SimpleNamespace(free=1))
    with pytest.raises(CourseError, match="is full"):
        grade_class(course, class_of_two)


def test_reading_where_nothing_was_graded_says_so(tmp_path):
    with pytest.raises(CourseError, match="Run `autograder grade` there first"):
        read_records(tmp_path)


def test_a_record_tells_what_its_report_needs(course, class_of_two):
    record = {r.student: r for r in read_records(class_of_two)}["bo"]
    softmax = next(r for r in record.results if r.name == "softmax")
    assert (softmax.score, softmax.points, softmax.mistake, softmax.kind) == (6, 8, "no_shift", "value")
    assert softmax.aspects["large numbers"] == (0, 2)
    assert softmax.sentence
    assert next(r for r in record.results if r.what == "written").score is None
    assert {r.what for r in record.results} == {"exercise", "prediction", "written"}
