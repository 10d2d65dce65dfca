"""A newer release meets work that was begun: the student's cells stay, in their place, and the rest becomes new."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.coursedir import files
from autograder.coursedir.folders import CourseError
from autograder.coursedir.releases import STAMP
from autograder.desk.copies import copy_and_release, find_copy, find_release, newer_waits
from autograder.desk.released import RELEASED
from autograder.desk.repair import repair
from autograder.desk.update import copy_release

from .conftest import ROOT

LESSON = "04_softmax"
MINE = "def softmax(x, axis=-1):\n    return 'my own'"


@pytest.fixture
def released(tmp_path):
    shutil.copytree(ROOT / "notebooks" / LESSON, tmp_path / "notebooks" / LESSON)
    return tmp_path / "notebooks"


@pytest.fixture
def student(released, tmp_path):
    copy_release(released, tmp_path / "student")
    return tmp_path / "student"


def file_in(folder):
    return folder / LESSON / f"{LESSON}.ipynb"


def edit(file, change):
    """Reads a notebook, changes its {id: cell} and list, and saves it."""
    notebook = nbformat.read(file, as_version=4)
    change(notebook.cells, {c.id: c for c in notebook.cells})
    nbformat.write(notebook, file)


def cells_in(folder):
    notebook = nbformat.read(file_in(folder), as_version=4)
    nbformat.validate(notebook)
    return notebook.cells


def begin(cells, by_id):
    by_id["softmax"].source = MINE
    by_id["softmax"].outputs = [nbformat.v4.new_output("stream", text="mine")]
    by_id["cooler"].source = "My written answer."
    by_id["shrunken_scores-prediction"].source = 'shrunken_scores = "b"'
    cells.insert(cells.index(by_id["entropy-task"]), new_code_cell("scratch = 1", id="scratch"))
    cells.insert(cells.index(by_id["softmax-check"]) + 1, new_markdown_cell("My note.", id="note"))


def renew(cells, by_id):
    """As a new release does: a changed text has another id, a stub keeps its own."""
    task = cells.index(by_id["entropy-task"])
    cells[task] = new_markdown_cell("#### Exercise: `entropy`, explained anew", id="entropy-task")
    first = cells[0]
    cells[0] = new_markdown_cell(first.source + "\n\nA sentence more.", id="another-0")
    cells.insert(5, new_code_cell("a_new_demo = 1", id="demo-0"))
    by_id["softmax-check"].metadata.nbgrader["points"] = 9
    del cells[cells.index(by_id["gap_for_weight-task"])]
    by_id["entropy"].source = by_id["entropy"].source.replace("def entropy(weights", "def entropy(weights, base=None")


def publish(released, change):
    """A new release, which the build stamps with a version of its own."""
    edit(file_in(released), change)
    notebook = nbformat.read(file_in(released), as_version=4)
    cells = str([c.source for c in notebook.cells]).encode()
    notebook.metadata[STAMP] = hashlib.sha256(cells).hexdigest()[:12]
    nbformat.write(notebook, file_in(released))


def stamp(folder):
    return nbformat.read(file_in(folder), as_version=4).metadata[STAMP]


def test_a_new_lesson_is_copied_once_and_own_files_stay(released, student):
    assert copy_release(released, student) == []
    (student / "notes.txt").write_text("mine")
    shutil.copytree(released / LESSON, released / "05_more")
    (released / "05_more" / f"{LESSON}.ipynb").rename(released / "05_more" / "05_more.ipynb")
    assert copy_release(released, student) == [f"new lesson: {student / '05_more' / '05_more.ipynb'}"]
    assert (student / "notes.txt").read_text() == "mine"


def test_a_new_release_comes_in_and_everything_written_stays(released, student):
    edit(file_in(student), begin)
    before = file_in(student).read_bytes()
    replaced = cells_in(student)[0].id
    publish(released, renew)
    (released / LESSON / "keys" / "softmax.safetensors").write_bytes(b"new key")
    said = copy_release(released, student)
    cells = cells_in(student)
    ids = [c.id for c in cells]
    by_id = dict(zip(ids, cells, strict=True))
    assert by_id["softmax"].source == MINE
    assert by_id["softmax"].outputs[0].text == "mine"
    assert by_id["cooler"].source == "My written answer."
    assert by_id["shrunken_scores-prediction"].source == 'shrunken_scores = "b"'
    assert ids[ids.index("softmax-check") + 1] == "note"
    assert ids[ids.index("entropy-task") - 1] == "scratch"
    assert by_id["entropy-task"].source.endswith("explained anew")
    assert by_id["another-0"].source.endswith("A sentence more.")
    assert replaced not in ids
    assert ids[5] == "demo-0"
    assert "gap_for_weight-task" not in ids
    assert by_id["softmax-check"].metadata.nbgrader.points == 9
    assert "base=None" in by_id["entropy"].source
    assert [i for i in ids if i not in ("note", "scratch")] == [c.id for c in nbformat.read(file_in(released), 4).cells]
    assert (student / LESSON / "keys" / "softmax.safetensors").read_bytes() == b"new key"
    assert "what you wrote stays (shrunken_scores-prediction, softmax, cooler, and every cell of your own)" in said[0]
    backup = student / said[-1].split(": ")[1]
    assert backup.read_bytes() == before
    assert copy_release(released, student) == []


def test_an_answer_whose_stub_changed_is_kept_and_said(released, student):
    edit(file_in(student), lambda cells, by_id: by_id["entropy"].update(source="def entropy(weights):\n    return 0"))
    publish(released, renew)
    said = copy_release(released, student)
    assert "def entropy(weights):\n    return 0" in [c.source for c in cells_in(student)]
    assert any("compare your answer with the new text for entropy" in line for line in said)


def test_an_answer_whose_exercise_is_gone_is_kept_as_a_cell_of_your_own(released, student):
    edit(file_in(student), begin)

    def without_softmax(cells, by_id):
        for name in ("softmax-task", "softmax", "softmax-check"):
            cells.remove(by_id[name])

    publish(released, without_softmax)
    said = copy_release(released, student)
    kept = next(c for c in cells_in(student) if c.source == MINE)
    assert "nbgrader" not in kept.metadata
    assert any("kept as cells of your own: softmax" in line for line in said)


def test_an_edited_demo_is_kept_beside_its_new_version(released, student):
    demo = next(
        c.id for c in cells_in(student) if c.cell_type == "code" and "nbgrader" not in c.metadata and c.id[-2:] == "-0"
    )
    edit(file_in(student), lambda cells, by_id: by_id[demo].update(source="# tried something"))
    publish(released, lambda cells, by_id: by_id[demo].update(source="new_demo()", id="fresh-0"))
    copy_release(released, student)
    sources = [c.source for c in cells_in(student)]
    assert sources[sources.index("# tried something") - 1] == "new_demo()"


def test_deleted_text_stays_deleted_and_a_deleted_answer_comes_back(released, student):
    text = next(c.id for c in cells_in(student)[1:] if c.cell_type == "markdown" and "nbgrader" not in c.metadata)

    def delete(cells, by_id):
        cells.remove(by_id[text])
        cells.remove(by_id["entropy"])

    edit(file_in(student), delete)
    publish(released, renew)
    copy_release(released, student)
    ids = [c.id for c in cells_in(student)]
    assert text not in ids
    assert ids[ids.index("entropy-task") + 1] == "entropy"


def test_lost_cell_ids_do_not_matter(released, student):
    edit(file_in(student), begin)

    def forget(cells, by_id):
        for number, cell in enumerate(cells):
            cell["id"] = f"lost{number}"

    edit(file_in(student), forget)
    publish(released, renew)
    copy_release(released, student)
    cells = cells_in(student)
    sources = [c.source for c in cells]
    assert sources.count(MINE) == sources.count("scratch = 1") == sources.count("My written answer.") == 1
    released_cells = nbformat.read(file_in(released), 4).cells
    assert len(cells) == len(released_cells) + 2  # scratch and note; the prediction stands in place of its blank cell
    assert [s for s in sources if s.startswith("shrunken_scores =")] == ['shrunken_scores = "b"']


def test_a_damaged_notebook_is_left_alone_with_its_keys(released, student):
    file_in(student).write_text("{ damaged")
    key = student / LESSON / "keys" / "softmax.safetensors"
    before = key.read_bytes()
    publish(released, renew)
    (released / LESSON / "keys" / "softmax.safetensors").write_bytes(b"new key")
    said = copy_release(released, student)
    assert "was left as it is, and a newer release waits" in said[0]
    assert file_in(student).read_text() == "{ damaged"
    assert key.read_bytes() == before


def test_a_merge_that_was_cut_short_is_finished_and_not_done_twice(released, student):
    edit(file_in(student), begin)
    old = (student / RELEASED / LESSON / f"{LESSON}.ipynb").read_bytes()
    publish(released, renew)
    copy_release(released, student)
    merged = file_in(student).read_bytes()
    (student / RELEASED / LESSON / f"{LESSON}.ipynb").write_bytes(old)
    copy_release(released, student)
    assert file_in(student).read_bytes() == merged
    assert len(list((student / files.BACKUPS).iterdir())) == 1


def test_a_full_disk_loses_nothing(released, student, monkeypatch):
    edit(file_in(student), begin)
    before = file_in(student).read_bytes()
    publish(released, renew)

    def full(*_):
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(CourseError, match="No space left on device"):
        copy_release(released, student)
    assert file_in(student).read_bytes() == before
    assert not list(student.rglob("*.new"))


def test_what_readers_leave_in_notebooks_is_not_released(released, tmp_path):
    (released / LESSON / "my_functions").mkdir()
    (released / LESSON / "my_functions" / "softmax.py").write_text("solution")
    (released / LESSON / "my_progress.json").write_text("{}")
    copy_release(released, tmp_path / "student")
    assert {p.name for p in (tmp_path / "student" / LESSON).iterdir()} == {f"{LESSON}.ipynb", "keys"}


def test_the_release_is_found_from_below(released, student):
    assert find_release(student / LESSON) == find_release(released) == released
    (student / "notebooks" / "own").mkdir(parents=True)
    (student / "notebooks" / "own" / "own.ipynb").write_text("{}")
    assert find_release(student / LESSON) == released  # a folder of this name that holds no lessons is none


# -- what is on the disk may be of another release than what was merged last ---------------------------------------------


def overwritten(released, student):
    """As JupyterLab's Overwrite leaves it: a release was merged, then the old text saved over it, with an edit that is new."""
    edit(file_in(student), begin)
    old = file_in(student).read_bytes()
    publish(released, renew)
    copy_release(released, student)
    file_in(student).write_bytes(old)
    edit(file_in(student), lambda cells, by_id: by_id["entropy"].update(source="def entropy(weights):\n    return 'later'"))
    return student / LESSON


def test_an_overwritten_update_comes_in_again_and_what_was_written_since_stays(released, student):
    overwritten(released, student)
    said = copy_release(released, student)
    assert (
        "what you wrote stays (shrunken_scores-prediction, softmax, entropy, cooler, and every cell of your own)" in said[0]
    )
    assert any("choose File → Reload Notebook from Disk, not Overwrite" in line for line in said)
    cells = {c.id: c for c in cells_in(student)}
    assert cells["another-0"].source.endswith("A sentence more.")
    assert cells["entropy-task"].source.endswith("explained anew")
    assert cells["entropy"].source.endswith("'later'")
    assert cells["softmax"].source == MINE
    assert stamp(student) == stamp(released)
    merged = file_in(student).read_bytes()
    assert copy_release(released, student) == []
    assert file_in(student).read_bytes() == merged


def test_an_update_overwritten_before_the_next_one_is_merged_from_what_the_notebook_is(released, student):
    overwritten(released, student)
    publish(released, lambda cells, by_id: by_id["entropy-task"].update(source="#### Explained a third time"))
    copy_release(released, student)
    cells = {c.id: c for c in cells_in(student)}
    assert cells["entropy-task"].source == "#### Explained a third time"
    assert cells["another-0"].source.endswith("A sentence more.")
    assert len([c for c in cells.values() if c.source.startswith("### Exercise: `entropy`")]) == 0
    assert copy_release(released, student) == []


def test_repair_and_submit_say_that_an_update_is_not_in(released, student):
    lesson = overwritten(released, student)
    assert "A newer release of this lesson waits" in repair(lesson)[-1]
    assert "explained anew" not in file_in(student).read_text()
    assert newer_waits(lesson, file_in(student))  # which is what submit asks
    copy_release(released, student)
    assert not newer_waits(lesson, file_in(student))
    assert repair(lesson) == ["04_softmax.ipynb is complete: there is nothing to repair."]


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_a_release_that_is_not_kept_is_put_back_and_the_next_one_comes_in_without_it(released, student, damage):
    kept = student / RELEASED / LESSON / f"{LESSON}.ipynb"
    as_released = kept.read_bytes()
    for text in (None, "{"):
        kept.unlink() if text is None else kept.write_text(text)
        assert copy_release(released, student) == []
        assert kept.read_bytes() == as_released
    edit(file_in(student), begin)
    kept.unlink() if damage == "gone" else kept.write_text("{ damaged")
    publish(released, renew)
    said = copy_release(released, student)
    assert any("a text that has changed since is there twice" in line for line in said)
    sources = [c.source for c in cells_in(student)]
    assert {MINE, "My written answer.", "scratch = 1", "My note.", 'shrunken_scores = "b"', "a_new_demo = 1"} <= set(sources)
    assert len([s for s in sources if s.startswith("# 4 · Softmax")]) == 2
    assert copy_release(released, student) == []


def test_a_notebook_without_a_stamp_is_taken_for_the_release_that_fits(released, student):
    lesson = overwritten(released, student)
    notebook = nbformat.read(file_in(student), as_version=4)
    del notebook.metadata[STAMP]
    nbformat.write(notebook, file_in(student))
    assert newer_waits(lesson, file_in(student))
    said = copy_release(released, student)
    assert any("it did not say which release it was made from" in line for line in said)
    sources = [c.source for c in cells_in(student)]
    assert len([s for s in sources if s.startswith("# 4 · Softmax")]) == 1
    assert stamp(student) == stamp(released)


def test_a_damaged_release_is_named_and_nothing_is_taken_from_it(released, student, tmp_path):
    before = file_in(student).read_bytes()
    file_in(released).write_text("{ damaged")
    for copy in (student, tmp_path / "fresh"):
        (said,) = copy_release(released, copy)
        assert "is damaged, so nothing was taken from there. Unpack the course's files again" in said
    assert file_in(student).read_bytes() == before
    assert not (tmp_path / "fresh" / LESSON).exists()


def test_a_damaged_key_is_mended_from_the_release(released, student):
    key = student / LESSON / "keys" / "softmax.safetensors"
    whole = key.read_bytes()
    key.write_bytes(whole[:40])
    assert copy_release(released, student) == [
        "04_softmax: taken from the release again, for they were missing or differed: keys/softmax.safetensors"
    ]
    assert key.read_bytes() == whole


# -- two courses, and where a command was started ------------------------------------------------------------------------


def test_a_copy_of_another_course_is_left_alone(released, student, tmp_path):
    shutil.copytree(released / LESSON, tmp_path / "other" / "notebooks" / "01_fractions")
    (tmp_path / "other" / "notebooks" / "01_fractions" / f"{LESSON}.ipynb").rename(
        tmp_path / "other" / "notebooks" / "01_fractions" / "01_fractions.ipynb"
    )
    before = sorted(p for p in student.rglob("*"))
    with pytest.raises(CourseError, match=r"holds lessons of another course \(04_softmax\); this one has 01_fractions"):
        copy_release(tmp_path / "other" / "notebooks", student)
    assert sorted(p for p in student.rglob("*")) == before


def test_another_courses_lesson_of_the_same_name_is_left_alone(released, student):
    def rename(cells, by_id):
        for cell in cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["grade_id"] = f"other-{cell.metadata.nbgrader.grade_id}"

    edit(file_in(student), begin)
    before = file_in(student).read_bytes()
    publish(released, rename)
    (said,) = copy_release(released, student)
    assert "was left as it is" in said
    assert "is the notebook of another lesson or of another course" in said
    assert file_in(student).read_bytes() == before


def test_a_command_knows_its_copy_wherever_it_is_started(released, student, tmp_path, monkeypatch):
    inside = tmp_path / "elsewhere" / "deep"
    for place in (tmp_path, released, released / LESSON, student, student / LESSON, student / LESSON / "keys", inside):
        place.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(place)
        assert copy_and_release(None, None) == (student, released), place
        assert find_copy(Path.cwd()) == student, place
    for given in (student, student / "student", student / LESSON, student / "new"):
        assert copy_and_release(given, None) == (student, released), given
    assert copy_and_release(tmp_path / "mine", None) == (tmp_path / "mine", released)
    for given in (tmp_path, released, released / LESSON):
        with pytest.raises(CourseError, match="holds the course's own files, so it cannot be your copy"):
            copy_and_release(given, None)


def test_each_copy_gets_the_release_of_its_own_course(released, student, tmp_path, monkeypatch):
    inner = tmp_path / "shelf" / "other"
    shutil.copytree(released, inner / "notebooks")
    monkeypatch.chdir(inner)
    assert copy_and_release(None, None) == (inner / "student", inner / "notebooks")  # not the copy of the course around it
    assert copy_and_release(student, None) == (student, released)
    monkeypatch.chdir(tmp_path)
    copy_release(inner / "notebooks", inner / "student")
    assert copy_and_release(inner / "student", None) == (inner / "student", inner / "notebooks")


def test_a_course_that_was_moved_goes_on(released, student, tmp_path, monkeypatch):
    edit(file_in(student), begin)
    publish(released, renew)
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    shutil.move(tmp_path, moved)
    monkeypatch.chdir(moved / "student" / LESSON)
    copy, release = copy_and_release(None, None)
    assert (copy, release) == (moved / "student", moved / "notebooks")
    copy_release(release, copy)
    assert MINE in [c.source for c in cells_in(copy)]
    assert stamp(copy) == stamp(release)
