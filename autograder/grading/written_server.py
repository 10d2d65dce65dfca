"""Pages of the formgrader's server on which one written question is graded across the class: at /written.

A Jupyter server extension, which `jupyter_server_config.d/autograder.json` turns on as nbgrader's own file does the formgrader.
Pages read the gradebook; what is typed there is saved by the formgrader's own API (/formgrader/api), so both always agree.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader.base import BaseHandler, check_notebook_dir, check_xsrf
from sqlalchemy.exc import SQLAlchemyError
from tornado.web import authenticated

from ..coursedir.folders import CourseDir, CourseError
from ..report.marks import find_gradebook
from ..report.page import render
from .rubric import Rubric
from .written import Mark, Question, Text, marks_of, questions, text_in

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Content-Security-Policy: script and style of the page's own carry a word made for this one time, and no others count. Attributes
with a style are the Markdown reader's, which aligns columns by them."""


def page(method: Callable[..., None]) -> Callable[..., None]:
    """A page for whom the formgrader's are for. What is not as expected is a sentence on it."""

    @wraps(method)
    def guarded(self: Written, *words: str) -> None:
        try:
            method(self, *words)
        except CourseError as problem:
            self.refuse(404, str(problem))
        except SQLAlchemyError as error:
            why = getattr(error, "orig", None) or type(error).__name__
            self.refuse(503, f"The gradebook cannot be read now ({why}). Where another program writes to it, wait for that to "
                             "end, and load this page again.")  # fmt: skip

    return authenticated(check_xsrf(check_notebook_dir(guarded)))


class Written(BaseHandler):
    """What the pages share."""

    @cached_property
    def nonce(self) -> str:
        return secrets.token_urlsafe(16)

    @property
    def content_security_policy(self) -> str:
        return POLICY.format(nonce=self.nonce)

    @cached_property
    def questions(self) -> list[Question]:
        course = Rubric(config=self.settings["nbgrader_formgrader"].config).course
        return questions(CourseDir(Path(course or self.coursedir.root)))

    def question(self, lesson: str, name: str) -> Question:
        """Raises CourseError where there is none of this name."""
        for question in self.questions:
            if (question.lesson, question.name) == (lesson, name):
                return question
        raise CourseError(
            f"No released lesson is called {lesson} and asks a written question {name}. Choose one that is there:"
        )

    def marks(self, question: Question) -> list[Mark]:
        """Raises CourseError where there is no gradebook: nbgrader would make one."""
        find_gradebook(Path(self.coursedir.root))
        self.gradebook.db.rollback()  # a write that failed would make every later one fail
        return marks_of(self.gradebook.db, question)

    def lay_out(self, template: str, **values: Any) -> None:
        self.write(render(template, base=self.base_url, nonce=self.nonce, xsrf=self.xsrf_token.decode(), **values))

    def refuse(self, status: int, problem: str) -> None:
        self.set_status(status)
        self.lay_out("written_index.html.j2", problem=problem, rows=[])


class Index(Written):
    """All written questions, with how many answers are to do."""

    @page
    def get(self) -> None:
        rows = [(q, Counter(mark.state for mark in self.marks(q))) for q in self.questions]
        self.lay_out("written_index.html.j2", problem="", rows=rows)


class OneQuestion(Written):
    """A question with its rubric, and all answers to it."""

    @page
    def get(self, lesson: str, name: str) -> None:
        question = self.question(lesson, name)
        answers = [(mark, text_in(self.notebook(mark, lesson), question)) for mark in self.marks(question)]
        self.lay_out("written.html.j2", question=question, cards=list(alike_together(answers)))

    def notebook(self, mark: Mark, lesson: str) -> Path:
        folder = self.coursedir.format_path(self.coursedir.autograded_directory, mark.student, lesson)
        return Path(folder) / f"{lesson}.ipynb"


def alike_together(answers: list[tuple[Mark, Text | None]]) -> Iterator[tuple[Mark, Text | None, bool]]:
    """The answers with those of one wording in a row, and of each whether the one before it reads the same."""
    by_wording: dict[Text | None, list[Mark]] = {}
    for mark, text in answers:
        by_wording.setdefault(text, []).append(mark)
    for text, marks in by_wording.items():
        yield from ((mark, text, i > 0 and text is not None) for i, mark in enumerate(marks))


class Marks(Written):
    """What the gradebook holds for a question, for the page of it."""

    @page
    def get(self, lesson: str, name: str) -> None:
        self.finish({"marks": [asdict(mark) for mark in self.marks(self.question(lesson, name))]})

    def refuse(self, status: int, problem: str) -> None:
        self.set_status(status)
        self.finish(json.dumps({"problem": problem}))


HANDLERS = [
    (r"/written/?", Index),
    (r"/written/([^/]+)/([^/]+)/?", OneQuestion),
    (r"/written/([^/]+)/([^/]+)/marks", Marks),
]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*$", [(url_path_join(base, address), handler) for address, handler in HANDLERS])
