"""What students wrote and printed, on an instructor's formgrader page and on a feedback page: shown, and never run.

For `c.HTMLExporter` in nbgrader's configuration. nbgrader's own pages put a student's Markdown in as it stands, script and all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Any

from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors.sanitize import SanitizeHTML

HTML_EXPORTER = {
    "preprocessors": ["autograder.grading.rubric.Rubric", "autograder.grading.harmless.HarmlessOutputs"],
    "filters": {"markdown2html": "autograder.grading.harmless.markdown2html"},
}
"""For `c.HTMLExporter`."""

MOST_MARKDOWN = 20_000
"""A longer text is shown as it stands: some take the Markdown reader minutes."""

OURS = "autograder_rubric"
"""In the metadata of a cell that is put in while a page is made: the address of all answers to that question. The cell is shown in a
box, which no text of a student's can draw."""

_BOX = "border:3px double #2a5db0;background:#eaf1fb;color:#1f2328;padding:.5em 1em;margin:1em 0"

_TEXT = ["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "b", "i", "del", "s", "sub", "sup", "mark", "small",
         "code", "pre", "kbd", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th",
         "td", "details", "summary", "a", "img", "span", "div"]  # fmt: skip
_STYLES = ["border", "border-left", "border-collapse", "caption-side", "color", "display", "flex-wrap", "font-family", "font-size",
           "font-weight", "gap", "margin", "max-width", "padding", "background", "cursor", "text-align", "text-decoration", "white-space"]  # fmt: skip
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_COLOURED = re.compile(r"highlight|[a-z]{1,3}[0-9]?")
"""Classes of highlighted code, and none by which a page could be made to look like another."""


_STYLED = re.compile(r"<(b|i|em|strong|s|small|code)\b[^>]*>", re.IGNORECASE)
"""Tags that stay open from one paragraph to the next: where their attributes differ, HTML opens all of them again in each."""


def _of_text(tag: str, name: str, value: str) -> bool:
    match tag, name:
        case "a", "href":
            return bool(_LINK.match(value))
        case "img", "src":
            return bool(_IMAGE.fullmatch(value))
        case "td" | "th", "style":
            return True
        case "div" | "span" | "pre", "class":
            return bool(_COLOURED.fullmatch(value))
    return (tag, name) in {("img", "alt"), ("a", "title"), ("img", "title"), ("ol", "start"), ("details", "open")}


def _of_output(tag: str, name: str, value: str) -> bool:
    """Students' outputs hold no HTML by then (`outputs.py`); what does is our checks' messages."""
    if name == "class" or (tag, name) == ("th", "scope"):
        return value in ("autograder", "row", "col") or _of_text(tag, name, value)
    return name == "style" or (name in ("colspan", "rowspan") and value.isdigit()) or _of_text(tag, name, value)


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of this name, cleaned."""
    cell = context.get("cell", {})
    if address := cell.get("metadata", {}).get(OURS):
        link = f'<p><a href="{escape(address)}" target="_blank">All answers to this question on one page</a></p>'
        return f'<div style="{_BOX}">{_html(source)}{link}</div>'
    attachments = cell.get("attachments")
    return _html(source) if not attachments else _rendered(source, attachments)


@lru_cache(maxsize=512)
def _html(source: str) -> str:
    """Most of it is the lesson's own text, the same for every student."""
    return _rendered(source, {})


def _rendered(source: str, attachments: dict[str, dict[str, str]]) -> str:
    try:
        if len(source) > MOST_MARKDOWN:
            raise ValueError("too long")
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True, attachments=attachments)
        html = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a missing attachment, lists in lists by the thousand
        html = _as_it_stands(source)
    protocols, css = {"http", "https", "mailto", "data"}, CSSSanitizer(["text-align"])
    return clean(_STYLED.sub(r"<\1>", html), _TEXT, _of_text, protocols, css_sanitizer=css)


def _as_it_stands(source: str) -> str:
    return f"<pre>{escape(source)}</pre>"


class HarmlessOutputs(SanitizeHTML):
    """nbconvert's SanitizeHTML, with what our checks use allowed. Markdown cells are left to `markdown2html`."""

    def __init__(self, **kwargs: Any):
        super().__init__(tags=_TEXT, attributes=_of_output, styles=_STYLES, **kwargs)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        for name in {"student", "first_name", "last_name"} & set(resources):  # the formgrader writes them as they stand
            resources[name] = resources[name] and escape(resources[name])
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        if cell.cell_type == "markdown":
            return cell, resources
        if cell.cell_type == "raw":
            cell.source = _as_it_stands(cell.source)
            return cell, resources
        return super().preprocess_cell(cell, resources, index)
