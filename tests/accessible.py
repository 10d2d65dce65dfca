"""axe, on the parts of a page that are ours."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def serious(page: Page, ours: list[str]) -> list[str]:
    """What axe finds in these parts that is serious or critical. A slider's handle is ipywidgets' own, which gives it no name."""
    context = {"include": [[part] for part in ours if page.locator(part).count()], "exclude": [[".noUi-handle"]]}
    assert context["include"]
    found = Axe().run(page, context).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]
