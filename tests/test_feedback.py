"""A student's feedback page: everything that helps, nothing hidden, and what a student wrote as text only."""

from __future__ import annotations

import base64
import copy
import re
import time
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.judging.held import local_player
from autograder.judging.judge import judge
from autograder.judging.key_files import key_in
from autograder.messages.description import Description, describe
from autograder.messages.render import to_html
from autograder.report import text
from autograder.report.feedback import feedback_page
from autograder.report.marks import Mark, Marks
from autograder.report.record import Record, Result
from autograder.report.sections import read_lesson

from .conftest import ROOT

SOFTMAX = ROOT / "notebooks" / "04_softmax"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
EVIL = """<script>document.title='x'</script><img src=x onerror="alert(1)">'"{{ 7*7 }}"""


@pytest.fixture(scope="module")
def lesson():
    return read_lesson(SOFTMAX / "04_softmax.ipynb")


def entropy_in_bits(weights, axis=-1):
    return -(weights * np.log2(np.where(weights > 0, weights, 1))).sum(axis=axis)


def judged(name: str, function) -> Result:
    """What the grader would find, by the key that is at hand."""
    key = key_in(SOFTMAX / "keys", name)
    verdict = judge(key, local_player(function))
    description = describe(verdict, key)
    kind = verdict.failure.kind if verdict.failure else ""
    return Result(name, verdict.score, verdict.points, "exercise", verdict.mistake or "", description.sentence, kind,
                  verdict.aspects, (description,))  # fmt: skip


def submission(**sources: str) -> list[nbformat.NotebookNode]:
    """The released cells with `sources` in the cells of these names, as the grader executes them."""
    cells = copy.deepcopy(nbformat.read(SOFTMAX / "04_softmax.ipynb", as_version=4).cells)
    for cell in cells:
        cell.source = sources.get(cell.id.replace("-", "_"), cell.source)
    return cells


@pytest.fixture(scope="module")
def record() -> Record:
    right = {"values": (8.0, 8.0)}
    return Record("ada", "04_softmax", (
        Result("shrunken_scores", 1.0, 1.0, "prediction"),
        Result("softmax", 0.0, 8.0, kind="stub", descriptions=(Description(False, "softmax: not right yet"),)),
        Result("softmax_with_temperature", 7.0, 7.0, aspects=right, carried=("softmax",)),
        judged("entropy", entropy_in_bits),
        Result("cooler", None, 3.0, "written"),
    ))  # fmt: skip


def told(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.split("</head>")[1]))


def test_a_mistake_is_told_with_its_counterexample_the_code_and_what_to_read(record, lesson):
    source = "def entropy(weights, axis=-1):\n    return 'bits'"
    page = feedback_page(record, submission(entropy=source), lesson=lesson)
    said = told(page)
    assert "This is what you get when log base 2 is used" in said
    assert "The smallest input that goes wrong" in said
    assert to_html(record.results[3].descriptions[0]) in page
    assert '<span class="nf">entropy</span>' in page
    assert 'Read again: <a href="#read-4-entropy-how-spread-out-are-the-weights">' in page
    assert 'id="read-4-entropy-how-spread-out-are-the-weights"' in page
    assert "localhost:8888/lab/tree/04_softmax/04_softmax.ipynb#4-" in page
    for anchor in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{anchor}"' in page, anchor


def test_scores_by_exercise_and_aspect(record, lesson):
    said = told(feedback_page(record, submission(), lesson=lesson))
    assert "8 of 26 points" in said
    assert "3 more points are for answers that a person reads" in said
    assert "entropy 0 of 7 points" in said
    partly = replace(record.results[3], score=5.0, aspects={"values": (5.0, 5.0), "zeros": (0.0, 2.0)})
    said = told(feedback_page(replace(record, results=(partly,)), submission(), lesson=lesson))
    assert "✓ values 5 of 5 ✗ zeros 0 of 2" in said


def test_carried_errors_are_explained(record, lesson):
    said = told(feedback_page(record, submission(), lesson=lesson))
    assert "Your softmax_with_temperature is right. It was checked with a correct softmax, in the place of yours." in said
    wrong = replace(record.results[3], carried=("softmax",))
    said = told(feedback_page(replace(record, results=(wrong,)), submission(), lesson=lesson))
    assert "So what is wrong here is wrong in entropy itself." in said


def test_notes_come_first(record, lesson):
    note = "Your file is called my homework.ipynb. It was graded as 04_softmax.ipynb; use that name next time."
    said = told(feedback_page(replace(record, notes=(note,)), submission(), lesson=lesson))
    assert said.index("About your submission") < said.index(note) < said.index("At a glance")
    failed = replace(record, failed=True, problem="OSError: /somewhere/private")
    said = told(feedback_page(failed, submission(), lesson=lesson))
    assert "It could not be graded this time." in said
    assert "/somewhere" not in said


def test_written_answers_with_and_without_the_mark_of_a_person(record, lesson):
    answer = "# Why\n\nIt is **positive**.\n\n- one\n- two"
    page = feedback_page(record, submission(cooler=answer), lesson=lesson)
    assert "<strong>positive</strong>" in page
    assert '<p class="heading">Why</p>' in page
    assert "Not graded yet. A person reads this answer." in told(page)
    marks = Marks(
        {"cooler": Mark(2.5, "Good. Say *why*."), "entropy": Mark(4.0, "Half back."), "shrunken_scores": Mark(extra=0.5)},
        1.5,
    )
    page = feedback_page(record, submission(cooler=answer), marks, lesson)
    said = told(page)
    assert "13.5 of 26 points" in said  # 1.5 + 7 + 4 + 2.5 - 1.5
    assert "1.5 points were taken off because it was handed in late." in said
    assert "cooler 2.5 of 3 points" in said
    assert "Say <em>why</em>." in page
    assert "A person changed this score from 0 to 4." in said
    assert "Not graded yet" not in said
    assert "You wrote nothing here." in told(feedback_page(record, submission(), lesson=lesson))


def test_hidden_inputs_and_tests_never_show(record, lesson):
    cells = submission()
    for cell in cells:
        if cell.id == "entropy-check":
            cell.source += '\ncheck("entropy", hidden=True).score  # SECRET-SOURCE'
            cell.outputs = [new_output("stream", name="stdout", text="SECRET-INPUT")]
    locked = {
        "grade": True,
        "locked": True,
        "solution": False,
        "grade_id": "own-tests",
        "points": 2,
        "schema_version": 3,
        "task": False,
    }
    own = new_code_cell("assert entropy(SECRET-TEST) == 1", metadata={"nbgrader": locked})
    own.outputs = [new_output("error", ename="AssertionError", evalue="SECRET-VALUE", traceback=["SECRET-TRACE"])]
    only_read = new_code_cell("SECRET-CELL = 1", metadata={"nbgrader": locked | {"grade": False, "grade_id": "locked"}})
    page = feedback_page(record, [*cells, own, only_read], lesson=lesson)
    assert "SECRET" not in page


def test_what_passes_the_visible_check_only_is_said(record, lesson):
    passed = Description(True, "entropy: every check passed")
    unseen = replace(record.results[3], score=5.0, descriptions=(passed, *record.results[3].descriptions),
                     sentence="It goes wrong on an input that you have not seen: zeros.")  # fmt: skip
    page = feedback_page(replace(record, results=(unseen,)), submission(), lesson=lesson)
    assert "It passes the check in your notebook, and goes wrong on an input that you have not seen." in told(page)
    assert "every check passed" not in page


def test_what_cells_printed_and_drew(record, lesson):
    cells = submission(softmax="def softmax(x): return x  # mine")
    drawn = next(c for c in cells if c.source.startswith("my_softmax ="))
    drawn.outputs = [new_output("display_data", {"image/png": PNG, "text/html": "<b>HTML</b>"}), new_output("stream", text="printed\n"),
                     new_output("display_data", {"image/svg+xml": "<svg onload=alert(1)>", "text/plain": "a drawing"}),
                     new_output("display_data", {"image/png": 'x" onerror="alert(1)'}),
                     new_output("display_data", {"image/jpeg": PNG})]  # fmt: skip
    cells.append(new_code_cell("my_own = 'cell'"))
    page = feedback_page(record, cells, lesson=lesson)
    assert page.count("<img ") == 1
    assert f'src="data:image/png;base64,{PNG}" alt="A picture that your cell drew"' in page
    said = told(page)
    assert "printed" in said
    assert "a drawing" in said
    assert "my_own" in said
    assert "onload" not in page
    assert "<b>HTML" not in page
    assert "plain_scores.sum()" not in said.split("What else your notebook showed")[1].split("To read again")[0]


def test_what_comes_from_the_student_is_escaped(record, lesson):
    cells = submission(entropy=f"def entropy():\n    '''{EVIL}'''", cooler=f"{EVIL}\n\n[x](javascript:alert(1)) ![y](http://e.example/z.png)",
                       shrunken_scores_prediction=f"shrunken_scores = '''{EVIL}'''")  # fmt: skip
    cells.append(new_code_cell(EVIL, outputs=[new_output("error", ename=EVIL, evalue=EVIL, traceback=[EVIL]),
                                              new_output("stream", text=EVIL),
                                              new_output("execute_result", {"text/plain": EVIL, "text/html": EVIL})]))  # fmt: skip
    cells.append(new_markdown_cell(EVIL))
    marks = Marks({"cooler": Mark(1.0, EVIL)})
    page = feedback_page(replace(record, student=EVIL, notes=(EVIL,)), cells, marks, lesson)
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "49" not in told(page).split("To read again")[0]
    assert page.count("&lt;script&gt;") >= 8
    assert "default-src 'none'" in page


def test_a_submission_of_anything_gets_a_page(record, lesson):
    assert "Nothing in this submission is graded." in told(feedback_page(Record("a", "99_gone"), [], None, None))
    description = Description(False, "old_one: not right yet")
    gone = replace(record, results=(*record.results, Result("old_one", 0.0, 2.0, kind="value", descriptions=(description,))))
    said = told(feedback_page(gone, [], None, lesson))
    assert "old_one" in said
    assert "✗ old_one: not right yet" in said
    strange = [new_code_cell("x = 1" * 50_000), new_code_cell(""), new_markdown_cell("*" * 5000 + "[" * 5000)]
    page = feedback_page(record, strange, None, lesson)
    assert "more characters are not shown" in page


def test_pages_are_made_in_less_than_15_ms_of_cpu(record, lesson):
    cells = submission(entropy="def entropy(weights, axis=-1):\n" + "    x = np.exp(weights)  # (n,)\n" * 20)
    feedback_page(record, cells, None, lesson)
    spent = []
    for _ in range(10):
        text.code_html.cache_clear()
        start = time.process_time()
        feedback_page(record, cells, None, lesson)
        spent.append(time.process_time() - start)
    assert sorted(spent)[5] < 0.015, spent


# -- in a browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory, record, lesson):
    """A feedback page and a report, with what they must withstand."""
    from autograder.report.analyse import analyse
    from autograder.report.sections import find_lessons
    from autograder.report.write import report_page

    from .generated_class import generated_class

    folder = tmp_path_factory.mktemp("pages")
    cells = submission(
        entropy=f"def entropy(weights, axis=-1):\n    return 1  # {EVIL}",
        cooler=f"# A\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n{EVIL}",
    )
    next(c for c in cells if c.source.startswith("my_softmax =")).outputs = [new_output("stream", text="x" * 500)]
    marked = replace(record, student=EVIL + "a" * 300, notes=(EVIL,))
    (folder / "feedback.html").write_text(
        feedback_page(marked, cells, Marks({"cooler": Mark(2.0, "Good.")}), lesson), encoding="utf-8"
    )
    records = [replace(r, student=EVIL + r.student if i == 1 else r.student) for i, r in enumerate(generated_class(25)[0])]
    records += [replace(r, assignment="05_scaled_dot_product_attention") for r in records[:3]]
    report = report_page(analyse(records, find_lessons(ROOT / "notebooks")))
    (folder / "report.html").write_text(report, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["feedback", "report"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_or_loads(pages, browser, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    asked, said = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: said.append(m.text))
    page.on("dialog", lambda d: said.append(d.message))
    address = (pages / f"{name}.html").as_uri()
    page.goto(address)
    page.evaluate("document.querySelectorAll('details:not(.read), .read:nth-of-type(1)').forEach(d => d.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []
    assert page.title() != "x"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
