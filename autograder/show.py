"""Lays out a description, as text for anywhere and as HTML for JupyterLab. Nothing is said by colour alone."""

from __future__ import annotations

from html import escape

from .describe import Description, Grid
from .words import _


def to_text(d: Description) -> str:
    mark = "✓" if d.passed else "✗"
    lines = [f"{mark} {d.headline}"]
    if d.sentence:
        lines += ["", d.sentence]
    if d.asked:
        lines += ["", _("The smallest input that goes wrong:"), f"  {d.asked}"]
    for grid in d.inputs + d.grids:
        lines += [f"  {grid.label}"] + ["    " + row for row in _text_rows(grid)]
    if any(flag for grid in d.grids for row in grid.wrong for flag in row):
        lines.append("  " + _("(≠ marks what differs)"))
    lines += [f"  {note}" for note in d.notes]
    if d.aspects:
        lines += ["", _("Points: {list}", list=", ".join(d.aspects))]
    if d.next_step:
        lines.append(_("For a hint, run {code}", code=d.next_step))
    return "\n".join(lines)


def _text_rows(grid: Grid) -> list[str]:
    cells = [[_marked(t, w) for t, w in _pairs(row, flags)] for row, flags in zip(grid.rows, grid.wrong, strict=True)]
    width = max((len(c) for row in cells for c in row), default=0)
    return ["[" + "  ".join(c.rjust(width) for c in row) + "]" for row in cells] if cells else ["[]"]


def _pairs(row: list[str], flags: list[bool]) -> list[tuple[str, bool]]:
    return list(zip(row, list(flags) + [False] * (len(row) - len(flags)), strict=True))


def _marked(text: str, wrong: bool) -> str:
    return f"≠{text}" if wrong else text


_BOX = (
    "border-left:4px solid {colour};padding:.5em .9em;margin:.3em 0;max-width:60em;"
    "font-family:var(--jp-content-font-family,sans-serif);color:var(--jp-content-font-color1,inherit)"
)
_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:.92em;white-space:pre-wrap"
_GOOD, _BAD = "#2a8f5c", "#c2571a"


def to_html(d: Description) -> str:
    box = _BOX.format(colour=_GOOD if d.passed else _BAD)
    if d.passed:
        return f'<div style="{box}">✓ {escape(d.headline)}</div>'
    parts = [f'<div style="{box}">', f"<strong>✗ {escape(d.headline)}</strong>"]
    parts.append(f'<p style="margin:.5em 0">{_code(d.sentence)}</p>')
    if d.asked:
        parts.append(f"<details open><summary>{escape(_('The smallest input that goes wrong'))}</summary>")
        parts.append(f'<p style="margin:.5em 0;{_CODE}">{escape(d.asked)}</p>')
        parts += [_tables(grids) for grids in (d.inputs, d.grids) if grids]
        if any(flag for grid in d.grids for row in grid.wrong for flag in row):
            parts.append(f'<p style="margin:.3em 0"><small>{escape(_("≠ marks what differs."))}</small></p>')
        parts += [f'<p style="margin:.3em 0;{_CODE}">{escape(note)}</p>' for note in d.notes]
        parts.append("</details>")
    foot = []
    if d.aspects:
        foot.append(escape(_("Points: {list}", list=", ".join(d.aspects))))
    if d.next_step:
        foot.append(_("For a hint, run {code}", code=f'<code style="{_CODE}">{escape(d.next_step)}</code>'))
    if foot:
        parts.append(f'<p style="margin:.5em 0 0"><small>{". ".join(foot)}.</small></p>')
    return "".join(parts) + "</div>"


def _code(text: str) -> str:
    """Escaped, with `backquoted` words as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces)) if len(pieces) % 2 else escape(text)


def _tables(grids: list[Grid]) -> str:
    return '<div style="display:flex;flex-wrap:wrap;gap:1.5em;margin:.4em 0">' + "".join(map(_table, grids)) + "</div>"


def _table(grid: Grid) -> str:
    rows = []
    for row, flags in zip(grid.rows, grid.wrong, strict=True):
        cells = []
        for text, wrong in _pairs(row, flags):
            style = "padding:.15em .6em;text-align:right;border:0;" + (
                "font-weight:bold;text-decoration:underline" if wrong else ""
            )
            cells.append(f'<td style="{style}">{escape(_marked(text, wrong))}</td>')
        rows.append("<tr>" + "".join(cells) + "</tr>")
    caption = f'<caption style="caption-side:top;text-align:left;padding:0 0 .2em;white-space:nowrap">{escape(grid.label)}</caption>'
    return f'<table style="{_CODE};border-collapse:collapse;margin:0">{caption}{"".join(rows)}</table>'


def lines_html(lines: list[str]) -> str:
    """A quiet box of lines, for hints and progress."""
    return f'<div style="{_BOX.format(colour="#6b7a8f")}">' + "<br>".join(_code(line) for line in lines) + "</div>"
