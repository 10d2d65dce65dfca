"""lesson + exercises → source notebook and keys → nbgrader's generate_assignment → the release in notebooks/."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from ..coursedir.folders import NOT_RELEASED, CourseDir, CourseError, answers_file
from ..coursedir.lesson_facts import FILE, facts_of, facts_text
from ..coursedir.releases import STAMP, fingerprint, keep, version_of
from ..coursedir.settings import read_settings
from ..judging.key import Key, dumps, load
from ..judging.key_files import HELD, REFERENCE, SUFFIX
from ..judging.values import Array
from ..messages.translate import use
from ..nbgrader_api import generate_assignment
from .answers import answers_text
from .catalog import load_exercises
from .exercise import Exercise
from .faults import AuthorError
from .keymaker import make_keys
from .leaks import find_leaks, refuse_answers
from .lesson_md import Lesson, lines_of, notebook_of, prediction_key, read_lesson, refuse_unknown_names
from .questions_page import questions_page, write_page
from .sources import held_source, standalone
from .workers import workers

Keys = dict[str, Future[tuple[Key, Key]]]
"""By exercise: the visible key and the hidden one, in the making."""


@dataclass(frozen=True)
class BuildOutcome:
    """What a build found: lessons, number of exercises, and the files of notebooks/ that were out of date."""

    lessons: tuple[str, ...]
    exercises: int
    stale: tuple[str, ...]


def build(course: CourseDir, check: bool = False, say: Callable[[str], None] = lambda text: None) -> BuildOutcome:
    """Builds everything. With `check`, notebooks/ is compared and left alone. Raises AuthorError for a faulty source."""
    declared = load_exercises(course.solutions)
    everything = {name: e for exercises in declared.values() for name, e in exercises.items()}
    lessons = [
        read_lesson(file, declared[file.parent.name]) for file in sorted(course.solutions.glob("[0-9][0-9]_*/lesson.md"))
    ]
    for lesson in lessons:
        refuse_unknown_names(lesson, everything)
    if not lessons:
        raise AuthorError(f"{course.solutions.name}/: no lesson found. Expected NN_topic/lesson.md in it")
    use(read_settings(course.root).language)  # what is wrong with the settings is said before the long work
    refuse_answers([card for lesson in lessons for card in lesson.cards], everything)
    page = questions_page(lessons, declared)
    for folder in (course.source, course.build / "release", course.solved, course.answers, course.waiting_keys):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    course.hidden_keys.mkdir(parents=True, exist_ok=True)
    seed = hidden_seed(course)
    stale: list[str] = []
    with workers(len(everything)) as pool:  # keys are made from now on, in the lessons' order
        keys = {name: pool.submit(make_keys, course.solutions, name, seed) for name in everything}
        for lesson in lessons:
            say(lesson.name)
            exercises = declared[lesson.name]
            version = _write_source(course, lesson, exercises, keys)
            _write_hidden(course, exercises, everything, keys, seed)
            fresh = course.build / "release" / lesson.name
            generate_assignment(course, course.build, lesson.name, fresh.parent)  # with a gradebook that is for this alone
            if leaks := find_leaks(fresh, exercises, lines_of(lesson, exercises)):
                raise AuthorError("the release would give away:\n  " + "\n  ".join(leaks))
            stale += _sync(fresh, course.release / lesson.name, check)
            if not check:
                hidden = [p for n in exercises for p in course.hidden_keys.glob(f"{n}.*")]
                keep(course, lesson.name, version, fresh, hidden)
        for waiting in sorted(set(declared) - {lesson.name for lesson in lessons}):
            say(f"{waiting} (exercises that no lesson places yet)")
            for exercise in declared[waiting].values():
                _write_key(exercise, keys[exercise.name].result()[0], course.waiting_keys)
            _write_hidden(course, declared[waiting], everything, keys, seed)
    stale += write_page(course, page, check)
    ours = [*(lesson.name for lesson in lessons), *([course.questions.name] if page else [])]
    stale += _remove_unknown(course, ours, check)
    return BuildOutcome(tuple(x.name for x in lessons), len(everything), tuple(stale))


def hidden_seed(course: CourseDir) -> str:
    """The secret that hidden inputs are drawn from: made at first use, kept in a file that git ignores.

    Raises CourseError where releases were made with another one: their hidden inputs could not be made again.
    """
    mark, file = course.releases / "seed", course.seed_file
    anew = (
        f"Restore it from your backup: building needs it, grading goes on without. To begin anew with another seed, move "
        f"{course.releases.name}/ away and keep it: submissions of earlier releases are graded by what is in it."
    )
    if not file.exists():
        if mark.exists():
            raise CourseError(f"{file.name} is gone, and releases were made with it. {anew}")
        file.write_text(secrets.token_hex(16) + "\n")
        file.chmod(0o600)
    seed = file.read_text().strip()
    if len(seed) < 16:
        raise CourseError(f"{file.name} holds {len(seed)} characters, expected 32. Restore it from your backup.")
    if mark.exists() and mark.read_text().strip() != fingerprint(seed):
        raise CourseError(f"{file.name} is not the one that releases were made with. {anew}")
    course.releases.mkdir(exist_ok=True)
    mark.write_text(fingerprint(seed) + "\n")
    return seed


def _write_source(course: CourseDir, lesson: Lesson, exercises: dict[str, Exercise], keys: Keys) -> str:
    """Writes what nbgrader makes the release from; returns the version that it is stamped with."""
    folder = course.source / lesson.name
    (folder / "keys").mkdir(parents=True)
    notebook = notebook_of(lesson, exercises, solved=False)
    version = notebook.metadata[STAMP] = version_of(lesson.file.parent, notebook.cells)
    nbformat.write(notebook, folder / f"{lesson.name}.ipynb")
    nbformat.write(notebook_of(lesson, exercises, solved=True), course.solved / f"{lesson.name}.ipynb")
    facts, ordered = facts_of(lesson.name, notebook.cells), [p.name for p in lesson.placements if p.kind == "exercise"]
    answers = answers_text(facts.title, [exercises[name] for name in ordered])
    (course.answers / answers_file(lesson.name)).write_text(answers, encoding="utf-8")
    for placement in lesson.placements:
        if placement.kind == "exercise":
            _write_key(exercises[placement.name], keys[placement.name].result()[0], folder / "keys")
        elif placement.kind == "predict":
            key = prediction_key(lesson, placement)
            (folder / "keys" / f"{key.exercise}{SUFFIX}").write_bytes(dumps(key))
    (folder / "keys" / FILE).write_text(facts_text(facts), encoding="utf-8")
    return version


def _write_hidden(
    course: CourseDir, exercises: dict[str, Exercise], everything: dict[str, Exercise], keys: Keys, seed: str
) -> None:
    """What only the grader has: keys from the secret seed, and right functions to carry on with."""
    for name, exercise in exercises.items():
        _write_key(exercise, keys[name].result()[1], course.hidden_keys, seed)
        (course.hidden_keys / f"{name}{REFERENCE}").write_text(standalone(exercise, everything), encoding="utf-8")


def _write_key(exercise: Exercise, key: Key, folder: Path, seed: str = "visible") -> None:
    (folder / f"{exercise.name}{SUFFIX}").write_bytes(dumps(key))
    if key.holds:
        (folder / f"{exercise.name}{HELD}").write_text(held_source(exercise, seed), encoding="utf-8")


# -- notebooks/ against what was built ---------------------------------------------------------------------------------


def _sync(fresh: Path, released: Path, check: bool) -> list[str]:
    """Brings `released` up to `fresh`, unless this is a `check`; returns the files that differed."""
    differing = differing_files(fresh, released)
    for name in differing if not check else []:
        if (fresh / name).exists():
            (released / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / name, released / name)
        else:
            (released / name).unlink()
    return [f"{released.name}/{name.as_posix()}" for name in differing]


def differing_files(fresh: Path, released: Path) -> list[Path]:
    """The files, relative to both folders, that are not the same; keys within tolerance are."""
    names = sorted({p.relative_to(d) for d in (fresh, released) for p in d.rglob("*") if p.is_file()})
    ours = [name for name in names if name.parts[0] not in NOT_RELEASED]
    return [name for name in ours if not _same(fresh / name, released / name)]


def _remove_unknown(course: CourseDir, known: list[str], check: bool) -> list[str]:
    unknown = [p for p in course.release.iterdir() if p.name not in known] if course.release.exists() else []
    for path in unknown if not check else []:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return [p.name for p in unknown]


def _same(fresh: Path, released: Path) -> bool:
    if not fresh.exists() or not released.exists():
        return False
    if fresh.read_bytes() == released.read_bytes():
        return True
    return fresh.suffix == SUFFIX and _alike(load(fresh), load(released))


def _alike(a: Any, b: Any) -> bool:
    """Whether two keys say the same. The last bits of a float differ from one machine to another, and tolerances rather more."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Array):
        return (a.dtype, a.backend, a.shape) == (b.dtype, b.backend, b.shape) and _near(a.data, b.data)
    if isinstance(a, float):
        return _near(a, b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_alike(a[k], b[k]) for k in a)
    if hasattr(a, "__dataclass_fields__"):
        fields = [(name, value, vars(b)[name]) for name, value in vars(a).items()]
        return all(max(x, y) <= 2 * min(x, y) if "tolerance" in name else _alike(x, y) for name, x, y in fields)
    return a == b


def _near(a: Any, b: Any) -> bool:
    return bool(np.allclose(np.asarray(a, np.float64), np.asarray(b, np.float64), rtol=1e-5, atol=1e-7, equal_nan=True))
