// What JupyterLab lacks on a student's desk. A federated extension by hand: no settings, nothing imported, no build.
(() => {
  const START = "start.ipynb";
  const PAGE = "start-page"; // the cell whose output is the page
  const narrow = matchMedia("(max-width: 1000px)"); // at 200 % zoom a panel at the side leaves no room for the text
  const here = document.currentScript.src;

  function addStyle() {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("desk.css", here).href });
    document.head.append(link);
  }

  // The contents of a lesson in place of the list of files, until a student chooses otherwise.
  async function showContents(app) {
    const shell = app.shell;
    const layout = await shell.restored;
    await app.restored; // by then the list of files has been shown
    if (layout.fresh) shell.activateById("table-of-contents");
    if (layout.fresh && shell.currentWidget) shell.activateById(shell.currentWidget.id);
    const makeRoom = () => narrow.matches && shell.collapseLeft();
    narrow.addEventListener("change", makeRoom);
    makeRoom();
  }

  // The start page, each time that a student comes back to it: the server makes it anew whenever it is read.
  async function refresh(contents, context) {
    if (context?.path !== START || !context.isReady) return;
    const fresh = (await contents.get(START)).content.cells.find(cell => cell.id === PAGE);
    const shown = context.model.sharedModel.cells.find(cell => cell.id === PAGE)?.toJSON();
    if (text(fresh) === text(shown)) return;
    if (context.model.dirty) await context.save();
    await context.revert();
  }

  const text = cell => [cell?.outputs?.[0]?.data["text/markdown"]].flat().join("");

  // A link to a cell: JupyterLab gives up where the cell is not drawn yet, and leaves the keyboard where it was.
  async function goToCell(shell, path, name) {
    for (let tries = 0, seen = 0; tries < 300 && seen < 3; tries++) {
      await new Promise(go => setTimeout(go, 200));
      const panel = shell.currentWidget;
      const cells = panel?.context?.path === path ? panel.content.widgets : [];
      const index = cells.findIndex(cell => cell.model.id === name);
      if (index < 0 || !cells[index].node.isConnected) continue;
      panel.content.activeCellIndex = index;
      const window = panel.content.node.getBoundingClientRect();
      const { top } = cells[index].node.getBoundingClientRect();
      seen = top > window.top - 50 && top < window.bottom - 50 ? seen + 1 : 0;
      if (!seen) cells[index].node.scrollIntoView();
    }
  }

  // A slider's handle is called what stands beside it, and choices belong together, which ipywidgets does not say.
  function nameControls() {
    for (const input of document.querySelectorAll(".widget-radio-box input:not([name])")) {
      const box = input.closest(".widget-radio-box");
      box.id ||= `choices-${Math.random()}`;
      input.name = box.id;
    }
    for (const handle of document.querySelectorAll(".noUi-handle:not([aria-label])")) {
      const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent;
      if (label) handle.setAttribute("aria-label", label);
    }
  }

  // Up and down among choices choose; JupyterLab would go to another cell.
  function keepArrows(event) {
    if (event.key.startsWith("Arrow") && event.target.matches?.(".widget-radio-box input")) event.stopImmediatePropagation();
  }

  function activate(app) {
    addStyle();
    showContents(app);
    addEventListener("keydown", keepArrows, true);
    new MutationObserver(nameControls).observe(document.body, { childList: true, subtree: true });
    app.shell.currentChanged.connect((_, change) => refresh(app.serviceManager.contents, change.newValue?.context));
    app.commands.commandExecuted.connect((_, { id, args }) => {
      const [kind, name] = String(args?.id).split("=");
      if (id === "rendermime:handle-local-link" && kind === "#cell-id") goToCell(app.shell, args.path, decodeURIComponent(name));
    });
  }

  const plugin = { id: "autograder-desk:plugin", autoStart: true, activate };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["autograder-desk"] = { init() {}, get: () => () => ({ __esModule: true, default: plugin }) };
})();
