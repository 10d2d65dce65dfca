"""Lays out a description, as text for anywhere and as HTML for notebooks and feedback pages.

Nothing is said by colour alone, and nothing needs a kernel or a script. A notebook that JupyterLab does not trust loses some
of the styles: the order, the tables and what is folded carry the message without them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from .description import Description, Grid
from .translate import _


def to_text(d: Description) -> str:
    lines = [f"{_mark(d)} {d.headline}"]
    if d.sentence:
        lines += ["", d.sentence]
    if d.asked:
        lines += ["", _("The smallest input that goes wrong:"), f"  {d.asked}"]
    for grid in d.inputs + d.grids:
        lines += [f"  {grid.label}"] + ["    " + row for row in _text_rows(grid)]
    if _differs(d):
        lines.append("  " + _("(≠ marks what differs)"))
    lines += ["  " + note.replace("\n", "\n    ") for note in d.notes]
    if d.aspects:
        lines += ["", _("Points: {list}", list=", ".join(d.aspects))]
    if d.next_step:
        lines.append(_("For a hint, run {code}", code=d.next_step))
    return "\n".join(lines)


def _mark(d: Description) -> str:
    return "✓" if d.passed else "·" if d.open else "✗"


def _text_rows(grid: Grid) -> list[str]:
    cells = [[_marked(t, w) for t, w in _pairs(row, flags)] for row, flags in zip(grid.rows, grid.wrong, strict=True)]
    width = max((len(c) for row in cells for c in row), default=0)
    return ["[" + "  ".join(c.rjust(width) for c in row) + "]" for row in cells] if cells else ["[]"]


def _pairs(row: list[str], flags: list[bool]) -> list[tuple[str, bool]]:
    return list(zip(row, list(flags) + [False] * (len(row) - len(flags)), strict=True))


def _marked(text: str, wrong: bool) -> str:
    return f"≠{text}" if wrong else text


def _differs(d: Description) -> bool:
    return any(flag for grid in d.grids for row in grid.wrong for flag in row)


_BOX = (
    "padding:.5em .9em;margin:.3em 0;max-width:60em;"
    "font-family:var(--jp-content-font-family,sans-serif);color:var(--jp-content-font-color1,inherit)"
)
_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:.92em;white-space:pre-wrap"
_CAPTION = "caption-side:top;text-align:left;padding:0 0 .2em;white-space:nowrap;color:inherit"
_MARK = "background:#ffe08a;color:#1f2328;font-weight:bold;padding:0 .25em"
_GOOD, _BAD, _QUIET = "#2a8f5c", "#c2571a", "#6b7a8f"


def to_html(d: Description) -> str:
    head = f"{_mark(d)} {escape(d.headline)}"
    if d.passed:
        return _box(_GOOD, f"{head}. {_code(d.sentence)}" if d.sentence else head)
    parts = [_paragraph(f"<strong>{head}</strong>"), _paragraph(_code(d.sentence))]
    if d.asked:
        parts.append(_folded(_("The smallest input that goes wrong"), example_html(d), unfolded=not d.named))
    if d.aspects:
        parts.append(_paragraph(f"<small>{escape(_('Points: {list}', list=', '.join(d.aspects)))}</small>"))
    return _box(_QUIET if d.open else _BAD, "".join(parts) + _hints(d.hints))


def _box(colour: str, inner: str) -> str:
    return f'<div class="autograder" style="border-left:4px solid {colour};{_BOX}">{inner}</div>'


def example_html(d: Description) -> str:
    """The call that goes wrong, with what went in, what came back and what was expected."""
    parts = [_paragraph(escape(d.asked), _CODE)]
    parts += [_tables(grids) for grids in (d.inputs, d.grids) if grids]
    if _differs(d):
        parts.append(_paragraph(f"<small>{escape(_('≠ marks what differs.'))}</small>"))
    return "".join(parts + [_paragraph(escape(note), _CODE) for note in d.notes])


def _hints(hints: Sequence[str]) -> str:
    """One hint behind a click, and the next one inside it."""
    inner = ""
    for number, hint in reversed(list(enumerate(hints, 1))):
        label = _("Hint {number} of {all}", number=number, all=len(hints))
        inner = _folded(label, _paragraph(_code(hint)) + inner)
    return inner


def _folded(label: str, inner: str, unfolded: bool = False) -> str:
    """What a click shows. As a list item, since nbgrader's pages would take the triangle away that says so."""
    start = f'<details{" open" * unfolded} style="margin:.4em 0">'
    return f'{start}<summary style="cursor:pointer;display:list-item">{escape(label)}</summary>{inner}</details>'


def _paragraph(inner: str, style: str = "") -> str:
    return f'<p style="margin:.4em 0;{style}">{inner}</p>'


def _code(text: str) -> str:
    """Escaped, with `backquoted` words as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces)) if len(pieces) % 2 else escape(text)


def _tables(grids: list[Grid]) -> str:
    return '<div style="display:flex;flex-wrap:wrap;gap:.6em 1.8em;margin:.4em 0">' + "".join(map(_table, grids)) + "</div>"


def _table(grid: Grid) -> str:
    """A table with its label as caption; the places of its entries, counted as Python counts, head columns and rows."""
    rows = []
    if grid.dims:
        places = [str(j) if j < len(grid.wrong[0]) else "…" for j in range(len(grid.rows[0]))] if grid.rows else []
        rows.append("<td></td>" * (grid.dims > 1) + "".join(_head(place, "col") for place in places))
    for i, (row, flags) in enumerate(zip(grid.rows, grid.wrong, strict=True)):
        entries = "".join(_entry(text, wrong) for text, wrong in _pairs(row, flags))
        rows.append((_head(str(i), "row") if grid.dims > 1 else "") + entries)
    caption = f'<caption style="{_CAPTION}">{escape(grid.label)}</caption>'
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table style="{_CODE};border-collapse:collapse;margin:0">{caption}{body}</table>'


def _head(place: str, scope: str) -> str:
    style = "padding:.1em .6em;text-align:right;border:0;font-weight:normal;font-style:italic;font-size:.85em"
    return f'<th scope="{scope}" style="{style}">{place}</th>'


def _entry(text: str, wrong: bool) -> str:
    inner = f'<mark style="{_MARK}">{escape(_marked(text, wrong))}</mark>' if wrong else escape(text)
    return f'<td style="padding:.15em .6em;text-align:right;border:0">{inner}</td>'


def lines_html(lines: list[str], links: Mapping[str, str] = MappingProxyType({})) -> str:
    """A quiet box of lines, for hints and progress. `links` says which words in them lead where."""
    return _box(_QUIET, "<br>".join(_linked(_code(line), links) for line in lines))


def _linked(line: str, links: Mapping[str, str]) -> str:
    """The line of HTML with its words linked, in one pass: an address may hold words, too."""
    anchors = {escape(words): _anchor(words, address) for words, address in links.items()}
    words = "|".join(re.escape(w) for w in sorted(anchors, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda match: anchors[match[0]], line) if anchors else line


def _anchor(words: str, address: str) -> str:
    """A link. What is no notebook is downloaded: JupyterLab would try to open it."""
    download = "" if address.partition("#")[0].endswith(".ipynb") else " download"
    return f'<a href="{escape(address)}"{download}>{escape(words)}</a>'
