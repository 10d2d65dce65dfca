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
STUDENTS, INSTRUCTORS, AUTHORS = PANELS = ("For students", "For instructors", "For authors")
ClassDir = Annotated[Path, typer.Argument(help="Folder with submitted/<student>/<assignment>/; results go beside it.")]
Course = Annotated[Path | None, typer.Option("--course", help="The course's folder; left out, the one you are in.")]


@app.command(rich_help_panel=AUTHORS)
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


@app.command(rich_help_panel=AUTHORS)
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


@app.command(rich_help_panel=INSTRUCTORS)
def grade(
    class_dir: ClassDir = Path(),
    course: Course = None,
    workers: Annotated[int, typer.Option(min=1, help="Submissions graded at a time.")] = 2,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed since it was graded.")] = False,
    newest_keys: Annotated[
        bool, typer.Option("--newest-keys", help="Judge by the newest release what was made for an earlier one, too.")
    ] = False,
    unprotected: Annotated[
        bool, typer.Option("--unprotected", help="Go on where this machine has no layer of the sandbox.")
    ] = False,
) -> None:
    """Grade every new or changed submission of a class into gradebook.db, grades.csv and feedback/.

    It may be stopped at any moment: started again, it goes on where it was. Exit code 1 says that some submission could not
    be graded as it was handed in; the table names it.
    """
    from .grading.grade import grade_class
    from .grading.table import grading_progress, print_class, print_protection
    from .sandbox.process import protection

    print_protection(protection(), unprotected)
    with grading_progress() as done:
        graded = grade_class(find_course(course), class_dir, workers, done, force, newest_keys)
    print_class(graded, class_dir)
    if any(record.problem for record in graded.records):
        raise typer.Exit(1)


@app.command(rich_help_panel=INSTRUCTORS)
def explain(
    student: Annotated[str, typer.Argument(help="Whose submission.")],
    exercise: Annotated[str, typer.Argument(help="Which exercise.")],
    class_dir: ClassDir = Path(),
    course: Course = None,
) -> None:
    """Show you, not the student, each hidden call that a graded answer gets wrong: what went in, came back and was expected.

    The submission is run once more, by the keys that it was graded by.
    """
    from .grading.explain import explain as run

    for text in run(find_course(course), class_dir, student, exercise):
        typer.echo(text)


@app.command(rich_help_panel=INSTRUCTORS)
def feedback(class_dir: ClassDir = Path(), course: Course = None) -> None:
    """Write every feedback page again, with the marks and comments that were given by hand since."""
    from .grading.pages import write_pages

    typer.echo(f"{write_pages(find_course(course), class_dir)} pages in {class_dir / 'feedback'}")


@app.command(rich_help_panel=INSTRUCTORS)
def report(
    class_dir: ClassDir = Path(),
    course: Course = None,
    lessons_at: Annotated[
        str, typer.Option(help="Where the class opens its lessons; links to sections go there. Left out, `autograder lab`.")
    ] = "",
) -> None:
    """Write report.html and report.csv: scores, exercises, the most common mistakes, who is stuck, what was not graded."""
    from .grading.gradebook import read_records
    from .report.lesson import LESSONS_AT
    from .report.marks import read_marks
    from .report.write import write_report

    found = find_course(course)
    at = lessons_at.rstrip("/") or LESSONS_AT
    files = write_report(found, class_dir, read_records(class_dir), read_marks(class_dir), at)
    typer.echo(f"wrote {files[0]} and {files[1].name}")


@app.command("sample-class", rich_help_panel=INSTRUCTORS)
def sample_class(
    folder: Annotated[Path, typer.Argument(help="Where to write submitted/.")],
    course: Course = None,
) -> None:
    """Write a synthetic class of submissions, to try grading on."""
    from .authoring.sample import write_sample_class

    students = write_sample_class(find_course(course), folder)
    typer.echo(f"{len(students)} submissions in {folder / 'submitted'}")


@app.command(rich_help_panel=STUDENTS)
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


@app.command(rich_help_panel=STUDENTS)
def update(
    folder: Annotated[Path, typer.Argument(help="The folder to work in.")] = Path("student"),
    course: Course = None,
) -> None:
    """Bring your copy to the newest release; what you wrote stays.

    `autograder lab` does this too.
    """
    from .desk.release import copy_release, find_release
    from .desk.start import write_start

    released = CourseDir(course.resolve()).release if course else find_release()
    for line in copy_release(released, folder):
        typer.echo(line)
    write_start(folder)


Folder = Annotated[Path | None, typer.Option("--folder", help="Your folder; left out, the one you are in, or student/.")]


@app.command(rich_help_panel=STUDENTS)
def submit(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Hand in what is there, although something was found.")] = False,
) -> None:
    """Check and run your notebook, and write the file to hand in.

    It says what is amiss, runs the notebook once from the top, and tells what each check gives then.
    """
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


@app.command(rich_help_panel=STUDENTS)
def repair(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
) -> None:
    """Put missing, doubled and split cells right.

    A backup is made first, and nothing that you wrote is dropped.
    """
    from .desk.handin import find_desk
    from .desk.repair import repair as run

    for line in run(find_desk(folder or Path.cwd()).lesson(lesson or lesson_here()).folder):
        typer.echo(line)


@app.command(rich_help_panel=INSTRUCTORS)
def bundle(
    output: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("dist/course.zip"),
    course: Course = None,
) -> None:
    """Pack what a class gets: the release, data, environment and a wheel of autograder, without solutions/."""
    from .authoring.bundle import write_bundle

    typer.echo(f"wrote {write_bundle(find_course(course), output, typer.echo)}")


def lesson_here() -> str:
    """The lesson whose folder this is, or ""."""
    return Path.cwd().name if (Path.cwd() / "keys" / "lesson.json").is_file() else ""


def main() -> None:
    from .authoring.exercise import AuthorError

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console of Windows may lack ✓
    app.registered_commands.sort(
        key=lambda c: PANELS.index(c.rich_help_panel) if c.rich_help_panel in PANELS else len(PANELS)
    )
    try:
        app()
    except (CourseError, AuthorError) as error:
        typer.echo(f"autograder: {error}", err=True)
        sys.exit(2)
