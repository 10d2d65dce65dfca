"""The command `autograder`. Each command is thin: what it does lives in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .course_dir import CourseDir, CourseError, find_course

app = typer.Typer(
    help="Build the course, grade a class, try its checks.",
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
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file as well.")] = None,
) -> None:
    """Prove the checks: every wrong answer caught and named, every right one accepted, every mutant caught."""
    from .authoring.proof import show_messages, verify_all

    root = find_course(course)
    if exercise:
        show_messages(root, exercise)
    if not verify_all(root, exercise, json_file):
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
    from .lab import open_lab

    update(folder, course)
    sys.exit(open_lab(folder, browser))


@app.command()
def update(
    folder: Annotated[Path, typer.Argument(help="The folder to work in.")] = Path("student"),
    course: Course = None,
) -> None:
    """Bring your copy of the course up to the newest release, and keep what you wrote. `lab` does this too."""
    from .desk.release import copy_release, find_release
    from .desk.start import write_start

    released = CourseDir(course.resolve()).release if course else find_release()
    for line in copy_release(released, folder):
        typer.echo(line)
    write_start(folder)


Folder = Annotated[Path | None, typer.Option("--folder", help="Your folder; left out, the one you are in, or student/.")]


@app.command()
def submit(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Hand in what is there, although something was found.")] = False,
) -> None:
    """Check that your notebook is complete, run it once from the top and write the file to hand in."""
    from rich.progress import Progress

    from .desk.handin import find_desk, hand_in

    chosen = find_desk(folder or Path.cwd()).lesson(lesson or lesson_here())
    with Progress(transient=True) as bar:
        running = bar.add_task("running", total=None, visible=False)

        def step(at: int, total: int) -> None:
            bar.update(running, completed=at, total=total, visible=True)

        packed = hand_in(
            chosen, lambda line: bar.console.print(line, markup=False, highlight=False, soft_wrap=True), step, anyway
        )
    if packed is None:
        raise typer.Exit(1)


@app.command()
def repair(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
) -> None:
    """Put missing cells of your notebook back in their places, after a backup; drops nothing that you wrote."""
    from .desk.handin import find_desk
    from .desk.repair import repair as run

    for line in run(find_desk(folder or Path.cwd()).lesson(lesson or lesson_here()).folder):
        typer.echo(line)


@app.command()
def bundle(
    output: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("dist/course.zip"),
    course: Course = None,
) -> None:
    """Pack what a class gets: the release, data, environment and a wheel of autograder, without solutions/."""
    from .authoring.bundle import write_bundle

    typer.echo(f"wrote {write_bundle(find_course(course), output)}")


def lesson_here() -> str:
    """The lesson whose folder this is, or ""."""
    return Path.cwd().name if (Path.cwd() / "keys" / "lesson.json").is_file() else ""


def main() -> None:
    from .authoring.exercise import AuthorError

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console of Windows may lack ✓
    try:
        app()
    except (CourseError, AuthorError) as error:
        typer.echo(f"autograder: {error}", err=True)
        sys.exit(2)
