"""A class over all lessons of a course: records with planted mistakes, absences and students who fall behind, and the truth beside
them. `python -m tests.generated_course FILE` writes the report on 200 students."""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.authoring.catalog import every_exercise
from autograder.authoring.exercise import Exercise
from autograder.authoring.verify import Trial
from autograder.coursedir.folders import CourseDir
from autograder.coursedir.lesson_facts import LessonFacts, read_facts
from autograder.messages.description import Description, describe
from autograder.report.analyse import analyse
from autograder.report.people import People, Person
from autograder.report.record import Record, Result
from autograder.report.sections import find_lessons
from autograder.report.write import report_page

FIRST = ["Ada", "Bo", "Chen", "Dana", "Eve", "Femi", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mira", "Noor", "Oleg", "Pia", "Quinn",
         "Ravi", "Sofía", "Tariq"]  # fmt: skip
LAST = ["Abel", "Bondarenko", "Carter", "Dirac", "Euler", "Fischer", "García", "Haddad", "Ito", "Jansen"]

Examples = Mapping[tuple[str, str], Description]


@dataclass
class CourseTruth:
    """What was planted, by lesson where it says so."""

    mistakes: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))  # (exercise, mistake)
    absent: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unusable: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    percents: dict[tuple[str, str], float] = field(default_factory=dict)  # (student, lesson)
    behind: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)


def facts_of_course(course: CourseDir) -> dict[str, LessonFacts]:
    return {lesson: read_facts(file.parent / "keys", file) for lesson, file in course.released().items()}


def named_class(n: int = 200) -> People:
    """n people; the last two have the same name."""
    names = [(FIRST[i % len(FIRST)], LAST[i // len(FIRST) % len(LAST)]) for i in range(n - 2)] + [("Kim", "Lee")] * 2
    return People(
        {f"s{i:03}": Person(f"s{i:03}", first, last, namesake=i >= n - 2) for i, (first, last) in enumerate(names)}
    )


def generated_course(
    facts: Mapping[str, LessonFacts],
    exercises: Mapping[str, Exercise],
    students: list[str],
    examples: Examples | None = None,
) -> tuple[list[Record], CourseTruth]:
    """Of each 25 students one stops handing in two lessons before the end, and one loses 30 points in each of these two; of each 50
    one hands in nothing, and one a file in the second lesson that cannot be read. All others stay within 5 points of their own level.
    """
    draw, truth, records = random.Random(len(students)), CourseTruth(), []
    for i, student in enumerate(students):
        level = draw.uniform(0.45, 0.95)
        for number, (lesson, about) in enumerate(facts.items()):
            late = number >= len(facts) - 2
            if i % 50 == 3 or (i % 25 == 11 and late):
                truth.absent[lesson].add(student)
            elif i % 50 == 29 and number == 1:
                truth.unusable[lesson].add(student)
                records.append(
                    Record(student, lesson, problem=f"{lesson}.ipynb is not a Jupyter notebook, so it could not be read.")
                )
            else:
                share = level + draw.uniform(-0.05, 0.05) - (0.3 if i % 25 == 7 and late else 0)
                results = _results(about, exercises, share, draw, truth.mistakes[lesson], examples or {})
                truth.percents[student, lesson] = 100 * share
                records.append(Record(student, lesson, tuple(results)))
        if i % 50 == 3:
            truth.never.add(student)
        elif i % 25 in (7, 11):
            truth.behind.add(student)
    return records, truth


def _results(
    facts: LessonFacts,
    exercises: Mapping[str, Exercise],
    share: float,
    draw: random.Random,
    made: Counter,
    examples: Examples,
) -> list[Result]:
    """Results that earn this share of the points that a machine gives: some exercises lose all, and one a part."""
    worth = [cell for cell in facts.graded if cell.name in exercises and cell.points]
    lost = (1 - share) * sum(cell.points for cell in facts.graded if cell.kind != "written")
    losses = {}
    for cell in draw.sample(worth, len(worth)):
        losses[cell.name] = min(cell.points, lost)
        lost -= losses[cell.name]
    results = []
    for cell in facts.graded:
        loss = losses.get(cell.name, 0.0)
        if cell.kind == "written":
            results.append(Result(cell.name, None, cell.points, "written"))
        elif loss < 1e-9:
            results.append(Result(cell.name, cell.points, cell.points, cell.kind))
        else:
            known = list(exercises[cell.name].mistakes.values())
            mistake = known[min(int(draw.expovariate(0.5)), len(known) - 1)]
            made[cell.name, mistake.name] += 1
            said = examples.get((cell.name, mistake.name))
            results.append(Result(cell.name, cell.points - loss, cell.points, "exercise", mistake.name, mistake.says, "value",
                                  descriptions=(said,) if said else ()))  # fmt: skip
    return results


def examples_of(exercises: Mapping[str, Exercise]) -> Examples:
    """What students are told of each known mistake, by the visible key."""
    found = {}
    for exercise in exercises.values():
        trial = Trial(exercise, "visible")
        for name, mistake in exercise.mistakes.items():
            found[exercise.name, name] = describe(trial.verdict(mistake.function), trial.key)
    return found


def main(file: Path) -> None:
    root = Path(__file__).parent.parent
    course, exercises, people = CourseDir(root), every_exercise(root / "solutions"), named_class()
    records, _ = generated_course(facts_of_course(course), exercises, list(people), examples_of(exercises))
    file.write_text(report_page(analyse(records, find_lessons(course.release)), people), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
