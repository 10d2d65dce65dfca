"""Lays data out as one self-contained HTML file: templates that escape whatever they are given."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..messages.render import example_html
from ..messages.translate import _
from .people import Person
from .text import code_html, lesson_html, plain_html, student_html


def render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(_=_, **values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "code": lambda source: Markup(code_html(source)),
        "plain": lambda text: Markup(plain_html(text)),
        "lesson": lambda source: Markup(lesson_html(source)),
        "markdown": lambda source: Markup(student_html(source)),
        "words": words_html,
        "name": name_html,
        "who": who_html,
        "task": task_html,
        "short": lambda title: title.partition(": ")[0],
        "sentence": lambda clause: clause if clause.endswith((".", "?", "!")) else f"{clause}.",
        "example": lambda description: Markup(example_html(description)),
        "number": number,
        "two": lambda value: f"{value:.2f}".replace("-0.00", "0.00"),
    }
    return environment


def words_html(text: str) -> Markup:
    """A sentence of ours, with `backquoted` words as code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def name_html(name: str) -> Markup:
    """A name of an exercise, which may break after each underscore."""
    return Markup(str(escape(name)).replace("_", "_<wbr>"))


def task_html(name: str, with_id: bool = False) -> Markup:
    """A name of an exercise in words: "raw scores" for raw_scores, which follows where asked for and where it is another."""
    text = words_of(name)
    return Markup(f"{escape(text)} <code>{name_html(name)}</code>" if with_id and text != name else escape(text))


def words_of(name: str) -> str:
    """What people say for a name of an exercise."""
    return name.replace("_", " ").strip() or name


def who_html(person: Person) -> Markup:
    """A student's name; where another has the same, with the id."""
    return Markup("<bdi>{}</bdi>{}").format(
        person.name, Markup(" <small>{}</small>").format(person.id) if person.namesake else ""
    )


def number(value: float) -> str:
    """At most two decimals, and none that says nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value == value else "?"
