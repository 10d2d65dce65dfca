"""The student's copy of the release: lessons that are new are copied, newer ones merged into what was begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..coursedir.cells import cells_in
from ..coursedir.files import back_up, is_same, write
from ..coursedir.folders import NOT_RELEASED, QUESTIONS, CourseError
from ..coursedir.releases import STAMP, version_of_text
from ..messages.translate import _
from .lessons import lessons
from .released import base_of, is_notebook, keep_release, released_notebook, stamp_of

if TYPE_CHECKING:
    from .merge import Merged


def copy_release(released: Path, folder: Path) -> list[str]:
    """Brings the student's `folder` up to the release; never loses what was written. Returns what it did, a line each.

    A lesson is brought up as a whole or, where its notebook cannot be read, left as it is. Releases are kept in
    folder/.released/, to tell next time what the student wrote. Which of them a notebook has is what the notebook itself says: it may
    have been overwritten since with the text of an earlier one, which is then merged again.
    """
    sources = sorted(p for p in released.iterdir() if p.is_dir() and p.name not in NOT_RELEASED)
    theirs = [lesson.name for lesson in lessons(folder)]
    if theirs and not any(source.name in theirs for source in sources):
        raise CourseError(
            _("{folder} holds lessons of another course ({theirs}); this one has {ours}. Nothing was changed. Name a folder of its own "
              "for this course, or change into the other one.",
              folder=folder, theirs=", ".join(theirs), ours=", ".join(source.name for source in sources))
        )  # fmt: skip
    lines = []
    for source in (*sources, released / QUESTIONS):
        try:
            lines += (_questions if source.name == QUESTIONS else _lesson)(source, folder / source.name)
        except OSError as error:
            raise CourseError(
                _("{lesson} could not be brought up to date: {why} ({file}). What you wrote is untouched; make room, or mend "
                  "the folder's permissions, and repeat.", lesson=source.name, why=error.strerror, file=error.filename)
            ) from error  # fmt: skip
    return lines


def _questions(fresh: Path, mine: Path) -> list[str]:
    """Brings the page of questions up to the release. Where the student wrote into it, which is not meant, a copy is kept."""
    if not is_notebook(fresh) or (is_notebook(mine) and stamp_of(mine) == stamp_of(fresh)):
        return []
    lines = [_("{name}: brought up to the new release", name=mine.name)] if mine.exists() else [_("new: {file}", file=mine)]
    if mine.exists() and version_of_text(cells_in(mine)) != stamp_of(mine):
        lines.append(_was(back_up(mine, mine.parent), mine.parent))
    write(mine, fresh.read_bytes())
    return lines


def _lesson(source: Path, lesson: Path) -> list[str]:
    fresh, target = source / f"{source.name}.ipynb", lesson / f"{source.name}.ipynb"
    lines: list[str] = []
    if fresh.is_file() and not is_notebook(fresh):
        return [_("{lesson}: the released notebook {file} is damaged, so nothing was taken from there. Unpack the course's files again.",
                  lesson=lesson.name, file=fresh)]  # fmt: skip
    if fresh.is_file():
        begun = lesson.is_dir() and any(lesson.glob("*.ipynb"))
        if not begun:
            write(target, fresh.read_bytes())
            lines.append(_("new lesson: {file}", file=target))
        else:
            try:
                lines += _merge(lesson, fresh)
            except CourseError as error:
                if is_same(fresh, released_notebook(lesson)):
                    return [f"{lesson.name}: {error}"]
                return [_("{lesson} was left as it is, and a newer release waits: {why}", lesson=lesson.name, why=error)]
        if not target.exists():
            lines.append(_("{lesson}: your notebook has another name than {name}. `autograder repair` gives it back.",
                          lesson=lesson.name, name=target.name))  # fmt: skip
    others = [file.relative_to(source) for file in sorted(source.rglob("*")) if file.is_file() and file != fresh]
    differing = [
        name for name in others if NOT_RELEASED.isdisjoint(name.parts) and not is_same(source / name, lesson / name)
    ]
    for name in differing:
        write(lesson / name, (source / name).read_bytes())
    if differing and not lines:
        names = ", ".join(name.as_posix() for name in differing)
        lines.append(_("{lesson}: taken from the release again, for they were missing or differed: {names}",
                      lesson=lesson.name, names=names))  # fmt: skip
    if fresh.is_file():
        keep_release(lesson, fresh)  # last: until it is there, the next call does all of this again
    return lines


def _is_in(mine: Path, fresh: Path, last: Path) -> bool:
    """Whether the student's notebook is of the release `fresh`; `last` is the one that was copied or merged last.

    Where somebody has changed a release and not its stamp, the stamps are equal, and the text of the two decides.
    """
    return stamp_of(mine) == stamp_of(fresh) and (is_same(fresh, last) or stamp_of(last) != stamp_of(fresh))


def _merge(lesson: Path, fresh: Path) -> list[str]:
    """Brings the student's notebook in the folder `lesson` to the release `fresh`, under the released name, unless it is of it."""
    own = [file for file in lesson.glob("*.ipynb") if file.name == fresh.name] or list(lesson.glob("*.ipynb"))
    if len(own) == 1 and _is_in(own[0], fresh, released_notebook(lesson)):
        return []

    import nbformat  # takes a second to import, which most calls can do without

    from .mending import repaired
    from .merge import merge
    from .notebooks import grade_id, is_foreign, own_notebook, read_notebook, same_text

    mine, target = own_notebook(lesson), lesson / fresh.name
    base, stamp = base_of(lesson, mine), stamp_of(mine)
    if base is not None and is_same(mine, base):
        write(target, fresh.read_bytes())
        return [_("{name}: brought up to the new release", name=target.name)]
    notebook, now = read_notebook(mine), read_notebook(fresh)
    if is_foreign(notebook.cells, now.cells):
        raise CourseError(_("{name} is the notebook of another lesson or of another course: next to none of its tasks are in the "
                            "released one.", name=mine.name))  # fmt: skip
    if base is None:
        # Only what is in both is surely the release's: nothing is lost, and what was changed stands there twice.
        was = [c for c in now.cells if grade_id(c) or any(same_text(c, own) for own in notebook.cells)]
    else:
        was = read_notebook(base).cells
    merged = merge(repaired(notebook.cells, was, demos=False), was, now.cells)
    backup = back_up(mine, lesson.parent)
    notebook.cells, notebook.nbformat_minor = merged.cells, now.nbformat_minor
    notebook.metadata.pop(STAMP, None)
    notebook.metadata |= {STAMP: now.metadata[STAMP]} if STAMP in now.metadata else {}
    write(target, nbformat.writes(notebook))
    doubt = ""
    if base is None:
        doubt = _("  the release that it was made from is not kept here: a text that has changed since is there twice; delete the "
                  "old one")  # fmt: skip
    elif not stamp:
        doubt = _("  it did not say which release it was made from: the one that fits best was taken")
    return _report(target.name, _was(backup, lesson.parent), merged, doubt)


def _was(backup: Path, folder: Path) -> str:
    return _("  the notebook as it was before: {backup}", backup=backup.relative_to(folder).as_posix())


def _report(name: str, backup: str, merged: Merged, doubt: str) -> list[str]:
    answers = ", ".join(merged.answers) or _("none")
    lines = [_("{name}: {number} cells of the new release came in; what you wrote stays ({answers}, and every cell of your own)",
              name=name, number=merged.fresh, answers=answers)]  # fmt: skip
    if merged.restubbed:
        names = ", ".join(merged.restubbed)
        lines.append(_("  the task changed: compare your answer with the new text for {names}", names=names))
    if merged.dropped:
        lines.append(
            _("  no longer part of the lesson, kept as cells of your own: {names}", names=", ".join(merged.dropped))
        )
    if doubt:
        lines.append(doubt)
    reload = _("  if it is open, choose File → Reload Notebook from Disk, not Overwrite")
    return [*lines, reload, backup]
