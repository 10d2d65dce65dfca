"""Classes with known mistakes: records, and notebooks to be graded. The generator writes down the truth beside each that it makes;
it knows nothing of how a report counts, nor of how a notebook is graded."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.authoring.sample import fill_in
from autograder.coursedir.folders import CourseDir
from autograder.report.record import Record, Result

#: Exercises of a lesson: points by aspect, and mistakes with the aspects that each costs ("*" is all).
SOFTMAX = {
    "softmax": ({"values": 2, "any axis": 2, "large numbers": 2, "dtypes": 1, "side effects": 1},
                {"no_shift": ["large numbers"], "always_last_axis": ["any axis"], "no_exp": ["*"], "in_place": ["side effects"]}),
    "softmax_with_temperature": ({"values": 4, "any axis": 2, "errors": 1}, {"multiplied": ["*"], "no_check": ["errors"]}),
    "entropy": ({"values": 3, "any axis": 2, "zeros": 2}, {"in_bits": ["*"], "zero_gives_nan": ["zeros"]}),
    "gap_for_weight": ({"values": 4}, {"n_ignored": ["*"]}),
    "softmax_jacobian": ({"values": 4, "dtypes": 1}, {"diagonal_only": ["*"], "sigmoid_rule": ["*"]}),
}  # fmt: skip
ORDER = ["shrunken_scores", "softmax", "softmax_with_temperature", "entropy", "longer_row", "gap_for_weight", "softmax_jacobian",
         "growing_scale", "cooler"]  # fmt: skip


@dataclass
class Truth:
    """What the generator did."""

    mistakes: Counter = field(default_factory=Counter)  # (exercise, mistake)
    outcomes: Counter = field(default_factory=Counter)  # (exercise, outcome)
    earned: Counter = field(default_factory=Counter)  # (exercise, aspect)
    unnamed: Counter = field(default_factory=Counter)  # (exercise, kind)
    scores: dict[str, float] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    not_graded: set[str] = field(default_factory=set)
    mended: set[str] = field(default_factory=set)


def generated_class(n: int = 200, seed: int = 0) -> tuple[list[Record], Truth]:
    """n records of 04_softmax. Of each 40 students, one handed in what cannot be read, and at one the grader failed."""
    draw, truth = random.Random(seed), Truth()
    return [_record(f"student_{i:03}", i, draw, truth) for i in range(n)], truth


def _record(student: str, i: int, draw: random.Random, truth: Truth) -> Record:
    if i % 40 == 13:
        truth.not_graded.add(student)
        note = "04_softmax.ipynb is not a Jupyter notebook, so it could not be read."
        blank = [Result(name, 0.0, sum(aspects.values()), kind="stub") for name, (aspects, _) in SOFTMAX.items()]
        return Record(student, "04_softmax", tuple(blank), (note,), problem=note)
    if i % 40 == 27:
        truth.not_graded.add(student)
        return Record(student, "04_softmax", problem="could not be graded: OSError: no space left", failed=True)
    skill = draw.betavariate(4, 2)
    results, not_right = [], 0
    for name in ORDER:
        if name == "cooler":
            results.append(Result(name, None, 3.0, "written"))
            truth.outcomes[name, "not graded yet"] += 1
        elif name not in SOFTMAX:
            made = draw.random() < 0.9
            results.append(Result(name, float(made), 1.0, "prediction", kind="" if made else "no choice"))
            truth.outcomes[name, "right" if made else "not attempted"] += 1
        else:
            result, outcome = _exercise(name, skill, draw, truth)
            results.append(result)
            truth.outcomes[name, outcome] += 1
            not_right += outcome != "right"
    if not_right >= 2:
        truth.stuck.add(student)
    if i % 17 == 0:
        truth.mended.add(student)
    truth.scores[student] = sum(r.score for r in results if r.score is not None)
    notes = ("The cell entropy-check was missing and was put back for grading.",) if i % 17 == 0 else ()
    return Record(student, "04_softmax", tuple(results), notes)


def _exercise(name: str, skill: float, draw: random.Random, truth: Truth) -> tuple[Result, str]:
    aspects, mistakes = SOFTMAX[name]
    points = float(sum(aspects.values()))

    def result(lost: list[str], mistake: str = "", kind: str = "") -> Result:
        earned = {a: (0.0 if a in lost or "*" in lost else float(p), float(p)) for a, p in aspects.items()}
        for aspect, (got, _) in earned.items():
            truth.earned[name, aspect] += got
        sentence = f"This is what you get when {mistake.replace('_', ' ')} happens." if mistake else ""
        return Result(name, sum(got for got, _ in earned.values()), points, "exercise", mistake, sentence, kind, earned)

    if draw.random() < skill:
        return result([]), "right"
    how = draw.random()
    if how < 0.2:
        return result(["*"], kind="stub"), "not attempted"
    if how < 0.3:
        truth.unnamed[name, "error"] += 1
        return result(["*"], kind="error"), "wrong"
    mistake = draw.choice(list(mistakes))
    truth.mistakes[name, mistake] += 1
    lost = mistakes[mistake]
    whole = "*" in lost or set(lost) == set(aspects)
    return result(lost, mistake, "value"), "wrong" if whole else "partly right"


def write_generated_class(course: CourseDir, exercises: dict, root: Path, students: list[str], lesson: str = "04_softmax"):
    """Writes root/submitted/<student>/; returns {(exercise, mistake): students} as made. `exercises` are the course's."""
    draw, truth = random.Random(len(students)), Counter()
    released = course.release / lesson / f"{lesson}.ipynb"
    blank = nbformat.read(released, as_version=4)
    placed = [c.id for c in blank.cells if c.id in exercises]
    for student in students:
        how = {"exercises": "right", "predictions": "a", "written": "An answer."}
        for name in placed:
            if draw.random() < 0.35:
                how[name] = draw.choice(list(exercises[name].mistakes))
                truth[name, how[name]] += 1
        place = root / "submitted" / student / lesson
        place.mkdir(parents=True)
        nbformat.write(fill_in(nbformat.from_dict(blank.copy()), exercises, how), place / released.name)
    return truth
