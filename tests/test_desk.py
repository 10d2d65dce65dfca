"""Progress, the start page, repairing and handing in, as a student uses them."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder import check, progress, submit
from autograder.authoring.sources import as_cell
from autograder.coursedir.cells import cells_in, is_code, source_of
from autograder.coursedir.folders import CourseError
from autograder.coursedir.releases import Release
from autograder.desk import beside, exchange, fresh, listing, package, run_report, shell
from autograder.desk import progress as kept
from autograder.desk.check import verdicts
from autograder.desk.copies import find_copy, find_lesson
from autograder.desk.findings import findings
from autograder.desk.handin import hand_in
from autograder.desk.lessons import lessons, standings
from autograder.desk.names import made_and_used, out_of_order
from autograder.desk.notebooks import grade_id, graded, read_released
from autograder.desk.page import page
from autograder.desk.repair import repair
from autograder.desk.update import copy_release
from autograder.grading.structure import prepare
from autograder.messages.render import lines_html

from .conftest import ROOT

LESSON = "04_softmax"


def cell_with(text):
    """The id of the first code cell of the lesson that holds `text`."""
    cells = cells_in(ROOT / "notebooks" / LESSON / f"{LESSON}.ipynb")
    return next(c["id"] for c in cells if is_code(c) and text in source_of(c))


IMPORTS, PLAIN, SCORES, WORST = map(
    cell_with, ("from autograder import", "plain_scores = ", "scores = q @ k.T", "worst = scores[")
)
RIGHT = "import numpy as np\n\ndef softmax(x, axis=-1):\n    e = np.exp(x - x.max())\n    return e / e.sum()"


@pytest.fixture
def student(tmp_path):
    """A student's folder with lesson 04."""
    shutil.copytree(ROOT / "notebooks" / LESSON, tmp_path / "notebooks" / LESSON)
    copy_release(tmp_path / "notebooks", tmp_path / "student")
    return tmp_path / "student"


@pytest.fixture
def lesson(student):
    return lessons(student)[0]


@pytest.fixture
def kernel(lesson, monkeypatch):
    """This process as the lesson's kernel; returns the function that restarts it."""
    from autograder.judging import key_files as keys

    monkeypatch.chdir(lesson.folder)
    monkeypatch.setattr(keys, "_started_in", lesson.folder)

    def restart():
        names = {}
        verdicts.clear()
        monkeypatch.setattr(shell, "namespace", lambda: names)
        return names

    return restart


def edit(lesson, change):
    book = nbformat.read(lesson.file, as_version=4)
    change(book.cells, {c.id: c for c in book.cells})
    nbformat.write(book, lesson.file)


# -- progress ----------------------------------------------------------------------------------------------------------


def test_progress_survives_a_restart_and_says_what_was_earlier(kernel, lesson, exercises, capsys):
    names = kernel()
    names["softmax"] = exercises["softmax"].reference
    names["entropy"] = exercises["entropy"].mistakes["zero_gives_nan"].function
    names["shrunken_scores"] = "b"
    for name in ("softmax", "entropy", "shrunken_scores"):
        check(name)
    names = kernel()
    progress()
    shown = capsys.readouterr().out
    assert "✓ softmax: passed before this kernel started (" in shown
    assert "✗ entropy: not right yet, 5/7" in shown
    assert "· gap_for_weight: not checked yet, 0/4" in shown
    assert "Together 14 of 40 points" in shown
    names["entropy"] = exercises["entropy"].reference
    check("entropy")
    progress()
    assert "✓ entropy: done, 7/7" in capsys.readouterr().out


def test_what_passed_once_and_changed_is_not_done(kernel, lesson, exercises, capsys):
    names = kernel()
    names["softmax"] = exercises["softmax"].reference
    check("softmax")
    names = kernel()

    def softmax(x, axis=-1):
        return x

    names["softmax"] = softmax
    progress()
    assert "· softmax: changed since it passed, check it again, 0/8" in capsys.readouterr().out
    check("softmax")
    progress()
    assert "✗ softmax: not right now, passed once (" in capsys.readouterr().out
    assert "Passed once, and does not now: [softmax]" in page(lesson.folder.parent)


def test_only_the_notebooks_own_answers_count(kernel, lesson, exercises, monkeypatch):
    kernel()
    check("softmax", exercises["softmax"].mistakes["no_exp"].function)
    assert not (lesson.folder / kept.FILE).exists()
    for variable, value in (("NBGRADER_EXECUTION", "autograde"), (kept.FRESH, "1"), (shell.SANDBOX, "1")):
        with monkeypatch.context() as grading:
            grading.setenv(variable, value)
            check("softmax", exercises["softmax"].reference)
        assert not (lesson.folder / kept.FILE).exists(), variable


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "exercises": {"softmax": 3}}',
                                     '{"version": 1, "exercises": {"softmax": {"score": 1, "points": 1, "passed": true, "at": "?"}}}'])  # fmt: skip
def test_a_damaged_file_is_said_and_put_aside(kernel, lesson, exercises, capsys, content):
    names = kernel()
    (lesson.folder / kept.FILE).write_text(content)
    progress()
    assert "my_progress.json is damaged" in capsys.readouterr().out
    assert "my_progress.json is damaged" in page(lesson.folder.parent)
    names["softmax"] = exercises["softmax"].reference
    check("softmax")
    assert (lesson.folder / "my_progress.damaged.json").read_text() == content
    assert kept.read(lesson.folder)[0]["softmax"].passed


def test_a_file_of_a_newer_version_is_left_alone(kernel, lesson, exercises, capsys):
    names = kernel()
    newer = json.dumps({"version": kept.VERSION + 1, "exercises": []})
    (lesson.folder / kept.FILE).write_text(newer)
    names["softmax"] = exercises["softmax"].reference
    assert check("softmax").passed
    progress()
    assert "written by a newer version" in capsys.readouterr().out
    assert (lesson.folder / kept.FILE).read_text() == newer


def test_a_folder_that_cannot_be_written_to_stops_no_check(kernel, lesson, exercises, monkeypatch):
    names = kernel()
    names["softmax"] = exercises["softmax"].reference

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(beside, "write", full)
    assert check("softmax").passed


def test_keeping_progress_takes_no_time(lesson):
    names = list(lesson.exercises)
    for name in names:
        kept.record(lesson.folder, name, 1.0, 1.0, True, "x" * 16)
    begun = time.perf_counter()
    for name in names:
        kept.record(lesson.folder, name, 1.0, 1.0, True, "x" * 16)
    assert (time.perf_counter() - begun) / len(names) < 0.02


def test_progress_leads_on_to_what_is_blank_to_handing_in_and_to_the_next_lesson(kernel, lesson, exercises, capsys):
    names = kernel()
    names["softmax"] = exercises["softmax"].reference
    check("softmax")
    shutil.copytree(lesson.folder, lesson.folder.parent / "05_next")
    capsys.readouterr()
    progress()
    shown = capsys.readouterr().out
    assert "Still blank, as last saved: `cooler`." in shown
    assert "then press the button or run `from autograder import submit; submit()`." in shown
    assert f"Next lesson: {lesson.facts.title}" in shown
    _lines, links = listing._onward()
    assert links == {"cooler": f"{LESSON}.ipynb#cell-id=cooler", lesson.facts.title: "../05_next/05_next.ipynb"}
    edit(lesson, lambda cells, by_id: by_id["cooler"].update(source="At last."))
    assert "Still blank" not in "".join(listing._onward()[0])
    names["submit"] = submit
    assert "press the button or run `submit()`." in "".join(listing._onward()[0])


def test_words_lead_somewhere_and_nothing_else_does():
    links = {"b": "n.ipynb#cell-id=b", "b & a": "../n.zip"}
    shown = lines_html(["✗ a_b: <b>, `b`", "b & a"], links)
    link = '<a href="n.ipynb#cell-id=b">b</a>'
    assert f"✗ a_b: &lt;{link}&gt;, <code>{link}</code><br>" in shown
    assert '<br><a href="../n.zip" download>b &amp; a</a></div>' in shown


def test_an_answer_changed_and_saved_after_it_passed_is_said(lesson):
    edit(lesson, lambda cells, by_id: by_id["softmax"].update(source=RIGHT))
    text = kept.function_text(RIGHT.split("\n\n")[1], "softmax")
    kept.record(lesson.folder, "softmax", 8.0, 8.0, True, text)
    assert standings(lesson)["softmax"].state == "done"
    edit(lesson, lambda cells, by_id: by_id["softmax"].update(source=RIGHT + "  # the same\n\nprint('more')"))
    os.utime(lesson.file, (time.time() + 5, time.time() + 5))
    assert standings(lesson)["softmax"].state == "changed"
    assert "Changed since it passed, so check it again: [softmax]" in page(lesson.folder.parent)


# -- what is amiss, and repairing --------------------------------------------------------------------------------------


def split(*parts, marked=True):
    """As JupyterLab 4.6 splits a cell: every part keeps the metadata, the last one the id. VS Code marks the first part alone."""

    def change(cells, by_id):
        i = cells.index(by_id["softmax"])
        pieces = [copy.deepcopy(by_id["softmax"]) for _ in parts]
        for number, (piece, source) in enumerate(zip(pieces, parts, strict=True)):
            piece.source = source
            piece["id"] = "softmax" if number == (len(parts) - 1 if marked else 0) else f"part-{number}"
            if number and not marked:
                piece.metadata = nbformat.NotebookNode()
        cells[i : i + 1] = pieces

    return change


TOP, BOTTOM, WHOLE = (
    "def softmax(x, axis=-1):\n    e = 1",
    "    return e",
    "def softmax(x, axis=-1):\n    e = 1\n    return e",
)


def double(cells, by_id):
    i = cells.index(by_id["softmax"])
    other = copy.deepcopy(by_id["softmax"])
    other["id"] = "other"
    by_id["softmax"].source = "def softmax(x, axis=-1):\n    return 'mine'"
    cells.insert(i + 1, other)


def remake(cells, by_id):
    i = cells.index(by_id["softmax"])
    cells[i] = new_code_cell("def softmax(x, axis=-1):\n    return 'mine'", id="remade")


def retype(cells, by_id):
    i = cells.index(by_id["softmax"])
    mark = by_id["softmax"].metadata
    cells[i] = nbformat.v4.new_markdown_cell("def softmax(x, axis=-1):\n    return 1", id="softmax", metadata=mark)


def lose(*names):
    def change(cells, by_id):
        for name in names:
            cells.remove(by_id[name])

    return change


ACCIDENTS = {
    "pieces": (split(TOP, BOTTOM), WHOLE),
    "pieces of VS Code": (split(TOP, BOTTOM, marked=False), WHOLE),
    "pieces, the first no Python": (split("def softmax(x, axis=-1):", "    e = 1", BOTTOM), WHOLE),
    "pieces, cut behind the indentation": (split(f"{TOP}\n    ", "return e"), WHOLE),
    "pieces, cut in a line": (split(f"{TOP}\n    return", " e"), WHOLE),
    "pieces, then code of its own": (
        split("import numpy as np\n\n" + TOP, BOTTOM, "x = softmax(1)"),
        f"import numpy as np\n\n{WHOLE}\nx = softmax(1)",
    ),
    "twice": (double, "def softmax(x, axis=-1):\n    return 'mine'"),
    "unmarked": (remake, "def softmax(x, axis=-1):\n    return 'mine'"),
    "no answer": (lose("softmax"), None),
    "no check": (lose("softmax-check"), None),
    "no prediction": (lose("shrunken_scores-prediction"), None),
    "other type": (retype, None),
    "changed": (lambda cells, by_id: by_id["softmax-check"].update(source="8.0"), None),
}


@pytest.mark.parametrize("kind", ACCIDENTS)
def test_every_accident_is_named_stops_handing_in_and_can_be_repaired(lesson, kind):
    change, answer = ACCIDENTS[kind]
    edit(lesson, change)
    damaged = lesson.file.read_bytes()
    released = read_released(lesson.folder, lesson.file)
    found = findings(nbformat.read(lesson.file, 4).cells, released.cells)
    assert [f.kind for f in found] == [kind.split(" of ")[0].split(",")[0]]
    said = []
    assert hand_in(lesson, said.append, lambda at, total: None) is None
    assert str(found[0]) in said
    assert "`autograder repair 4` mends this" in said[-1]
    assert not (lesson.folder.parent / package.HANDED_IN).exists()
    lines = repair(lesson.folder)
    book = nbformat.read(lesson.file, as_version=4)
    nbformat.validate(book)
    assert findings(book.cells, released.cells) == []
    assert prepare(lesson.folder, lambda stamp: Release(LESSON, "", ROOT / "notebooks" / LESSON)).notes == []
    ids = [c.id for c in book.cells]
    order = [i for i in (c.id for c in released.cells) if i in ids]
    assert order == [i for i in ids if i in order]
    assert all("deletable" not in c.metadata for c in book.cells if not grade_id(c))
    if answer:
        assert next(c for c in book.cells if grade_id(c) == "softmax").source == answer
    assert [p.read_bytes() for p in (lesson.folder.parent / ".backup").iterdir()] == [damaged]
    assert "If the notebook is open" in lines[-1]
    assert "nothing to repair" in repair(lesson.folder)[0]


def test_repair_keeps_every_line_that_was_written_and_outputs(lesson):
    def mess(cells, by_id):
        by_id["entropy"].source = "def entropy(weights):\n    return 'mine'"
        by_id["entropy"].outputs = [nbformat.v4.new_output("stream", text="shown")]
        by_id["cooler"].source = "First draft."
        again = copy.deepcopy(by_id["cooler"])
        again["id"], again.source = "again", "Second draft."
        cells.append(again)
        cells.insert(3, new_code_cell("scratch = 1"))
        lose(IMPORTS, "softmax-check", "shrunken_scores-prediction")(cells, by_id)

    edit(lesson, mess)
    repair(lesson.folder)
    cells = {c.id: c for c in nbformat.read(lesson.file, 4).cells}
    assert cells["entropy"].outputs[0].text == "shown"
    assert cells["cooler"].source == "First draft.\n\nSecond draft."
    assert "scratch = 1" in [c.source for c in cells.values()]
    released = [c.id for c in nbformat.read(lesson_release(lesson), 4).cells]
    assert list(cells).index(IMPORTS) == released.index(IMPORTS)


def test_the_rest_of_a_cell_that_an_earlier_repair_left_loose_is_joined(lesson):
    def loosen(cells, by_id):
        by_id["softmax"].source = TOP
        cells.insert(cells.index(by_id["softmax"]) + 1, new_code_cell(BOTTOM, id="loose"))

    edit(lesson, loosen)
    assert "The answer cell of `softmax` was split" in repair(lesson.folder)[0]
    assert graded(nbformat.read(lesson.file, 4).cells)["softmax"].source == WHOLE


def test_a_scratch_cell_and_a_draft_are_no_pieces(lesson):
    def write(cells, by_id):
        i = cells.index(by_id["softmax"])
        by_id["softmax"].source = WHOLE
        cells[i + 1 : i + 1] = [new_code_cell("print(softmax(1))"), new_code_cell("    return later", id="draft")]

    edit(lesson, write)
    number = [c.id for c in nbformat.read(lesson.file, 4).cells].index("draft") + 1
    before = lesson.file.read_bytes()
    released = read_released(lesson.folder, lesson.file).cells
    assert findings(nbformat.read(lesson.file, 4).cells, released) == []
    said = repair(lesson.folder)
    assert said[0].startswith(
        f"Cell {number} cannot be run on its own. It may be the rest of the cell above: select both and press Shift"
    )
    assert "nothing was changed" in said[1]
    assert lesson.file.read_bytes() == before


def test_repair_says_what_it_put_back_and_what_only_you_can_mend(lesson):
    def mess(cells, by_id):
        lose(PLAIN, "softmax", "softmax-check")(cells, by_id)
        cells.insert(cells.index(by_id[WORST]) + 8, cells.pop(cells.index(by_id[SCORES])))

    edit(lesson, mess)
    kept_file = lesson.folder / "my_functions" / "softmax.py"
    kept_file.parent.mkdir()
    kept_file.write_text(WHOLE)
    said = repair(lesson.folder)
    number = [c.id for c in nbformat.read(lesson_release(lesson), 4).cells].index(PLAIN) + 1
    assert f"Put back: cell {number}, `plain_scores = np.array([1.0, 2.0, 3.0, 4.0])  # (n,)`." in said
    [at] = [int(re.search(r"cell (\d+)", x)[1]) for x in said if x.endswith("`def softmax(x, axis=-1):`.")]
    assert (
        f"Your `softmax`, as it last passed its check, is in 04_softmax/my_functions/softmax.py: copy it into cell {at}."
        in said
    )
    cells = nbformat.read(lesson.file, 4).cells
    ids = [c.id for c in cells]
    assert cells[at - 1].id == "softmax"
    user, maker = ids.index(WORST) + 1, ids.index(SCORES) + 1
    assert (
        f"Cell {user} uses `scores`, which cell {maker} further down makes: move that one up, or this one below it." in said
    )


@pytest.mark.parametrize("name", [p.name for p in sorted((ROOT / "notebooks").iterdir()) if p.is_dir()])
def test_no_released_lesson_is_out_of_order(name):
    cells = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", 4).cells
    assert out_of_order(cells) == []
    assert findings(cells, cells) == []


def test_names_that_a_cell_makes_and_uses_are_those_of_its_run():
    source = "import numpy as np\n%time y = 1\nfor i in range(n):\n    z = [a * k for a in rows]\ndef f():\n    return later"
    made, used = made_and_used(new_code_cell(source))
    assert made == {"np", "i", "z", "f"}
    assert used == {"n", "k", "rows"}


def test_a_renamed_notebook_gets_its_name_back(lesson):
    other = lesson.folder / "my homework.ipynb"
    lesson.file.rename(other)
    assert "04_softmax.ipynb now" in " ".join(repair(lesson.folder))
    assert lesson.file.read_bytes()
    assert other.exists()


# -- handing in --------------------------------------------------------------------------------------------------------


@pytest.fixture
def short(lesson):
    """The lesson with the demos taken out, which this needs no time for."""

    def cut(cells, by_id):
        keep = (IMPORTS,)
        cells[:] = [c for c in cells if grade_id(c) or c.id in keep or c.id.endswith("-prediction")]

    edit(lesson, cut)
    shutil.copy(lesson.file, lesson.folder.parent / ".released" / LESSON / lesson.file.name)
    return lesson


def test_handing_in_runs_it_from_the_top_and_writes_what_the_collector_reads(short, exercises, tmp_path):
    def solve(cells, by_id):
        by_id["softmax"].source = as_cell(exercises["softmax"])
        by_id["entropy"].source = as_cell(exercises["entropy"], exercises["entropy"].mistakes["zero_gives_nan"].function)
        by_id["shrunken_scores-prediction"].source = 'shrunken_scores = "b"'
        cells.append(new_code_cell("from autograder import submit\nsubmit()", id="submit"))

    edit(short, solve)
    said, steps = [], []
    packed = hand_in(short, said.append, lambda at, total: steps.append((at, total)))
    assert packed.parent.name == package.HANDED_IN
    assert "✓ softmax: passes, 8/8" in said
    assert "✗ entropy: not right, 5/7" in said
    assert "✗ gap_for_weight: not written, 0/4" in said
    assert "· growing_scale: not made, 0/1" in said
    assert "The written answer `cooler` is still blank." in said
    assert said[-1].startswith("Written: ")
    assert said[-1].endswith("This is the file to hand in. Still blank in it, and worth points: `cooler`.")
    assert any("A newer release of this lesson waits" in line for line in said)
    assert any(line.startswith("Together 14 of 40 points") for line in said)
    assert steps[-1][0] == steps[-1][1] > 10
    assert re.fullmatch(rf"This is about {LESSON}.ipynb as it was saved at \d+ \w+ \d\d:\d\d\.", said[0])
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "submitted" / "ada")
    handed = tmp_path / "submitted" / "ada" / LESSON
    assert (handed / f"{LESSON}.ipynb").read_bytes() == short.file.read_bytes()
    from nbgrader.utils import parse_utc

    parse_utc((handed / "timestamp.txt").read_text())
    assert not (short.folder / kept.FILE).exists()


def test_what_passed_and_does_not_from_the_top_stops_it_unless_told(short, exercises):
    lost = "def softmax(x, axis=-1):\n    return helper(x, axis)"
    edit(short, lambda cells, by_id: (by_id["softmax"].update(source=lost), cells.append(new_code_cell("print(gone)"))))
    kept.record(short.folder, "softmax", 8.0, 8.0, True, kept.function_text(lost, "softmax"))
    os.utime(short.file, (time.time() + 5, time.time() + 5))
    said = []
    assert hand_in(short, said.append, lambda at, total: None) is None
    assert any("name 'gone' is not defined: no cell of the notebook makes it any more" in line for line in said)
    assert any(line.startswith("✗ softmax: not right, and passed before (") for line in said)
    assert "what passed before does not when the notebook runs from the top (softmax)" in said[-1]
    assert "repair" not in "".join(said)
    assert hand_in(short, said.append, lambda at, total: None, anyway=True).exists()


def test_a_cell_that_does_not_end_is_said_before_anything_is_packed(short, monkeypatch):
    monkeypatch.setattr(fresh, "SECONDS", 3)
    monkeypatch.setattr(run_report, "SECONDS", 180)
    edit(short, lambda cells, by_id: cells.append(new_code_cell("# on and on\nwhile True:\n    pass")))
    said = []
    assert hand_in(short, said.append, lambda at, total: None) is None
    last = len(nbformat.read(short.file, 4).cells)
    assert f"Cell {last} ran for 3 minutes and was stopped: `# on and on`" in said
    assert "KeyboardInterrupt" not in "".join(said)
    assert said[-1].startswith("Nothing was handed in: a cell does not end. Mend it, save, and hand in again.")
    assert not (short.folder.parent / package.HANDED_IN).exists()
    assert hand_in(short, said.append, lambda at, total: None, anyway=True).exists()


def test_a_cell_that_stops_is_told_where_its_names_are_made(short):
    def mess(cells, by_id):
        start = cells.index(by_id[IMPORTS])
        stop = ["low", "from_lesson", "hollow", "    return 1"]
        cells[start + 1 : start + 1] = [new_code_cell(source) for source in stop]
        cells += [new_code_cell("low = 1"), new_code_cell("1 / 0\nhollow = 2"), new_code_cell("hollow")]

    released = lesson_release(short)
    book = nbformat.read(released, 4)
    book.cells.append(new_code_cell("from_lesson = 3", id="lost-demo"))
    nbformat.write(book, released)
    edit(short, mess)
    said = []
    assert hand_in(short, said.append, lambda at, total: None)
    assert "A cell of the lesson is gone: `from_lesson = 3`. `autograder repair 4` puts it back." in said
    stops = [line for line in said if " stops: " in line]
    last = len(nbformat.read(short.file, 4).cells)
    assert f"Cell 2 uses `low`, which cell {last - 2} further down makes" in stops[0]
    assert "The cell of the lesson that makes `from_lesson` is gone" in stops[1]
    assert "It may be the rest of the cell above: select both and press Shift+M" in stops[3]
    assert f"Cell {last - 1} makes `hollow`, but did not get that far." in stops[-1]


def lesson_release(lesson):
    return lesson.folder.parent / ".released" / LESSON / lesson.file.name


def test_a_kernel_that_dies_is_said(short):
    edit(short, lambda cells, by_id: cells.insert(4, new_code_cell("import os\nos._exit(1)")))
    said = []
    packed = hand_in(short, said.append, lambda at, total: None)
    assert "The kernel died in cell 5. Nothing after it could be run." in said
    assert packed is not None


def test_what_is_packed_is_what_was_checked_though_it_is_saved_meanwhile(short):
    checked = short.file.read_bytes()

    def save(at, total):
        edit(short, lambda cells, by_id: by_id["softmax"].update(source=f"# saved in cell {at}"))

    said = []
    packed = hand_in(short, said.append, save)
    with zipfile.ZipFile(packed) as archive:
        assert archive.read(f"{LESSON}/{LESSON}.ipynb") == checked
    assert short.file.read_bytes() != checked
    assert any("was saved again while it was run" in line for line in said)


def test_where_there_is_an_exchange_it_gets_the_notebook(lesson, tmp_path, monkeypatch):
    root, config = tmp_path / "exchange", tmp_path / "config"
    for step in ("inbound", f"outbound/{LESSON}"):
        (root / "course" / step).mkdir(parents=True)
    shutil.copy(lesson.file, root / "course" / "outbound" / LESSON)
    config.mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(config))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    assert not exchange.is_configured()
    lines = f"c = get_config()\nc.CourseDirectory.course_id = 'course'\nc.Exchange.root = {str(root)!r}\n"
    (config / "nbgrader_config.py").write_text(lines)
    assert exchange.is_configured()
    assert exchange.send(lesson.file.read_bytes(), LESSON) == "Handed in to your course's exchange."
    [handed] = root.glob(f"course/inbound/*+{LESSON}+*/{LESSON}.ipynb")
    assert handed.read_bytes() == lesson.file.read_bytes()
    assert "did not take it (" in exchange.send(lesson.file.read_bytes(), "unknown")


def test_what_is_not_saved_is_noticed(lesson):
    kept.record(lesson.folder, "softmax", 8.0, 8.0, True, "other text")
    os.utime(lesson.file, (time.time() - 60, time.time() - 60))
    said = []
    assert hand_in(lesson, said.append, lambda at, total: None) is None
    assert "after 04_softmax.ipynb was last saved. Save it" in said[-1]


def test_wrong_damaged_and_missing_notebooks_are_named(lesson, monkeypatch):
    shutil.copy(ROOT / "notebooks" / "06_multi_head_attention" / "06_multi_head_attention.ipynb", lesson.file)
    with pytest.raises(CourseError, match="Is it another lesson's notebook"):
        hand_in(lesson, print, print)
    lesson.file.write_text("{")
    with pytest.raises(CourseError, match=r"04_softmax\.ipynb is damaged"):
        hand_in(lesson, print, print)
    lesson.file.unlink()
    with pytest.raises(CourseError, match="There is no notebook in 04_softmax"):
        hand_in(lesson, print, print)


def test_a_full_disk_is_said(lesson, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(package, "write", full)
    with pytest.raises(CourseError, match=r"No space left on device\. Your notebook is untouched"):
        package.pack(lesson, lesson.file.read_bytes())


def test_lessons_are_found_by_number_name_or_file(student, capsys):
    assert find_copy(student.parent) == student
    for word in (4, "4", "04", "04_softmax", "04_softmax/04_softmax.ipynb"):
        assert find_lesson(student.parent, word).name == LESSON
    for word, said in (
        (None, r"Which lesson\? Write its number: 4 \(softmax\)"),
        (7, r"No lesson is called 7. Known are 4"),
    ):
        with pytest.raises(CourseError, match=said):
            find_lesson(student.parent, word)
    with pytest.raises(CourseError, match="There are no lessons here"):
        find_lesson(student.parent.parent, 4)


def test_submit_in_a_notebook_says_what_is_amiss(kernel, lesson, capsys):
    kernel()
    edit(lesson, lose("softmax"))
    submit()
    assert "The answer cell of `softmax` is missing" in capsys.readouterr().out


# -- opening JupyterLab ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_lab_ends_with_the_command_that_opened_it(tmp_path, number):
    code = f"from pathlib import Path; from autograder.desk.lab import open_lab; raise SystemExit(open_lab(Path({str(tmp_path)!r}), False))"
    runtime = tmp_path / "runtime"
    opened = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True,
                              env=os.environ | {"JUPYTER_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT)})  # fmt: skip
    try:
        until(lambda: list(runtime.glob("jpserver-*.json")))
        server = int(json.loads(next(runtime.glob("jpserver-*.json")).read_text())["pid"])
        opened.send_signal(number)
        shown = opened.communicate(timeout=20)[1]
    finally:
        opened.kill()
    assert opened.returncode == 0
    assert "Traceback" not in shown
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def until(true, seconds=30):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.2)
