"""axe, on the parts of a page that are ours."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LESSON = [
    ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-RenderedMarkdown",
    ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output",
]
"""What a notebook in JupyterLab shows of ours: no menu, no editor."""


def serious(page: Page, ours: list[str]) -> list[str]:
    """What axe finds in these parts that is serious or critical, and headings out of order."""
    context = {"include": [[part] for part in ours if page.locator(part).count()]}
    assert context["include"]
    found = Axe().run(page, context).response["violations"]
    return [
        f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical") or v["id"] == "heading-order"
    ]


def sideways(page: Page) -> list[str]:
    """Outputs of the notebook in front that have to be scrolled sideways, but for text as it was printed."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output, .jp-OutputArea-output *')]
        .filter(e => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX) && !e.closest('pre'))
        .map(e => e.outerHTML.slice(0, 200))"""
    )
