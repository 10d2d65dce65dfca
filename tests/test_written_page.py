"""One written question across a class: read, graded by keys and saved, beside the formgrader and in the same gradebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tomllib
import urllib.error
import urllib.request
from contextlib import closing

import nbformat
import pytest
from playwright.sync_api import expect

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir
from autograder.desk.lab import SERVERS
from autograder.grading.grade import ClassGraded, grade_class
from autograder.grading.grade_command import print_class
from autograder.report.analyse import analyse
from autograder.report.formulas import MOST, formula_html
from autograder.report.marks import Mark, Marks, read_marks
from autograder.report.record import Record, Result
from autograder.report.text import student_html
from autograder.report.write import report_page

from .accessible import serious
from .conftest import ROOT
from .lab import serve
from .test_harmless import MARKDOWN, PWN, SAFE_TAGS, what_ran

LESSON, QUESTION = "01_counting", "both_ends"
FORMULAS = {
    "script in text": rf"\text{{<script>{PWN}</script>}}",
    "references in text": rf"\text{{&lt;script&gt;{PWN}&lt;/script&gt;}}",
    "image in text": rf"\mbox{{<img src=x onerror='{PWN}'>}}",
    "link": rf"\href{{javascript:{PWN}}}{{click}}",
    "style": r"\style{position:fixed;inset:0;background:white}{x}",
    "class": r"\class{state bad}{x}",
    "colour": rf"\textcolor{{red' onclick='{PWN}}}{{x}}",
    "space": r"\hspace{9999em} \rule{999em}{999em} x",
    "script beside": rf"</math><script>{PWN}</script>",
}
ANSWERS = {
    "ada": "Both ends, so $n + 1$, not $n$.",
    "bo": "I do not know.",
    "cy": "I do not know.",
    "dee": "$$\\frac{n}{2$$ and **bold**",
    "eve": "",
    "mallory": "\n\n".join([*MARKDOWN.values(), *(f"${formula}$" for formula in FORMULAS.values())]),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The folder of the tiny course, with a class that is graded by the machine and by nobody else."""
    root = tmp_path_factory.mktemp("written") / "course"
    shutil.copytree(ROOT / "tests" / "tiny_course", root, ignore=shutil.ignore_patterns("__pycache__"))
    course = CourseDir(root)
    build(course)
    exercises = load_exercises(course.solutions)[LESSON]
    for student, answer in ANSWERS.items():
        notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
        place = root / "submitted" / student / LESSON
        place.mkdir(parents=True)
        how = {"exercises": "blank", "predictions": "b", "written": answer}
        nbformat.write(fill_in(notebook, exercises, how), place / f"{LESSON}.ipynb")
    grade_class(course, root)
    with closing(sqlite3.connect(root / "gradebook.db")) as db, db:
        db.execute("update student set first_name = 'Ada', last_name = 'Love<i>lace' where id = 'ada'")
    return root


@pytest.fixture(scope="module")
def url(root):
    """JupyterLab in that folder, with what the wheel puts beside nbgrader's configuration."""
    env = os.environ | {"JUPYTER_CONFIG_PATH": str(ROOT / "autograder" / "grading"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with serve(["--allow-root"], "written", cwd=root, env=env) as url:
        yield url


@pytest.fixture
def grading(url, browser):
    """Opens the question's page, as one person who grades; all of them at the end are closed."""
    opened = []

    def open_page(**how):
        page = browser.new_page(viewport={"width": 1280, "height": 800}, **how)
        opened.append(page)
        page.goto(f"{url}/written/{LESSON}/{QUESTION}")
        expect(page.locator("#waiting")).to_have_text(re.compile(r"\d+"))
        return page

    yield open_page
    for page in opened:
        page.close(run_before_unload=False)


def fetched(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def marks(root) -> dict[str, tuple]:
    """{student: (points, to be looked at, comment)} in the gradebook."""
    query = """select s.student_id, g.manual_score, g.needs_manual_grade, k.manual_comment
        from grade g join base_cell c on c.id = g.cell_id join submitted_notebook n on n.id = g.notebook_id
        join submitted_assignment s on s.id = n.assignment_id join comment k on k.notebook_id = n.id
        join base_cell d on d.id = k.cell_id and d.name = c.name where c.name = ?"""
    with closing(sqlite3.connect(root / "gradebook.db")) as db:
        return {student: (points, bool(needs), comment) for student, points, needs, comment in db.execute(query, [QUESTION])}


def set_marks(root, **values) -> None:
    """Writes columns of the question's grades, as another program would."""
    columns = ", ".join(f"{name} = ?" for name in values)
    with closing(sqlite3.connect(root / "gradebook.db")) as db, db:
        db.execute(f"update grade set {columns} where cell_id in (select id from base_cell where name = ?)",
                   [*values.values(), QUESTION])  # fmt: skip


def card_of(page, name: str):
    return page.locator("article", has=page.locator("h2", has_text=name))


def pick(page, name: str) -> None:
    """Goes to a student's answer, graded or not."""
    page.locator("#show-all").click()
    card_of(page, name).focus()


def state(page, name: str):
    return card_of(page, name).locator(".state")


# -- where it is served --------------------------------------------------------------------------------------------------


def test_whoever_has_the_formgrader_has_the_page_and_a_students_lab_has_neither():
    shared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "shared-data"
    ]
    (file, place), *others = shared.items()
    assert not others
    assert place.startswith("etc/jupyter/jupyter_server_config.d/")
    turned_on = json.loads((ROOT / file).read_text())["ServerApp"]["jpserver_extensions"]
    assert turned_on == {"autograder.grading.written_server": True}
    assert set(turned_on) < set(SERVERS)


def test_the_index_says_what_is_to_do(url):
    status, page = fetched(f"{url}/written")
    assert status == 200
    assert f'href="/written/{LESSON}/{QUESTION}"' in page
    assert [int(n) for n in re.findall(r'class="n">(\d+)</td>', page)] == [1, len(ANSWERS), len(ANSWERS) - 1]


def test_the_question_and_its_rubric_stand_beside_the_answers(url):
    _, page = fetched(f"{url}/written/{LESSON}/{QUESTION}")
    lesson = (ROOT / "tests" / "tiny_course" / "solutions" / LESSON / "lesson.md").read_text()
    model = re.search(rf'answer="{QUESTION}" -->\n(.*?)<!--', lesson, re.DOTALL)[1]
    assert model.split(".")[0].strip() in page
    assert page.count("<article") == len(ANSWERS)
    assert "Ada Love&lt;i&gt;lace" in page
    assert page.count("Word for word as the one above.") == 1
    assert page.count("Nothing is written here.") == 1
    assert '<math display="inline"><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></math>' in page


@pytest.mark.parametrize("place", [f"{LESSON}/nothing", f"nothing/{QUESTION}", "%3Cscript%3E/x"])
def test_what_is_not_there_is_one_sentence(url, place):
    for address in (f"{url}/written/{place}", f"{url}/written/{place}/marks"):
        status, page = fetched(address)
        assert status == 404
        assert "No released lesson is called" in page
        assert "Traceback" not in page
        assert "<script>" not in page or address.endswith("marks")


def test_the_formgrader_leads_to_the_page(url):
    _, listed = fetched(f"{url}/formgrader/api/submitted_notebooks/{LESSON}/{LESSON}")
    _, page = fetched(f"{url}/formgrader/submissions/{json.loads(listed)[0]['id']}/")
    assert f'href="/written/{LESSON}/{QUESTION}"' in page


# -- nothing of a student's runs -----------------------------------------------------------------------------------------


def test_in_a_browser_nothing_of_a_students_runs(url, browser):
    assert what_ran(browser, f"{url}/written/{LESSON}/{QUESTION}", click=False) == []


def test_a_script_that_got_in_would_not_run(grading):
    page = grading()
    found = page.locator("script").evaluate_all("scripts => scripts.map(s => s.nonce.length > 15)")
    assert found == [True]
    page.evaluate(f"""() => {{ const box = document.createElement('div'); document.body.append(box);
        box.innerHTML = '<img src=x onerror="{PWN}">'; const s = document.createElement('script'); s.text = '{PWN}';
        box.append(s); box.innerHTML += '<a href="javascript:{PWN}" id="trap">x</a>'; document.getElementById('trap').click() }}""")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pwned") is None


@pytest.mark.parametrize("source", [*MARKDOWN.values(), *(f"${f}$ $${f}$$" for f in FORMULAS.values())])
def test_what_a_student_typed_is_text(source):
    from bs4 import BeautifulSoup

    page = BeautifulSoup(student_html(source), "html.parser")
    for tag in page.find_all():
        assert tag.name not in SAFE_TAGS - {"math"}
        assert not {a for a in tag.attrs if a.startswith("on") or a in ("id", "name", "src", "mathcolor", "mathbackground")}
        assert re.fullmatch(r"(https?://|mailto:).*", tag.attrs.get("href", "http://"))
        assert re.fullmatch("(text-align:(left|right|center))?", tag.attrs.get("style", ""))
        assert not {"state", "bad", "mark", "trouble"} & set(tag.attrs.get("class", []))
        assert re.fullmatch(r"(\d(\.\d+)?em)?", tag.attrs.get("width", ""))


# -- formulas ------------------------------------------------------------------------------------------------------------


def test_every_formula_of_the_lessons_is_laid_out():
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "solutions").glob("*/lesson.md")]
    formulas = {a or b for text in texts for a, b in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", text, re.DOTALL)}
    assert len(formulas) > 200
    assert [formula for formula in formulas if not formula_html(formula, False).startswith("<math")] == []


@pytest.mark.parametrize("formula", ["", "{", "a_b_c", "x" * (MOST + 1), "x^{" * 400, r"\begin{matrix}"])
def test_a_formula_that_cannot_be_read_is_shown_as_it_was_typed(formula):
    assert formula_html(formula, False) == f"<code>${formula}$</code>"


# -- grading -------------------------------------------------------------------------------------------------------------


def test_three_answers_are_graded_by_keys_alone(root, url, grading):
    page = grading()
    keys = page.keyboard
    expect(page.locator("#waiting")).to_have_text("5")
    expect(card_of(page, "bo")).to_be_focused()
    keys.press("0")
    keys.press(".")
    expect(state(page, "bo")).to_have_text(re.compile(r"saved \d\d:\d\d:\d\d"))
    keys.press("c")
    keys.type("See section 1: both 1 and 3 count.")
    keys.press("Escape")
    expect(state(page, "bo")).to_have_text(re.compile("saved"))
    keys.press("Enter")
    expect(card_of(page, "cy")).to_be_focused()
    keys.press("0")
    keys.press("j")
    expect(card_of(page, "dee")).to_be_focused()
    keys.press("7")
    expect(state(page, "dee")).to_have_text("at most 1 point")
    keys.press("ArrowDown")
    expect(card_of(page, "Ada")).to_be_focused()
    expect(card_of(page, "Ada")).to_be_in_viewport()
    keys.press("1")
    expect(state(page, "Ada")).to_have_text(re.compile("saved"))
    expect(page.locator("#waiting")).to_have_text("2")
    found = marks(root)
    assert found["bo"] == (0.5, False, "See section 1: both 1 and 3 count.")
    assert found["cy"] == (0.0, False, None)
    assert found["ada"] == (1.0, False, None)
    assert found["dee"] == (None, True, None)
    submission = card_of(page, "bo").get_by_role("link").get_attribute("href").split("/")[-2]
    _, grades = fetched(f"{url}/formgrader/api/grades?submission_id={submission}")
    grade = next(g for g in json.loads(grades) if g["name"] == QUESTION)
    assert (grade["manual_score"], grade["needs_manual_grade"]) == (0.5, False)
    page.reload()
    expect(card_of(page, "bo")).to_be_hidden()
    page.locator("#show-all").click()
    expect(card_of(page, "bo").get_by_label("Points")).to_have_value("0.5")
    expect(card_of(page, "bo").get_by_label("Comment")).to_have_value("See section 1: both 1 and 3 count.")


def test_points_that_cannot_be_given_are_not_saved(root, grading):
    page = grading()
    box = card_of(page, "dee").get_by_label("Points")
    for wrong in ("1.5", "-1", "0.3"):
        box.fill(wrong)
        box.press("Enter")
        expect(state(page, "dee")).to_have_text("not saved: 0 to 1 point, in steps of a half")
    assert marks(root)["dee"] == (None, True, None)


def test_a_mark_from_before_is_looked_at_again_and_extra_credit_stays(root, grading):
    set_marks(root, manual_score=0.5, extra_credit=0.25, needs_manual_grade=True)
    page = grading()
    expect(page.locator("#waiting")).to_have_text(str(len(ANSWERS)))
    expect(state(page, "bo")).to_have_text("to look at again")
    page.keyboard.press("Enter")
    expect(state(page, "bo")).to_have_text(re.compile("saved"))
    pick(page, "dee")
    page.keyboard.press("1")
    expect(state(page, "dee")).to_have_text(re.compile("saved"))
    found = marks(root)
    assert [found[student][:2] for student in ("bo", "cy", "dee")] == [(0.5, False), (0.5, True), (1.0, False)]
    with closing(sqlite3.connect(root / "gradebook.db")) as db:
        query = "select distinct extra_credit from grade where cell_id in (select id from base_cell where name = ?)"
        assert db.execute(query, [QUESTION]).fetchall() == [(0.25,)]


def test_of_two_who_grade_the_last_one_counts_and_both_are_told(root, grading):
    set_marks(root, manual_score=None, extra_credit=None, needs_manual_grade=True)
    one, two = grading(), grading()
    pick(one, "bo")
    one.keyboard.press("1")
    expect(state(one, "bo")).to_have_text(re.compile("saved"))
    card_of(two, "bo").get_by_label("Points").fill("0")
    two.keyboard.press("Enter")
    expect(state(two, "bo")).to_have_text(re.compile("saved .*, in place of 1 point that somebody else gave meanwhile"))
    assert marks(root)["bo"][:2] == (0.0, False)
    one.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(one, "bo")).to_have_text(re.compile("changed elsewhere"))
    expect(card_of(one, "bo").get_by_label("Points")).to_have_value("0")


def test_a_gradebook_that_another_program_writes_to_loses_nothing(root, url, grading):
    page = grading()
    pick(page, "dee")
    with closing(sqlite3.connect(root / "gradebook.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        page.keyboard.press("1")
        expect(state(page, "dee")).to_have_text(re.compile("not saved: the gradebook could not be written"), timeout=20_000)
        other.execute("commit")
        other.execute("begin exclusive")
        status, text = fetched(f"{url}/written/{LESSON}/{QUESTION}")
        other.execute("commit")
    assert status == 503
    assert "The gradebook cannot be read now (database is locked)" in text
    page.keyboard.press("Enter")
    expect(state(page, "dee")).to_have_text(re.compile("saved"))
    assert marks(root)["dee"][:2] == (1.0, False)


def test_a_server_that_is_gone_is_said(grading):
    page = grading()
    pick(page, "dee")
    page.route("**/marks", lambda route: route.abort())
    page.keyboard.press("0")
    expect(state(page, "dee")).to_have_text("not saved: the server does not answer; is it running?")
    page.unroute("**/marks")
    page.keyboard.press("Enter")
    expect(state(page, "dee")).to_have_text(re.compile("saved"))


def test_a_notebook_that_is_gone_is_a_sentence(root, url):
    notebook = root / "autograded" / "cy" / LESSON / f"{LESSON}.ipynb"
    text = notebook.read_bytes()
    try:
        for broken in (b"no notebook", b"[" * 100_000, b'{"cells": [{"metadata": 1}, 2]}'):
            notebook.write_bytes(broken)
            assert "The graded notebook cannot be read." in fetched(f"{url}/written/{LESSON}/{QUESTION}")[1]
        notebook.unlink()
        assert "The graded notebook cannot be read." in fetched(f"{url}/written/{LESSON}/{QUESTION}")[1]
    finally:
        notebook.write_bytes(text)


def test_without_a_gradebook_none_is_made(root, url):
    (root / "gradebook.db").rename(root / "away.db")
    try:
        for address in (f"{url}/written", f"{url}/written/{LESSON}/{QUESTION}"):
            status, page = fetched(address)
            assert status == 404
            assert "There is no gradebook.db in" in page
        assert not (root / "gradebook.db").exists()
    finally:
        (root / "away.db").rename(root / "gradebook.db")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_is_accessible(grading, colours):
    page = grading(color_scheme=colours)
    assert serious(page, ["body"]) == []
    page.locator("#hide-names").check()
    assert not page.get_by_text("Ada Love").is_visible()
    assert page.get_by_text("Answer 1", exact=True).count() == 1


def test_the_table_and_the_report_say_which_marks_to_look_at_again(capsys, tmp_path):
    record = Record("ada", LESSON, (Result(QUESTION, None, 1.0, "written"),))
    said = []
    for marks in ({}, {record.at: Marks({QUESTION: Mark(1.0)})}, {record.at: Marks({QUESTION: Mark(1.0, again=True)})}):
        print_class(ClassGraded([record], set(), marks=marks), tmp_path)
        report = report_page(analyse([record], {}, marks))
        table = capsys.readouterr().out
        said.append(("to do" in table, "to look at again" in table, "1 mark by hand to look at again" in report))
    assert said == [(True, False, False), (False, False, False), (False, True, True)]


def test_the_gradebook_knows_which_marks_to_look_at_again(root):
    set_marks(root, manual_score=1.0, needs_manual_grade=True)
    assert {student: marks.again for (student, _), marks in read_marks(root).items()} == dict.fromkeys(ANSWERS, 1)
    set_marks(root, manual_score=1.0, needs_manual_grade=False)
    assert {marks.again for marks in read_marks(root).values()} == {0}
