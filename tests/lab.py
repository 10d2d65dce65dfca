"""Drives a real JupyterLab in headless Chromium, for tests and for screenshots."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from autograder.desk.lab import ENVIRONMENT, write_config
from autograder.desk.start import write_start
from autograder.desk.update import copy_release

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-quic"]  # fmt: skip


@contextlib.contextmanager
def open_notebook(released: Path, folder: Path, notebook: str = "", dark: bool = False) -> Iterator[Notebook]:
    """JupyterLab on a student's copy of `released` in `folder`, with `notebook` (a path below it) open, or what opens by itself."""
    copy_release(released, folder)
    write_start(folder)
    with _server(folder) as url, sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="dark" if dark else "light")
        page.goto(f"{url}/lab/tree/{notebook}" if notebook else url)
        opened = Notebook(page)
        opened.wait()
        if dark:
            page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
            page.wait_for_timeout(2000)
        yield opened
        browser.close()


class Notebook:
    """The open notebook."""

    def __init__(self, page: Page):
        self.page = page

    def wait(self) -> None:
        """Waits for the notebook and its kernel."""
        self.page.wait_for_selector(".jp-Notebook:visible .jp-Cell", timeout=60_000)
        self.page.wait_for_function("window.jupyterapp.shell.currentWidget?.sessionContext?.isReady", timeout=60_000)

    def go_to(self, notebook: str) -> None:
        """Opens another notebook, or shows it where it is open."""
        self.page.evaluate("path => { window.jupyterapp.commands.execute('docmanager:open', {path}) }", notebook)
        self.page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=notebook, timeout=60_000
        )
        self.page.evaluate("window.jupyterapp.shell.activateById(window.jupyterapp.shell.currentWidget.id)")
        self.wait()
        self._wait_idle(60)

    def save(self) -> None:
        self.page.evaluate("() => { window.jupyterapp.commands.execute('docmanager:save') }")
        self.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=20_000)

    def run(self, cell: str, source: str = "", timeout: float = 60) -> None:
        """Runs the cell with this id, with `source` in it where one is given."""
        self.page.evaluate(
            """([id, source]) => { const nb = window.jupyterapp.shell.currentWidget.content;
            nb.activeCellIndex = nb.widgets.findIndex(w => w.model.id === id);
            if (source) nb.activeCell.model.sharedModel.setSource(source);
            window.jupyterapp.commands.execute('notebook:run-cell') }""",
            [cell, source],
        )
        self._wait_idle(timeout)

    def run_all(self, timeout: float = 120) -> None:
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self._wait_idle(timeout)

    def fill_in(self, name: str, source: str) -> None:
        """Types `source` into the cell of the exercise `name`, as a student would, and runs it and its check."""
        self.page.evaluate(
            """name => { const nb = window.jupyterapp.shell.currentWidget.content;
            nb.activeCellIndex = nb.widgets.findIndex(w => w.model.id === name); nb.scrollToCell(nb.activeCell);
            nb.mode = 'edit'; }""",
            name,
        )
        editor = self.page.locator(".jp-Cell.jp-mod-active .cm-content")
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(source)
        for _ in range(2):
            self.page.keyboard.press("Shift+Enter")
        self._wait_idle(60)

    def output(self, cell: str):
        """Playwright's locator of what the cell with this id shows; scrolled into view."""
        index = self.page.evaluate(
            """id => { const nb = window.jupyterapp.shell.currentWidget.content;
            const i = nb.widgets.findIndex(w => w.model.id === id); nb.scrollToItem(i); return i }""",
            cell,
        )
        self.page.wait_for_timeout(400)
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"] .jp-Cell-outputArea')

    def outputs(self) -> list[dict]:
        """Every output of the notebook, as nbformat has it, with its cell's id."""
        return self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap(
            w => (w.model.sharedModel.toJSON().outputs ?? []).map(o => ({cell: w.model.id, ...o})))"""
        )

    def _wait_idle(self, timeout: float) -> None:
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            """() => { const w = window.jupyterapp.shell.currentWidget;
            return w.sessionContext.session.kernel.status === 'idle' &&
              w.content.widgets.every(c => !c.model.executionState || c.model.executionState === 'idle') }""",
            timeout=timeout * 1000,
        )
        self.page.wait_for_timeout(500)


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    words = [f"--config={write_config(folder)}", "--LabApp.expose_app_in_browser=True"]
    own = {"JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces")}
    with (
        (folder / ".jupyter" / "server.log").open("w") as log,
        serve(words, "api/status", log, env=os.environ | ENVIRONMENT | own) as url,
    ):
        yield url


@contextlib.contextmanager
def serve(words: list[str], answers: str, log: Any = subprocess.DEVNULL, **how: Any) -> Iterator[str]:
    """JupyterLab, started with these words and ended again; its address, as soon as the page `answers` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token=", *words]
    server = subprocess.Popen(command, stdout=log, stderr=log, **how)
    try:
        for _ in range(160):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/{answers}", timeout=5).read()
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
