"""Nothing that a student wrote or printed runs where an instructor grades, or where feedback is read."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.grading import harmless
from autograder.grading.harmless import HTML_EXPORTER, MOST_MARKDOWN, OURS, markdown2html
from autograder.nbgrader_api import gradebook_url

from .conftest import SETTINGS

LESSON = "04_softmax"
PWN = "window.__pwned=1;alert(1)"
B64 = base64.b64encode(f"<script>{PWN}</script>".encode()).decode()
MARKDOWN = {
    "script": f"<script>{PWN}</script>",
    "script_in_text": f"a <script>{PWN}</script> b",
    "script_in_a_table": f"| a |\n|---|\n| <script>{PWN}</script> |",
    "image_that_fails": f'<img src="x" onerror="{PWN}">',
    "image_broken_over_lines": f'<img\nsrc=x\nonerror\n=\n"{PWN}">',
    "unclosed_tag": f'<img src=x onerror="{PWN}" ',
    "svg": f'<svg onload="{PWN}"><script>{PWN}</script></svg>',
    "math": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={PWN}&gt;">',
    "frame": f'<iframe srcdoc="<script>parent.{PWN}</script>"></iframe>',
    "frame_of_javascript": f'<iframe src="javascript:parent.{PWN}"></iframe>',
    "object": f'<object data="data:text/html;base64,{B64}"></object><embed src="javascript:{PWN}">',
    "link": f"[click](javascript:{PWN})",
    "link_in_pieces": f"[click](JaVa\tScRiPt:{PWN}) <a href=\"&#106;avascript:{PWN}\">click</a> <javascript:{PWN}>",
    "link_to_data": f"[click](data:text/html;base64,{B64})",
    "reference": f"[click][1]\n\n[1]: javascript:{PWN}",
    "image_of_javascript": f"![x](javascript:{PWN}) ![x](data:image/svg+xml;base64,{B64})",
    "title": f'[x](http://a "\\" onmouseover=\\"{PWN}")',
    "style": "<style>.score { display: none } @import 'http://evil/x.css';</style>",
    "style_attribute": '<div style="position:fixed;top:0;left:0;width:100%;height:100%;background:white">10 / 10</div>',
    "form": f'<form action="javascript:{PWN}"><input autofocus onfocus="{PWN}"><button>x</button></form>',
    "base": '<base href="http://evil/"><meta http-equiv="refresh" content="0;url=http://evil/"><link rel=stylesheet href=//evil>',
    "details": f'<details open ontoggle="{PWN}"><summary>x</summary></details>',
    "cannot_be_closed": f"</div></div></div></body><script>{PWN}</script>",
    "code": f"```html\n<script>{PWN}</script>\n```\n\n```mermaid\nclick A \"javascript:{PWN}\"\n```",
    "code_language": f'```"><script>{PWN}</script>\nx\n```',
    "math_script": f"$</script><script>{PWN}</script>$ $$\\href{{javascript:{PWN}}}{{x}}$$",
    "comment": f"<!--[if IE]><script>{PWN}</script><![endif]--> <![CDATA[<script>{PWN}</script>]]>",
    "template": f"<template><script>{PWN}</script></template><noscript><p title=\"</noscript><script>{PWN}</script>\">",
    "missing_attachment": "![x](attachment:x.png)",
    "id": '<a id="softmax-check" name="score">x</a><input class="score" id="softmax">',
    "remote_image": "![x](http://evil/who-opened-this.png) <img src=//evil/x srcset='http://evil/x 2x'>",
}  # fmt: skip
SAFE_TAGS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "input",
    "button",
    "base",
    "meta",
    "link",
}


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_is_shown_and_not_run(name):
    page = BeautifulSoup(markdown2html({"cell": {}}, MARKDOWN[name]), "html.parser")
    assert not [tag for tag in page.find_all() if tag.name in SAFE_TAGS]
    for tag in page.find_all():
        assert not {a for a in tag.attrs if a.startswith("on") or a in ("id", "name", "srcdoc", "srcset", "action")}
        assert not (tag.name != "td" and "style" in tag.attrs)
        assert tag.attrs.get("href", "#").startswith(("http", "mailto:", "#"))
        assert tag.attrs.get("src", "data:image/png").startswith("data:image/png")


def test_ordinary_markdown_looks_as_it_did():
    text = "# A\n\nWhy *a* **b** `c < d`, $a<b$ and\n\n$$x_1 < y_2$$\n\n> quoted\n\n- [x](https://a.b/c?d=e&f)\n\n| a |\n|--:|\n| 1 |"
    page = BeautifulSoup(markdown2html({"cell": {}}, text), "html.parser")
    assert {t.name for t in page.find_all()} >= {"h1", "em", "strong", "code", "blockquote", "li", "a", "table", "td"}
    assert "$a<b$" in page.text
    assert "$$x_1 < y_2$$" in page.text
    assert page.find("a")["href"] == "https://a.b/c?d=e&f"
    assert "text-align" in page.find("td")["style"]


def test_a_picture_pasted_into_an_answer_is_shown():
    shown = markdown2html({"cell": {"attachments": {"a.png": {"image/png": "AAAA"}}}}, "![x](attachment:a.png)")
    assert 'src="data:image/png;base64,AAAA"' in shown


@pytest.mark.parametrize("source", ["[" * 50_000, "> " * 20_000, "*a" * 25_000, "x" * 10**6, "<!--" * 10_000, "|a" * 20_000])
def test_no_text_takes_long(source):
    start = time.process_time()
    markdown2html({"cell": {}}, source)
    assert time.process_time() - start < 5


OPEN = {
    "attributes that differ": lambda n: "".join(f"<b title=t{i}><p>x" for i in range(n)),
    "case, slashes and quotes": lambda n: "".join(f"<CODE/x='{i}'><p>x<Em\ny=\">{i}\"><p>x" for i in range(n)),
    "every kind": lambda n: "<b><i><em><strong><s><small><code><p>x" * n,
    "links": lambda n: "".join(f"<a title={i}><p>x" for i in range(n)),
    "in a table": lambda n: "<table>" + "".join(f"<small class={i}><tr>x" for i in range(n)),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_text_grows_by_a_factor_when_it_is_cleaned_and_not_with_its_square(name):
    long, longer = (OPEN[name](n) for n in (200, 400))
    shown, more = (markdown2html({"cell": {}}, source) for source in (long, longer))
    assert len(longer) < MOST_MARKDOWN
    assert len(more) < 2.5 * len(shown)
    assert len(more) < 25 * len(longer)


def test_what_a_student_writes_cannot_look_like_the_rubric():
    box = "<div style='border:3px double #2a5db0;background:#eaf1fb'>"
    ours = markdown2html({"cell": {"metadata": {OURS: "/written/04_softmax/cooler"}}}, "full marks")
    theirs = markdown2html({"cell": {"metadata": {}}}, f"{box}full marks</div>\n\n> **For you who grade**")
    assert "border" in ours
    assert "border" not in theirs


def hostile_cells():
    """What gets into an autograded notebook where the sandbox is not used: any output at all."""
    html, script = f"<script>{PWN}</script><img src=x onerror='{PWN}'>", {"application/javascript": PWN}
    outputs = [
        new_output("display_data", data={"text/html": html, "text/plain": html}),
        new_output("display_data", data={"text/html": html}, metadata={"text/html": {"isolated": True}}),
        new_output("display_data", data=script | {"text/plain": "x"}),
        new_output("display_data", data={"image/svg+xml": f"<svg onload='{PWN}'></svg>", "text/plain": "x"}),
        new_output("display_data", data={"text/markdown": html}),
        new_output("display_data", data={"text/latex": f"$\\href{{javascript:{PWN}}}{{x}}$</script>{html}"}),
        new_output("display_data", data={"image/png": f'"><script>{PWN}</script>'}),
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": html}}),
        new_output("stream", name="stdout", text=html + f"\x1b[31m{html}\x1b]8;;javascript:{PWN}\x07x\x1b]8;;\x07"),
        new_output("error", ename=html, evalue=html, traceback=[html, f"\x1b[1m{html}"]),
    ]
    return [
        *(new_markdown_cell(text) for name, text in MARKDOWN.items() if name not in ("missing_attachment", "base")),
        new_raw_cell(f"<script>{PWN}</script>"),
        new_code_cell(f"'''</pre><script>{PWN}</script>'''", outputs=outputs),
    ]


def what_ran(browser, url, click=True):
    """Scripts of the student's that ran when this page was opened, and its links clicked."""
    page = browser.new_page()
    seen = []
    page.on("dialog", lambda dialog: (seen.append("dialog"), dialog.dismiss()))
    page.on("request", lambda request: seen.append(request.url) if "evil" in request.url else None)
    page.route("https://**/*", lambda route: route.abort())  # MathJax, jQuery: not here
    page.goto(url, wait_until="load")
    page.wait_for_timeout(1500)
    for link in page.locator("#notebook-container a:text-is('click')").all() if click else []:
        link.click(timeout=2000, no_wait_after=True)
        page.wait_for_timeout(50)
    if page.evaluate("window.__pwned === 1"):
        seen.append("pwned")
    page.close()
    return seen


@pytest.mark.parametrize(("template", "guarded"), [("feedback", True), ("formgrade", True), ("feedback", False)])
def test_in_a_browser_nothing_runs_and_without_our_settings_it_would(template, guarded, browser, tmp_path):
    from nbgrader.server_extensions.formgrader.handlers import static_path, template_path

    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [template_path]
    config.HTMLExporter.extra_template_paths = [f"{static_path}/node_modules/bootstrap/dist/css"]
    if guarded:
        config.HTMLExporter.update(HTML_EXPORTER)
    about = {"score": 0, "max_score": 1, "late_penalty": 0, "notebook": "x"}
    resources = {"nbgrader": about, "base_url": "", "index": 0, "total": 1, "notebook_id": "x", "student": "x",
                 "submission_id": "x", "assignment_id": "x", "notebook_path": "x", "last_name": "", "first_name": ""}  # fmt: skip
    exporter = HTMLExporter(config=config)
    assert exporter.mathjax_url.endswith("Safe"), "without it \\href{javascript:…} in a formula is a link that runs"
    html, _ = exporter.from_notebook_node(new_notebook(cells=hostile_cells()), resources=resources)
    (tmp_path / "page.html").write_text(html)
    ran = what_ran(browser, (tmp_path / "page.html").as_uri(), click=guarded)
    assert (ran == []) if guarded else "pwned" in ran


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """A hostile submission, graded by the stock commands with the committed configuration."""
    root = tmp_path_factory.mktemp("stock") / "course"
    shutil.copytree(course.root, root)
    place = root / "submitted" / "mallory" / LESSON
    place.mkdir(parents=True)
    notebook = nbformat.read(course.release / LESSON / f"{LESSON}.ipynb", as_version=4)
    written = next(c for c in notebook.cells if c.cell_type == "markdown" and c.metadata.get("nbgrader", {}).get("solution"))
    written.source = "\n\n".join(MARKDOWN.values())
    notebook.cells += hostile_cells()
    notebook.cells.append(new_code_cell("from IPython.display import *\n" + f"display(HTML('<script>{PWN}</script>'))"))
    nbformat.write(notebook, place / f"{LESSON}.ipynb")
    env = {k: v for k, v in os.environ.items() if not k.startswith("AUTOGRADER")} | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    env["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{env['PATH']}"
    for command in ("generate_assignment", "autograde", "generate_feedback"):
        done = subprocess.run([sys.executable, "-m", "nbgrader", command, LESSON, "--force"], cwd=root, env=env,
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    return root


def test_the_stock_feedback_page_runs_nothing(graded, browser):
    page = graded / "feedback" / "mallory" / LESSON / f"{LESSON}.html"
    assert "Student's answer" in page.read_text()
    assert what_ran(browser, page.as_uri()) == []


def test_the_formgrader_runs_nothing(graded, browser):
    with Gradebook(gradebook_url(graded), SETTINGS.id) as gradebook:
        submission = gradebook.find_submission(LESSON, "mallory").notebooks[0].id
    with _server(graded) as url:
        assert what_ran(browser, f"{url}/formgrader/submissions/{submission}/?index=0") == []
        page = urllib.request.urlopen(f"{url}/formgrader/submissions/{submission}/?index=0").read().decode()
    assert "scoring-buttons" in page
    assert "not written yet" in page
    assert harmless.markdown2html({"cell": {}}, MARKDOWN["script"]).strip() in page


@contextlib.contextmanager
def _server(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", f"--port={port}", "--IdentityProvider.token=",
               "--allow-root"]  # fmt: skip
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet)
    try:
        for _ in range(160):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).read()
                break
            time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
