"""The start page: the lessons in order, how far you are in each, and where to go on.

It is a notebook whose output is text, written anew at each `autograder lab`: it needs no run to be read, and looks the same in
JupyterLab and VS Code. Once its cell is run, it follows what you do in the lessons.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from ..coursedir.files import back_up, write
from ..coursedir.folders import QUESTIONS
from ..coursedir.settings import Settings
from ..judging.key_files import is_lesson, lesson_folder
from ..messages.translate import _
from . import shell
from .lessons import Lesson, Standing, lessons, standings
from .progress import FILE, is_fresh, problem_text, read

START = "start.ipynb"
_stop = threading.Event()


def page(folder: Path) -> str:
    """The start page of the student's `folder`, as Markdown."""
    progress = [(lesson, standings(lesson)) for lesson in lessons(folder)]
    if not progress:
        return _("There are no lessons in this folder. Run `autograder lab` where you unpacked the course.")
    parts = [_next_step(progress)]
    for lesson, where in progress:
        parts += [f"## {_link(lesson)}", " · ".join(_in_short(lesson, where)), *_remarks(lesson, where)]
        if lesson.facts.about:
            parts.append(lesson.facts.about)
    if (folder / QUESTIONS).is_file():
        about = _("On all of the lessons, ten at a time, with a reason for every choice.")
        parts += [f"## [{_('Questions')}]({QUESTIONS})", about]
    return "\n\n".join(parts)


def start_page() -> None:
    """Shows the lessons, what each is about, how long it takes and how far you are; follows what you do from then on."""
    folder = lesson_folder().parent if is_lesson() else lesson_folder()
    text = page(folder)
    if is_fresh():
        return
    if not shell.in_notebook():
        print(text)
        return
    global _stop
    _stop.set()
    _stop = threading.Event()
    handle = shell.live_display(_data(text))
    threading.Thread(target=_follow, args=(folder, handle, text, _stop), daemon=True).start()


def write_start(folder: Path, settings: Settings | None = None) -> None:
    """Writes the start page into the student's `folder`, with the addresses that the course's `settings` name. Cells that the
    student added stay."""
    ours = [
        _cell("markdown", "start-head", _head(settings)),
        _cell("code", "start-page", "from autograder import start_page\n\nstart_page()", page(folder)),
        _cell("markdown", "hand-in-head", _hand_in()),
        _cell("code", "hand-in", "from autograder import submit\n\nsubmit()"),
    ]
    file, own = folder / START, []
    if file.exists():
        try:
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            own = [c for c in cells if c["id"] not in {o["id"] for o in ours}]
        except (ValueError, KeyError, TypeError):  # no notebook any more
            back_up(file, folder)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": ours + own, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    write(file, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def _cell(kind: str, name: str, source: str, output: str = "") -> dict:
    """A cell as a notebook's file has it. Written without nbformat, whose import takes a second of each start."""
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if kind == "code":
        outputs = [{"output_type": "display_data", "data": _data(output), "metadata": {}}] if output else []
        cell |= {"execution_count": None, "outputs": outputs}
    return cell


def _data(text: str) -> dict[str, str]:
    return {"text/markdown": text, "text/plain": text}


def _head(settings: Settings | None) -> str:
    parts = [
        _(
            "# Your lessons\n\nRun the next cell (Shift+Enter) and this page follows what you do. Your progress is kept in "
            "files beside your notebooks, on this computer only."
        ),
        _(
            "Where a lesson says that a name such as `check` is not defined, its kernel was started anew: choose Run ▸ Run All Above "
            "Selected Cell (in VS Code: Execute Above Cells)."
        ),
    ]
    if settings and settings.site:
        parts.append(_("The course's pages: <{address}>", address=settings.site))
    if settings and settings.repository:
        parts.append(_("Something is wrong in the course? Report it: <{address}>", address=settings.repository))
    return "\n\n".join(parts)


def _hand_in() -> str:
    return _(
        "## Hand in a lesson\n\nSave the lesson first. Then write its number between the brackets, such as `submit(1)`, and "
        "run the cell. It checks that your notebook is complete, runs it once from the top, and writes the file to hand in."
    )


def _next_step(progress: list[tuple[Lesson, dict[str, Standing]]]) -> str:
    """One line: the lesson to go on with, and the exercise in it. Nobody is sent to an optional one."""
    begun = [(x, w) for x, w in progress if any(s.entry for s in w.values())]
    recent = sorted(begun, key=lambda b: max(s.entry.at for s in b[1].values() if s.entry), reverse=True)
    after = progress[progress.index(recent[0]) :] if recent else []
    lesson, where = next(((x, w) for x, w in (*recent, *after, *progress) if _left(w)), (None, {}))
    if lesson is None:
        undone = any(s.state != "done" for _lesson, where in progress for s in where.values())
        return _("**Every exercise that is worth points is done.**") if undone else _("**Every exercise is done.**")
    if not begun:
        return _("**Start here:** {lesson}", lesson=_link(lesson))
    return _("**Continue here:** {lesson}, next is `{exercise}`", lesson=_link(lesson), exercise=_left(where)[0])


def _link(lesson: Lesson) -> str:
    return f"[{lesson.facts.title}]({lesson.name}/{lesson.name}.ipynb)"


def _left(where: dict[str, Standing]) -> list[str]:
    return [name for name, s in where.items() if s.state != "done" and not s.optional]


def _in_short(lesson: Lesson, where: dict[str, Standing]) -> list[str]:
    """How long the lesson takes, and how far the student is in it."""
    if lesson.problem:
        return [lesson.problem]
    minutes, points = lesson.facts.minutes, sum(lesson.exercises.values())
    facts = [_("about {minutes} minutes", minutes=round(minutes, -1))] if minutes else []
    graded, optional = ([s for s in where.values() if s.optional is kind] for kind in (False, True))
    if not any(s.entry for s in where.values()):
        more = [_("{all} more optional", all=len(optional))] if optional else []
        return [*facts, _("{all} exercises, {points:g} points", all=len(graded), points=points), *more, _("not begun")]
    done, optional_done = (sum(s.state == "done" for s in some) for some in (graded, optional))
    score = sum(s.score for s in graded)
    text = _("{done} of {all} exercises done, {score:g} of {points:g} points",
             done=done, all=len(graded), score=score, points=points)  # fmt: skip
    bar = f'<label>{text} <progress value="{done}" max="{len(graded)}"></progress></label>'
    return [*facts, bar, *([_("{done} of {all} optional done", done=optional_done, all=len(optional))] if optional else [])]


def _remarks(lesson: Lesson, where: dict[str, Standing]) -> list[str]:
    """What the student should know about single exercises, and about the file of progress."""
    changed = [f"`{name}`" for name, s in where.items() if s.state == "changed"]
    lost = [f"`{name}`" for name, s in where.items() if s.state == "wrong" and s.entry.right_at]
    problem = read(lesson.folder)[1]
    return [
        *([_("Changed since it passed, so check it again: {names}.", names=", ".join(changed))] if changed else []),
        *([_("Passed once, and does not now: {names}.", names=", ".join(lost))] if lost else []),
        *([problem_text(problem)] if problem else []),
    ]


def _follow(folder: Path, handle: object, text: str, stop: threading.Event) -> None:
    """Shows the page again whenever it has changed."""
    before = _changes(folder)
    while not stop.wait(2):
        if (now := _changes(folder)) == before:
            continue
        before, fresh = now, page(folder)
        if fresh != text:
            text = fresh
            handle.update(_data(text), raw=True)


def _changes(folder: Path) -> list[tuple[str, int]]:
    """When each notebook and each file of progress was last written."""
    times = []
    for file in (*folder.glob(f"[0-9][0-9]_*/{FILE}"), *folder.glob("[0-9][0-9]_*/*.ipynb")):
        try:
            times.append((str(file), file.stat().st_mtime_ns))
        except OSError:  # replaced just now
            continue
    return sorted(times)
