"""The command `autograder`. Each command is thin: what it does lives in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .course_dir import CourseDir, CourseError, find_course

app = typer.Typer(
    help="Build the course, grade a class, try its checks.",
    epilog="Exit code 0: all is well. 1: something was found, and is shown. 2: it could not be done; the message says what to do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Course = Annotated[Path | None, typer.Option("--course", help="The course's folder; left out, the one you are in.")]


@app.command()
def build(
    course: Course = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where notebooks/ is out of date.")] = False,
) -> None:
    """Make the release in notebooks/ from solutions/, and the keys and solution notebooks in build/."""
    from .authoring.build import build as run

    built = run(find_course(course), check, lambda lesson: typer.echo(f"building {lesson}"))
    typer.echo(f"{len(built.lessons)} lesson(s), {built.exercises} exercises")
    if check and built.stale:
        raise CourseError(
            "notebooks/ is out of date: run `autograder build` and commit. Differing:\n  " + "\n  ".join(built.stale)
        )
    typer.echo("notebooks/ is up to date" if not built.stale else "updated:\n  " + "\n  ".join(built.stale))


@app.command()
def verify(
    course: Course = None,
    exercise: Annotated[str, typer.Option(help="Only this exercise, with each message as a student reads it.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="With --exercise: again at each save, until Ctrl+C.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file as well.")] = None,
) -> None:
    """Prove the checks: every wrong answer caught and named, every right one accepted, every mutant caught."""
    from .authoring.proof import verify_all, verify_one
    from .authoring.watch import watch as keep_watching

    root = find_course(course)
    if watch and not exercise:
        raise CourseError("--watch is for one exercise: name it with --exercise.")
    if watch:
        keep_watching(root, exercise)
    elif not (verify_one(root, exercise, json_file) if exercise else verify_all(root, json_file)):
        raise typer.Exit(1)


@app.command()
def grade(
    class_dir: Annotated[
        Path, typer.Argument(help="Folder with submitted/<student>/<assignment>/; results go beside it.")
    ] = Path(),
    course: Course = None,
    workers: Annotated[int, typer.Option(min=1, help="Submissions graded at a time.")] = 2,
    unprotected: Annotated[bool, typer.Option(help="Go on where this machine has no layer of the sandbox.")] = False,
) -> None:
    """Grade every submission of a class into gradebook.db, grades.csv and feedback/."""
    from .grading.grade import grade_class
    from .grading.table import grading_progress, print_protection, print_records
    from .sandbox.process import protection

    print_protection(protection(), unprotected)
    with grading_progress() as done:
        records = grade_class(find_course(course), class_dir, workers, done)
    print_records(records, class_dir)
    if any(record.problem for record in records):
        raise typer.Exit(1)


@app.command("sample-class")
def sample_class(
    folder: Annotated[Path, typer.Argument(help="Where to write submitted/.")],
    course: Course = None,
) -> None:
    """Write a synthetic class of submissions, to try grading on."""
    from .authoring.sample import write_sample_class

    students = write_sample_class(find_course(course), folder)
    typer.echo(f"{len(students)} submissions in {folder / 'submitted'}")


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="The folder to work in; made at first use, never overwritten.")] = Path(
        "student"
    ),
    course: Course = None,
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
) -> None:
    """Open the course in JupyterLab, in a copy of your own."""
    from .lab import copy_release, open_lab

    released = CourseDir(course.resolve()).release if course else find_release()
    for line in copy_release(released, folder):
        typer.echo(line)
    sys.exit(open_lab(folder, browser))


@app.command()
def bundle(
    output: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("dist/course.zip"),
    course: Course = None,
) -> None:
    """Pack what a class gets: the release, data, environment and a wheel of autograder, without solutions/."""
    from .authoring.bundle import write_bundle

    typer.echo(f"wrote {write_bundle(find_course(course), output, typer.echo)}")


def find_release() -> Path:
    """notebooks/ of the nearest folder up that has one: a student may have the bundle alone."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if any((folder / "notebooks").glob("*/*.ipynb")):
            return folder / "notebooks"
    raise CourseError("There is no folder notebooks/ with lessons here or above. Change into the course's folder.")


def main() -> None:
    from .authoring.exercise import AuthorError

    try:
        app()
    except (CourseError, AuthorError) as error:
        typer.echo(f"autograder: {error}", err=True)
        sys.exit(2)
