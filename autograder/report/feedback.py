"""A student's feedback page: what was right, what was not and on which input it shows, and what to read again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from ..coursedir.cells import graded_name
from ..messages.render import to_html
from ..messages.translate import _
from .marks import NO_MARKS, Mark, Marks
from .mistakes import BLANK
from .page import render
from .people import Person
from .record import Record, Result
from .sections import Lesson, Section

PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/\s]*={0,2}\s*")
"""A PNG image in base64."""


@dataclass(frozen=True)
class Output:
    """One output of a cell: "text", "error" or "png"."""

    kind: str
    content: str
    alt: str = ""


@dataclass(frozen=True)
class Work:
    """A cell of the student's: its source, and what came out."""

    source: str = ""
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True)
class Card:
    """One graded cell, as the page shows it at `anchor`, with its `messages` as HTML. `score` is None while a person has to
    grade it."""

    anchor: str
    result: Result
    score: float | None
    mark: Mark
    work: Work = field(default_factory=Work)
    section: Section | None = None
    messages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.result.name

    @property
    def right(self) -> bool:
        return self.result.right(self.score)

    @property
    def blank(self) -> bool:
        return self.result.kind in BLANK and not self.score

    @property
    def unseen(self) -> bool:
        """Whether the notebook's own check passes, and the grader's inputs find a mistake."""
        return not self.right and any(d.passed for d in self.result.descriptions)

    @property
    def in_short(self) -> str:
        """What came of it, in a few words."""
        if self.score is None:
            return _("not graded yet")
        if self.result.what == "prediction":
            return _("made") if self.right else _("not made")
        if self.result.what == "written":
            return _("graded")
        if self.right:
            return _("right")
        if self.blank:
            return _("not written yet")
        return _("partly right") if self.score else _("not right yet")

    @property
    def choice(self) -> str:
        """What a prediction says, without the choices there were."""
        return self.work.source.partition("#")[0].strip()

    @property
    def carried(self) -> str:
        """What was done so that earlier mistakes do not count here."""
        names = ", ".join(f"`{name}`" for name in self.result.carried)
        if not names or self.blank:
            return ""
        if self.right:
            return _("Your `{name}` is right. It was checked with a correct {names}, in the place of yours.",
                     name=self.name, names=names)  # fmt: skip
        return _("It was checked with a correct {names}, in the place of yours. So what is wrong here is wrong in `{name}` itself.",
                 name=self.name, names=names)  # fmt: skip


def feedback_page(
    record: Record,
    cells: list[NotebookNode],
    marks: Marks | None = None,
    lesson: Lesson | None = None,
    person: Person | None = None,
) -> str:
    """One HTML file that needs nothing else, for `person`, or else whom the record names. `cells` are the submission's, executed; of graded cells, outputs and tests are
    left out, for they may come from hidden inputs: what is said of those is in the record."""
    marks = marks or NO_MARKS
    sections = lesson.sections if lesson else {}
    work, others = _work(cells, lesson.texts if lesson else frozenset())
    cards = [
        Card(
            f"cell-{i}", r, marks.score(r), marks.of(r), work.get(r.name, Work()), sections.get(r.name), _messages(r, cells)
        )
        for i, r in enumerate(record.results, 1)
    ]
    exercises = [c for c in cards if c.result.what not in ("prediction", "written")]
    wrong = [c for c in exercises if not c.right]
    return render(
        "feedback.html.j2",
        record=record,
        person=person or Person(record.student),
        title=lesson.title if lesson else record.assignment,
        marks=marks,
        score=marks.total(record),
        waiting=sum(c.result.points for c in cards if c.score is None),
        cards=cards,
        wrong=[c for c in wrong if not c.blank],
        blank=[c for c in wrong if c.blank],
        right=[c for c in exercises if c.right],
        written=[c for c in cards if c.result.what == "written"],
        predictions=[c for c in cards if c.result.what == "prediction"],
        others=others,
        read=list(dict.fromkeys(c.section for c in wrong if c.section)),
    )


def _messages(result: Result, cells: list[NotebookNode]) -> tuple[str, ...]:
    """What the student is told, as HTML. Of a record from before it held descriptions, as the executed notebook has it."""
    if result.descriptions:
        return tuple(map(to_html, result.descriptions))
    outputs = (o for c in cells if graded_name(c) == result.name for o in c.get("outputs", []))
    return tuple(str(o.data["text/html"]) for o in outputs if "autograder" in o.get("metadata", {}))


# -- the student's own cells ---------------------------------------------------------------------------------------------


def _work(cells: list[NotebookNode], released: frozenset[str]) -> tuple[dict[str, Work], list[Work]]:
    """What was written for each graded cell, by its name; and what other cells hold that the release does not, or show."""
    works: dict[str, Work] = {}
    others: list[Work] = []
    for cell in cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            works[graded_name(cell) or str(meta.get("grade_id"))] = Work() if cell.source in released else _one(cell)
        elif meta.get("grade"):
            name = graded_name(cell)
            if name not in works and others and f"{name} =" in others[-1].source:
                works[name] = others.pop()  # a prediction is made in the cell above its check
        elif cell.cell_type == "code" and not meta:
            one = _one(cell)
            if one.outputs or (one.source.strip() and cell.source not in released):
                others.append(one)
    return works, others


def _one(cell: NotebookNode) -> Work:
    return Work(cell.source, tuple(o for output in cell.get("outputs", []) for o in _outputs(output)))


def _outputs(output: NotebookNode) -> Iterator[Output]:
    if output.output_type == "stream":
        yield Output("text", str(output.text))
    elif output.output_type == "error":
        yield Output("error", f"{output.ename}: {output.evalue}")
    else:
        data = output.get("data", {})
        text = str(data.get("text/plain", ""))
        png = data.get("image/png")
        if isinstance(png, str) and PNG.fullmatch(png):
            yield Output("png", png, "" if text.startswith("<") else text)
        elif text:
            yield Output("text", text)
