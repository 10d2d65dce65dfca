"""Text to HTML: code, Markdown of ours and of students. What a student wrote is escaped, whatever it is."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ..messages.translate import _
from .formulas import formula_html

MOST = 20_000
"""Characters of one piece of a student's text that are laid out; there is a note where the rest was cut."""

_ELSEWHERE = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_LEXER, _FORMATTER = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


@lru_cache(maxsize=512)  # stubs, right answers and demos are the same for many
def code_html(source: str) -> str:
    beginning, note = _cut(source)
    return f'<pre class="code"><code>{highlight(beginning, _LEXER, _FORMATTER)}</code></pre>{note}'


def plain_html(text: str) -> str:
    beginning, note = _cut(text)
    return f'<pre class="out">{escape(beginning)}</pre>{note}'


def student_html(source: str) -> str:
    """A written answer or comment: Markdown without HTML, without pictures (they would be loaded), headings as bold text, and
    formulas as MathML."""
    beginning, note = _cut(source)
    return _student().render(beginning) + note


def lesson_html(source: str) -> str:
    """Text of a lesson, which is ours: with its HTML, and formulas as MathML."""
    return _lesson().render(source)


def _cut(text: str) -> tuple[str, str]:
    """The text as far as it is laid out, and a note on what is left out."""
    more = len(text) - MOST
    if more <= 0:
        return text, ""
    return text[:MOST], f'<p class="quiet small">{_("{more} more characters are not shown.", more=more)}</p>'


@lru_cache(maxsize=1)
def _student() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.use(dollarmath_plugin, allow_labels=False, allow_blank_lines=False, double_inline=True, renderer=_mathml)
    reader.core.ruler.push("tame", _tame)
    return reader


@lru_cache(maxsize=1)
def _lesson() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin, renderer=_mathml)
    reader.core.ruler.push("demote", _demote)
    return reader


def _mathml(formula: str, options: dict) -> str:
    return formula_html(formula, options["display_mode"])


def _demote(state: StateCore) -> None:
    """Headings of a lesson are no part of the page's outline."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
            if token.type == "heading_open":
                token.attrs["class"] = "heading"


def _tame(state: StateCore) -> None:
    _demote(state)
    for token in state.tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrs["rel"] = "noopener noreferrer nofollow"
                if not _ELSEWHERE.match(str(child.attrs["href"])):  # it would be a page of the server that this page is on
                    del child.attrs["href"]
