"""The authors' guide, solutions/README.md, followed to the letter; and what an author sees while a file is watched."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from autograder.authoring.build import build
from autograder.authoring.catalog import load_exercises
from autograder.authoring.verify import verify
from autograder.coursedir.folders import CourseDir
from autograder.coursedir.settings import FILE
from autograder.judging.held import MOST_ENTRIES, MOST_QUESTIONS, MOST_VALUES, local_player
from autograder.judging.judge import judge
from autograder.judging.key import load
from autograder.messages.description import describe, sentence
from autograder.messages.render import to_text

from .conftest import ROOT

GUIDE = (ROOT / "solutions" / "README.md").read_text(encoding="utf-8")
LESSON, QUESTION = re.findall(r"^````markdown\n(.*?)^````$", GUIDE, re.MULTILINE | re.DOTALL)
FIRST, MORE, HELD = re.findall(r"^```python\n(.*?)^```$", GUIDE.replace(LESSON, ""), re.MULTILINE | re.DOTALL)


def course_in(root):
    """A course of the guide's lesson alone, with the exercise as it first stands."""
    folder = root / "solutions" / "13_effective"
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").touch()
    (root / FILE).write_text('format = 1\nid = "spread"\ntitle = "Spread"\n')
    (folder / "effective_n.py").write_text(FIRST, encoding="utf-8")
    return CourseDir(root)


@pytest.fixture
def new_course(tmp_path):
    return course_in(tmp_path)


def test_the_example_ends_in_a_proved_exercise_and_a_released_lesson(new_course):
    folder = new_course.solutions / "13_effective"
    (folder / "effective_n.py").write_text(f"{FIRST}\n\n{MORE}", encoding="utf-8")
    (folder / "lesson.md").write_text(LESSON, encoding="utf-8")
    (folder / "questions.md").write_text(QUESTION, encoding="utf-8")
    row = verify(load_exercises(new_course.solutions)["13_effective"]["effective_n"])
    assert row.problems == []
    assert (row.named, row.wrong, row.accepted, row.killed) == (8, 8, 1, row.mutants)
    assert build(new_course).lessons == ("13_effective",)
    released = {p.relative_to(new_course.release).as_posix() for p in new_course.release.rglob("*.*")}
    assert {"13_effective/13_effective.ipynb", "13_effective/keys/effective_n.safetensors", "questions.ipynb"} <= released


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The example of what the judge holds, built: what a student reads of an answer to it, and the exercise."""
    course = course_in(tmp_path_factory.mktemp("held"))
    (course.solutions / "13_effective" / "lesson.md").write_text(LESSON, encoding="utf-8")
    folder = course.solutions / "08_rows"
    folder.mkdir()
    (folder / "first_to_end.py").write_text(HELD, encoding="utf-8")
    build(course)
    exercise = load_exercises(course.solutions)["08_rows"]["first_to_end"]
    key = load(course.waiting_keys / "first_to_end.safetensors")

    def text_for(answer):
        player = local_player(answer, exercise.makers(), words=partial(sentence, key))
        return to_text(describe(judge(key, player), key))

    return text_for, exercise


def test_the_example_of_what_the_judge_holds_is_proved(held):
    row = verify(held[1])
    assert (row.named, row.wrong, row.killed) == (1, 1, row.mutants)
    assert [problem.split(": ", 1)[1] for problem in row.problems] == [
        "no other right answer is declared: write one in another style", "1 of 8 wrong answers are declared: write down more"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda row, n: row.swap.many([(i,) for i in range(n - 1)]), "✓ first_to_end: every check passed"),
        (lambda row, n: [row.swap(i) for i in range(n - 2, -1, -1)], "you get when it begins at the end, which brings"),
        (lambda row, n: row.swap(9), "Your function stopped with ValueError: places 9 and 9 + 1 are not both in a row of 3"),
        (lambda row, n: row.swap(print), "holds something of type builtin_function_or_method"),
        (lambda row, n: row.numbers.reverse(), "row has no method 'numbers'. Known: swap"),
    ],
)
def test_the_example_of_what_the_judge_holds_says_what_it_promises(held, answer, said):
    assert said in held[0](answer)


@pytest.mark.parametrize("limit", [MOST_QUESTIONS, MOST_ENTRIES, MOST_VALUES])
def test_it_states_the_limits_that_hold(limit):
    assert f"{limit:,}" in GUIDE


@pytest.mark.parametrize("page", ["README.md", "solutions/README.md", "autograder/TEACHING.md"])
def test_links_lead_somewhere(page):
    file = ROOT / page
    links = re.findall(r"\]\((?!https:)([^)]+)\)", file.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_watch_tries_again_at_each_save_and_waits_slips_out(new_course):
    file = new_course.solutions / "13_effective" / "effective_n.py"
    command = [
        sys.executable,
        "-c",
        "from autograder.cli import main; main()",
        "verify",
        "--exercise",
        "effective_n",
        "--watch",
    ]
    watching = subprocess.Popen(
        command, cwd=new_course.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert "1 of 8 wrong answers are declared" in turn(watching)
        file.write_text(FIRST.replace("return 1 / squares", "return 1 / squares(", 1))
        assert re.search(r"13_effective/effective_n\.py:\d+: this is not valid Python", turn(watching))
        file.write_text(FIRST.replace("return (weights**2)", "return 1 / (weights**2)"))
        assert "the wrong answer not_inverted passes every check" in turn(watching)
        file.write_text(f"{FIRST}\n\n{MORE}")
        assert re.search(r"effective_n +8/8 +8/8 +1/1 .* ok", turn(watching))
    finally:
        watching.send_signal(signal.SIGINT)
        assert "Traceback" not in watching.communicate(timeout=30)[0]


def turn(watching: subprocess.Popen) -> str:
    """What is printed up to the next wait; then a moment for the watch to begin."""
    said = ""
    for line in watching.stdout:
        said += line
        if "Waiting for the next save" in line:
            time.sleep(1)
            return said
    raise AssertionError(said)


def test_watch_is_for_one_exercise(new_course):
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "verify", "--watch"]
    done = subprocess.run(command, cwd=new_course.root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "autograder: --watch is for one exercise: name it with --exercise.\n")
