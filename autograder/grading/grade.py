"""Grades a class: each submission by itself, through nbgrader, into its gradebook, with feedback pages and a table."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import nbformat

from ..course_dir import CourseDir, CourseError
from .structure import Prepared, prepare, with_notes


@dataclass(frozen=True)
class Job:
    """One submission to grade, and where everything is."""

    student: str
    assignment: str
    submitted: Path
    class_dir: Path
    course: Path
    released: Path


@dataclass(frozen=True)
class Record:
    """What came of one submission. `problem` says why it could not be graded as it was, `notes` what was mended."""

    student: str
    assignment: str
    score: float = 0.0
    points: float = 0.0
    needs_manual: bool = False
    scores: dict[str, float] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def mistake(self) -> str:
        """The most common mistake, as exercise: name."""
        counted = Counter(self.mistakes.values())
        if not counted:
            return ""
        name = counted.most_common(1)[0][0]
        return next(f"{exercise}: {m}" for exercise, m in self.mistakes.items() if m == name)


def grade_class(
    course: CourseDir, class_dir: Path, workers: int = 2, done: Callable[[Record, int], None] = lambda record, total: None
) -> list[Record]:
    """Grades every submission in class_dir/submitted/<student>/<assignment>/.

    Writes class_dir/gradebook.db, autograded/, feedback/ and grades.csv. `done` is called after each submission.
    Raises CourseError before any work where there is nothing to grade or nothing to grade it by.
    """
    jobs, records = _jobs(course, class_dir)
    if not jobs and not records:
        raise CourseError(
            f"{class_dir / 'submitted'} holds no submissions. Expected submitted/<student>/<assignment>/<assignment>.ipynb."
        )
    total = len(jobs) + len(records)
    for record in records:
        done(record, total)
    _register(course, class_dir, sorted({job.assignment for job in jobs}))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(grade_one, job) for job in jobs]):
            records.append(future.result())
            done(records[-1], total)
    records.sort(key=lambda r: (r.assignment, r.student))
    _write_csv(records, class_dir / "grades.csv")
    return records


def _jobs(course: CourseDir, class_dir: Path) -> tuple[list[Job], list[Record]]:
    """What to grade, and a record for each folder that names no assignment."""
    known = {p.name: p for p in sorted(course.release.glob("*")) if (p / f"{p.name}.ipynb").is_file()}
    if not known:
        raise CourseError(f"{course.release} holds no released lesson. Run `autograder build` first.")
    missing = [name for name in known if not (course.source / name).is_dir()]
    if missing or not course.hidden_keys.is_dir():
        raise CourseError("The course is not built. Run `autograder build` first.")
    jobs, strange = [], []
    submitted = class_dir / "submitted"
    for folder in sorted(submitted.glob("*/*")) if submitted.is_dir() else []:
        student, assignment = folder.parent.name, folder.name
        if not folder.is_dir() or student.startswith("."):
            continue
        if assignment not in known:
            names = ", ".join(known)
            strange.append(Record(student, assignment, problem=f"no assignment of this name; known are {names}"))
            continue
        released = known[assignment] / f"{assignment}.ipynb"
        jobs.append(Job(student, assignment, folder, class_dir, course.root, released))
    return jobs, strange


def _register(course: CourseDir, class_dir: Path, assignments: list[str]) -> None:
    """Makes the assignments known to the gradebook, by nbgrader's generate_assignment into a folder nobody keeps."""
    from nbgrader.converters import GenerateAssignment

    from ..nbgrader_api import NbgraderFailed, run

    with tempfile.TemporaryDirectory() as scratch:
        for assignment in assignments:
            try:
                run(GenerateAssignment, class_dir, assignment, source=course.source, release=scratch)
            except NbgraderFailed as error:
                raise CourseError(
                    f"gradebook.db in {class_dir} does not take {assignment} as it is built now ({error}). It may hold "
                    "submissions of a release with other exercises. Grade those by the release they were made for, or move "
                    "gradebook.db away to grade everything anew (marks given by hand are in it)."
                ) from error


# -- one submission ----------------------------------------------------------------------------------------------------


def grade_one(job: Job) -> Record:
    """Grades one submission. Never raises: what goes wrong is in the record."""
    prepared, problem = prepare(job.submitted, job.released), ""
    if not prepared.readable:
        problem = prepared.notes[0]
    try:
        _autograde(job, prepared)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        problem = f"could not be run to the end ({type(error).__name__})"
        note = "Your notebook could not be run to the end, so nothing in it could be graded. Restart the kernel, run all cells, "
        blank = nbformat.read(job.released, as_version=4)
        prepared = Prepared(blank, [note + "and look for a cell that never finishes or kills the kernel.", *prepared.notes])
        try:
            _autograde(job, prepared)
        except Exception as again:
            return Record(job.student, job.assignment, problem=f"could not be graded: {type(again).__name__}: {again}"[:300])
    return _record(job, prepared, problem)


def _autograde(job: Job, prepared: Prepared) -> None:
    from nbgrader.converters import Autograde, GenerateFeedback

    from ..nbgrader_api import run

    source = CourseDir(job.course).source
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / job.student / job.assignment
        place.mkdir(parents=True)
        nbformat.write(with_notes(prepared), place / job.released.name)
        if (job.submitted / "timestamp.txt").is_file():
            shutil.copy(job.submitted / "timestamp.txt", place)
        for converter in (Autograde, GenerateFeedback):
            run(converter, job.class_dir, job.assignment, job.student, job.course, source=source, submitted=scratch)


def _record(job: Job, prepared: Prepared, problem: str) -> Record:
    from nbgrader.api import Gradebook

    from ..nbgrader_api import COURSE_ID, gradebook_url

    with Gradebook(gradebook_url(job.class_dir), COURSE_ID) as gradebook:
        submission = gradebook.find_submission(job.assignment, job.student)
        notebook = submission.notebooks[0]
        scores = {grade.cell.name.removesuffix("-check"): float(grade.score) for grade in notebook.grades}
        record = Record(job.student, job.assignment, float(submission.score), float(submission.max_score),
                        submission.needs_manual_grade, scores, dict(_mistakes(job)), tuple(prepared.notes), problem)  # fmt: skip
    return record


def _mistakes(job: Job) -> Iterator[tuple[str, str]]:
    """The mistakes named in the autograded notebook's check cells, by exercise."""
    graded = job.class_dir / "autograded" / job.student / job.assignment / job.released.name
    for cell in nbformat.read(graded, as_version=4).cells:
        for output in cell.get("outputs", []):
            facts = output.get("metadata", {}).get("autograder")
            if isinstance(facts, dict) and facts.get("mistake") and "nbgrader" in cell.metadata:
                yield str(facts.get("exercise")), str(facts["mistake"])


def _write_csv(records: list[Record], path: Path) -> None:
    exercises = list(dict.fromkeys(name for r in records for name in r.scores))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "assignment", "score", "points", *exercises, "needs_manual_grade", "mistakes", "notes"])
        for r in records:
            notes = "; ".join([*([r.problem] if r.problem else []), *r.notes])
            scores = [r.scores.get(name, "") for name in exercises]
            writer.writerow(
                [r.student, r.assignment, r.score, r.points, *scores, r.needs_manual, json.dumps(r.mistakes), notes]
            )
