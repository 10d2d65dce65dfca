"""From a lesson's text to notebooks: lesson.md places exercises by name; stub, check and answer cells are made here."""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ..coursedir.folders import CARDS
from ..judging.key import Key
from ..messages.translate import _
from .cards import Card, read_cards
from .exercise import Exercise
from .faults import AuthorError
from .frames import exercise_frame, prediction_frame, written_frame
from .text_cells import text_cells
from .width import refuse_long_lines

PLACEMENTS = ("exercise", "predict", "written", "question")


@dataclass(frozen=True)
class Placement:
    """One line of a lesson that places something: what, and under which name."""

    kind: str
    name: str
    options: tuple[str, ...] = ()
    points: float = 1.0
    answer: str = ""

    @property
    def mark(self) -> str:
        """What no two placements of a lesson share: a question may be called as an exercise is."""
        return f"{self.name}-question" if self.kind == "question" else self.name


@dataclass(frozen=True)
class Lesson:
    """A lesson's text, read: its cells in order, a `Placement` where something is put, the line of each; its questions."""

    name: str
    file: Path
    cells: tuple[nbformat.NotebookNode | Placement, ...]
    lines: tuple[int, ...]
    cards: tuple[Card, ...] = ()

    @property
    def placements(self) -> list[Placement]:
        return [c for c in self.cells if isinstance(c, Placement)]


def read_lesson(file: Path, exercises: dict[str, Exercise]) -> Lesson:
    """Raises AuthorError, with file and line, where the text places what does not exist, twice, or wrongly."""
    parts, cards = list(text_cells(file)), read_cards(file.with_name(CARDS))
    answers = {part.metadata["answer"]: part.source for _line, part in parts if "answer" in part.metadata}
    cells: list[nbformat.NotebookNode | Placement] = []
    lines: list[int] = []
    line_of: dict[str, int] = {}
    for line, part in ((line, part) for line, part in parts if "answer" not in part.metadata):
        lines.append(line)
        try:
            placement = _placement(part, exercises, answers, [card.name for card in cards])
            if placement and placement.mark in line_of:
                raise AuthorError(f"{placement.name} is placed already in line {line_of[placement.mark]}. Remove one")
        except AuthorError as fault:
            raise AuthorError(str(fault), at=file, line=line) from None
        if not placement and part.cell_type == "code":
            refuse_long_lines(part.source, file, line)
        cells.append(placement or part)
        if placement:
            line_of[placement.mark] = line
    if unplaced := set(exercises) - set(line_of):
        raise AuthorError(f"the lesson places no exercise called {sorted(unplaced)[0]!r}", at=file)
    return Lesson(file.parent.name, file, tuple(cells), tuple(lines), cards)


def refuse_unknown_names(lesson: Lesson, exercises: Iterable[str]) -> None:
    """Raises AuthorError where a demo waits for a prediction that the lesson does not have, or for a function that is none of the
    course's `exercises`: it would wait for ever.
    """
    known = {"predicted": [p.name for p in lesson.placements if p.kind == "predict"], "yours": list(exercises)}
    for cell, line in zip(lesson.cells, lesson.lines, strict=True):
        code = "" if isinstance(cell, Placement) or cell.cell_type != "code" else cell.source
        for asks, name in re.findall(r"""\b(predicted|yours)\(\s*["'](\w+)["']""", code):
            if name not in known[asks]:
                near = difflib.get_close_matches(name, known[asks]) or known[asks] or ["none"]
                fault = f"there is nothing called {name!r} for {asks}. Is it one of {', '.join(near)}?"
                raise AuthorError(fault, at=lesson.file, line=line)


def _placement(
    cell: nbformat.NotebookNode, exercises: Iterable[str], answers: dict[str, str], questions: Iterable[str]
) -> Placement | None:
    """The placement that a cell is, or None for any other cell."""
    if cell.cell_type != "code":
        return None
    if not difflib.get_close_matches(cell.source.lstrip().split("(")[0], PLACEMENTS, cutoff=0.75):
        if call := re.search(rf"^({'|'.join(PLACEMENTS)})\(.*", cell.source, re.MULTILINE):
            raise AuthorError(f"{call.group()} needs a cell to itself: nothing before it, and nothing after it")
        return None
    try:
        call = ast.parse(cell.source.strip(), mode="eval").body
        kind, (name, *rest) = call.func.id, [ast.literal_eval(a) for a in call.args]
        options = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
        choices = tuple(rest[0]) if rest else ()
    except (SyntaxError, ValueError, AttributeError, TypeError):
        raise AuthorError(f'expected one call such as exercise("name") and nothing else, found: {cell.source}') from None
    answer = options.get("answer", "")
    if kind not in PLACEMENTS:
        raise AuthorError(f"{kind} places nothing; known are {', '.join(PLACEMENTS)}. Is it misspelt?")
    if kind == "predict" and (not rest or set(options) - {"points", "answer"}):
        raise AuthorError(f'expected predict("name", ["a", "b"], points=1), found: {cell.source}')
    if answer not in ("", *choices):
        raise AuthorError(f"answer={answer!r} is none of the choices {list(choices)}")
    known = {"exercise": exercises, "question": questions}.get(kind, [name])
    if name not in known:
        raise AuthorError(f"there is no {kind} called {name!r} in this lesson; known are {', '.join(known) or 'none'}")
    if kind == "written" and name not in answers:
        region = f'<!-- #region answer="{name}" --> … <!-- #endregion -->'
        raise AuthorError(f"{name} has no model answer. Add, right after it, {region}")
    answer = answers[name] if kind == "written" else answer
    return Placement(kind, name, choices, float(options.get("points", 1)), answer)


def prediction_key(lesson: Lesson, placement: Placement) -> Key:
    """The key of a prediction: any of its options earns its points. Their words are the list in the prose above it, "- b: …", and the
    reasons why they tempt the one in the prose below it, "- If you chose b: …"."""
    at = lesson.cells.index(placement)
    above, below = reversed(lesson.cells[:at]), lesson.cells[at + 1 :]
    words, reasons = (
        {option: found[1] for option in placement.options if (found := re.search(item.format(option), prose, re.MULTILINE))}
        for item, prose in ((r"^- {}: (.+)$", _prose(above)), (rf"^- {_('If you chose')} {{}}: (.+)$", _prose(below)))
    )
    return Key(placement.name, {"made": placement.points}, (), options=placement.options, words=words, right=placement.answer,
               reasons=reasons)  # fmt: skip


def _prose(cells: Iterable[nbformat.NotebookNode | Placement]) -> str:
    """The Markdown among these cells, up to the next prediction."""
    own = takewhile(lambda cell: getattr(cell, "kind", "") != "predict", cells)
    return "\n\n".join(cell.source for cell in own if not isinstance(cell, Placement) and cell.cell_type == "markdown")


# -- notebooks ---------------------------------------------------------------------------------------------------------


def notebook_of(lesson: Lesson, exercises: dict[str, Exercise], solved: bool) -> nbformat.NotebookNode:
    """The notebook to open and read, with every exercise `solved`, or else the one that nbgrader's generate_assignment reads, with
    references between its markers, and hidden checks too."""
    cells = [cell for cells in cells_by_item(lesson, exercises, solved) for cell in cells]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def lines_of(lesson: Lesson, exercises: dict[str, Exercise]) -> dict[str, int]:
    """{cell id: line of lesson.md that the cell comes from}."""
    by_item = zip(lesson.lines, cells_by_item(lesson, exercises, solved=False), strict=True)
    return {cell.id: line for line, cells in by_item for cell in cells}


def cells_by_item(lesson: Lesson, exercises: dict[str, Exercise], solved: bool) -> Iterator[list[nbformat.NotebookNode]]:
    """The notebook's cells, those of each of `lesson.cells` together."""
    ids: set[str] = set()
    explained: set[str] = set()
    texts, number = {card.name: card.text for card in lesson.cards}, 0
    framed = _framed_prose(lesson)
    for at, item in enumerate(lesson.cells):
        if isinstance(item, Placement) and item.kind == "question":
            number += 1
            cells = [new_markdown_cell(_("**Question {number}.**", number=number) + f" {texts[item.name]}", id=item.mark)]
        elif isinstance(item, Placement):
            cells = list(_cells_of(item, exercises, solved, explained))
        else:
            make = new_code_cell if item.cell_type == "code" else new_markdown_cell
            cells = [make(framed.get(at, item.source), id=_stable_id(item, ids))]
        yield cells
        ids.update(c.id for c in cells)


def _framed_prose(lesson: Lesson) -> dict[int, str]:
    """The prose right above predictions and written answers, by its number among the lesson's cells, with its question framed."""
    frames, prose = {"predict": prediction_frame, "written": written_frame}, {}
    first = set(frames)
    for at, (above, item) in enumerate(pairwise(lesson.cells)):
        kind = item.kind if isinstance(item, Placement) else ""
        if kind in frames and not isinstance(above, Placement) and above.cell_type == "markdown":
            prose[at] = frames[kind](above.source, item.points, kind in first)
            first.discard(kind)
    return prose


def _stable_id(cell: nbformat.NotebookNode, taken: set[str]) -> str:
    """An id that depends on the text alone, so that a rebuilt lesson differs only where its source does."""
    base = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    number = next(i for i in range(1000) if f"{base}-{i}" not in taken)
    return f"{base}-{number}"


def _cells_of(
    p: Placement, exercises: dict[str, Exercise], solved: bool, explained: set[str]
) -> Iterator[nbformat.NotebookNode]:
    if p.kind == "exercise":
        exercise = exercises[p.name]
        yield new_markdown_cell(exercise_frame(exercise, explained), id=f"{p.name}-task")
        yield _answer_cell(exercise, solved)
        yield _check_cell(p.name, exercise.worth, solved)
    elif p.kind == "predict":
        choice = json.dumps(p.answer or p.options[0]) if solved else "None"
        choices = " or ".join(json.dumps(o) for o in p.options)
        how = _("click your choice below, or write {choices}", choices=choices)
        yield new_code_cell(f"{p.name} = {choice}  # {how}", id=f"{p.name}-prediction")
        yield _check_cell(p.name, p.points, solved, hidden=False)
    else:
        source = p.answer if solved else f"### BEGIN SOLUTION\n{p.answer}\n### END SOLUTION"
        meta = {} if solved else _nbgrader(p.name, grade=True, solution=True, points=p.points)
        yield new_markdown_cell(source, id=p.name, metadata=meta)


def _answer_cell(exercise: Exercise, solved: bool) -> nbformat.NotebookNode:
    head, body = exercise.stub_parts()
    if solved:
        return new_code_cell(f"{head}\n{body}", id=exercise.name)
    source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return new_code_cell(source, id=exercise.name, metadata=_nbgrader(exercise.name, solution=True))


def _check_cell(name: str, points: float, solved: bool, hidden: bool = True) -> nbformat.NotebookNode:
    score = ".score" if points else ""  # nbgrader stops at a score above the cell's points
    source = f'check("{name}"){score}'
    if hidden and not solved:
        source += f'\n### BEGIN HIDDEN TESTS\ncheck("{name}", hidden=True){score}\n### END HIDDEN TESTS'
    meta = {} if solved else _nbgrader(f"{name}-check", grade=True, locked=True, points=points)
    return new_code_cell(source, id=f"{name}-check", metadata=meta)


def _nbgrader(grade_id: str, grade=False, solution=False, locked=False, points: float | None = None) -> dict[str, Any]:
    meta = {"grade": grade, "grade_id": grade_id, "locked": locked, "schema_version": 3, "solution": solution, "task": False}
    return {"nbgrader": meta | ({"points": points} if points is not None else {})}
