"""`autograder verify` on the whole course, and proof that it can fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.authoring import Array, Exercise
from autograder.authoring.mutants import mutants
from autograder.authoring.verify import messages, verify

from .conftest import ROOT

AT_LEAST = {
    "softmax": 12,
    "split_heads": 12,
    "merge_heads": 12,
    "scaled_dot_product_attention": 25,
    "multi_head_attention": 25,
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The rows that the command writes, one for each exercise of the course."""
    path = tmp_path_factory.mktemp("verify") / "rows.json"
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "verify", "--json", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"}, check=False
    )
    assert done.returncode == 0, done.stdout
    return {row["exercise"]: row for row in json.loads(path.read_text())}


def test_every_exercise_is_proved(rows, exercises):
    assert set(rows) == set(exercises)
    for name, row in rows.items():
        assert row["passed"], row["problems"]
        assert row["caught"] == row["wrong"] >= AT_LEAST.get(name, 8), name
        assert row["named"] >= 0.95 * row["wrong"]
        assert row["accepted"] == row["variants"] >= 1
        assert row["killed"] + row["listed"] == row["mutants"] >= 3
        assert row["listed"] <= max(1, 0.1 * row["mutants"])


def doubled(x):
    """Twice x."""
    return x + x


def faulty(**changes) -> Exercise:
    def inputs(draw):
        yield "values", draw(n=2), "two numbers"

    exercise = Exercise(
        **{"reference": doubled, "points": {"values": 1, "dtypes": 1, "side effects": 1}, "takes": {"x": Array("n")}, "gives": ("n",), "inputs": inputs,
           "hints": ("Add.",), "difficulty": 1, "minutes": 1} | changes
    )  # fmt: skip

    @exercise.wrong("x is squared")
    def squared(x):
        return x * x

    return exercise


def test_a_rejected_right_answer_is_a_problem():
    exercise = faulty()
    exercise.right(lambda x: x * 3)
    row = verify(exercise)
    assert not row.passed
    assert any("is rejected (value)" in p for p in row.problems)


def test_a_surviving_mutant_is_a_problem():
    def padded(x):
        """Twice x."""
        x = x.astype(x.dtype)
        return x + x

    exercise = faulty(reference=padded)
    row = verify(exercise)
    assert [p for p in row.problems if "survives" in p]
    for mutant in mutants(exercise):
        if any(mutant.change in p and "survives" in p for p in row.problems):
            exercise.equivalent(mutant.change, because="a copy changes nothing")
    assert not [p for p in verify(exercise).problems if "survives" in p]


def test_a_mutant_listed_as_equivalent_that_is_not_is_a_problem():
    def positive(x):
        """Twice x."""
        return x + np.where(x > 1e6, 0 * x, x)

    exercise = faulty(reference=positive, opts_out={"extremes": "to leave a mutant alive"})
    alive = [m.change for m in mutants(exercise) if f"the mutant {m.change} survives" in "".join(verify(exercise).problems)]
    assert alive
    exercise.equivalent("line 9: no such mutant", because="x")
    assert any("no mutant is called" in p for p in verify(exercise).problems)


def test_mutants_differ_from_the_reference_and_from_each_other(exercises):
    for exercise in exercises.values():
        changes = [m.change for m in mutants(exercise)]
        assert len(changes) >= 3, exercise.name


def test_messages(exercises, snapshot):
    """What a student reads for each known wrong answer: reviewed in tests/__snapshots__/ whenever a word changes."""
    for name, exercise in exercises.items():
        assert dict(messages(exercise)) == snapshot(name=name)
