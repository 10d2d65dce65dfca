"""The command `autograder`. Each command is thin: what it does lives in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .coursedir.folders import CourseDir, CourseError, find_course
from .judging.printable import lines, one_line

app = typer.Typer(
    help="A Jupyter course, and the grader behind it.",
    epilog="Exit code 0: all is well. 1: something was found, and is shown. 2: it could not be done; the message says what to do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
STUDY, TEACH, WRITE = "You study", "You teach", "You write exercises"
ClassDir = Annotated[Path, typer.Argument(help="Folder with submitted/<student>/<assignment>/; results go beside it.")]
Course = Annotated[Path | None, typer.Option("--course", help="The course's folder; left out, the one you are in.")]


@app.command(rich_help_panel=WRITE)
def build(
    course: Course = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where notebooks/ is out of date.")] = False,
) -> None:
    """Make the release in notebooks/ from the sources in solutions/.

    The keys to grade by, notebooks with all answers and nbgrader's source folder are made in build/. Hidden inputs come from
    the secret in .hidden_seed, which is made at first use: back it up.
    """
    from .authoring.build import build as run

    built = run(find_course(course), check, lambda lesson: typer.echo(f"building {lesson}"))
    typer.echo(f"{len(built.lessons)} lesson(s), {built.exercises} exercises")
    if check and built.stale:
        raise CourseError(
            "notebooks/ is out of date: run `autograder build` and commit. Differing:\n  " + "\n  ".join(built.stale)
        )
    typer.echo("notebooks/ is up to date" if not built.stale else "updated:\n  " + "\n  ".join(built.stale))


@app.command(rich_help_panel=WRITE)
def verify(
    course: Course = None,
    exercise: Annotated[str, typer.Option(help="Only this exercise, with each message as a student reads it.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="With --exercise: again at each save, until Ctrl+C.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file as well.")] = None,
) -> None:
    """Prove that checks name what is wrong and accept the rest.

    Each declared wrong answer is caught and named, each right one accepted, whatever the seed, and each mutant (a small slip that
    a machine makes in the answer) is caught. Exit code 1: something is to be mended; it says where.
    """
    from .authoring.verify_command import verify_all, verify_one
    from .authoring.verify_watch import watch as keep_watching

    root = find_course(course)
    if watch and not exercise:
        raise CourseError("--watch is for one exercise: name it with --exercise.")
    if watch:
        keep_watching(root, exercise)
    elif not (verify_one(root, exercise, json_file) if exercise else verify_all(root, json_file)):
        raise typer.Exit(1)


@app.command(rich_help_panel=TEACH)
def collect(
    source: Annotated[Path, typer.Argument(help="A folder or zip file, such as Moodle or Canvas gives out.")],
    class_dir: ClassDir = Path(),
    course: Course = None,
) -> None:
    """Sort a download into submitted/<student>/<assignment>/.

    The download is what Moodle or Canvas gives out, or a folder or zip of notebooks and of zip files that students made with
    `autograder submit`, in folders with the students' names or called ada_01_counting.ipynb.

    A later submission takes the place of an earlier one, which is kept in replaced/. With a students.csv beside submitted/
    (id,first_name,last_name,email,lms_user_id) students go by its ids. Exit code 1 says that something was left; it is named.
    """
    from .grading.collect import collect as run

    collected = run(find_course(course), source, class_dir)
    for line in collected.left:
        typer.echo(f"left: {one_line(line)}")
    for line in collected.moved:
        typer.echo(one_line(line))
    for name in collected.late:
        typer.echo(
            f"{one_line(name)}: Canvas marks it as late. A penalty needs a timestamp.txt beside the notebook, with the time it came in"
        )
    typer.echo(
        f"{len(collected.placed)} new, {len(collected.replaced)} in place of an earlier one, "
        f"{len(collected.same)} there already, {len(collected.left)} left"
    )
    if collected.left:
        raise typer.Exit(1)


@app.command(rich_help_panel=TEACH)
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
    """Grade every new or changed submission of a class.

    Writes gradebook.db, grades.csv, autograded/ and feedback/ beside submitted/.

    It may be stopped at any moment (Ctrl+C): started again, it goes on where it was. Marks given by hand stay. Exit code 1 says
    that some submission could not be graded as it was handed in; the table names it.
    """
    from .grading.grade import grade_class
    from .grading.grade_command import grading_progress, print_class, print_protection
    from .sandbox.process import protection

    try:
        print_protection(protection(), unprotected)
        with grading_progress() as progress:
            graded = grade_class(find_course(course), class_dir, workers, progress, force, newest_keys)
    except KeyboardInterrupt:
        raise CourseError("stopped. What was graded is kept; start again to go on.") from None
    print_class(graded, class_dir)
    if any(record.problem for record in graded.records):
        raise typer.Exit(1)


@app.command(rich_help_panel=TEACH)
def explain(
    student: Annotated[str, typer.Argument(help="Whose submission.")],
    exercise: Annotated[str, typer.Argument(help="Which exercise.")],
    class_dir: ClassDir = Path(),
    course: Course = None,
) -> None:
    """For an appeal: show hidden calls that an answer gets wrong.

    What went in, what came back and what was expected, for your eyes: students should not see hidden inputs.

    The submission is run once more, by the keys that it was graded by.
    """
    from .grading.explain import explain as run

    for text in run(find_course(course), class_dir, student, exercise):
        typer.echo(lines(text))


@app.command(rich_help_panel=TEACH)
def feedback(
    class_dir: ClassDir = Path(),
    course: Course = None,
    moodle: Annotated[
        Path | None, typer.Option(help="What Moodle gave out; feedback.zip is written as well, for Moodle to take back.")
    ] = None,
) -> None:
    """Write feedback pages anew, with marks given by hand since.

    They are in feedback/<student>/<assignment>/, one file each that needs nothing else. With --moodle they are packed into feedback.zip
    too: upload it under the assignment's grading actions, "Upload multiple feedback files in a zip".
    """
    from .grading.feedback_pages import write_pages

    root = find_course(course)
    typer.echo(f"{write_pages(root, class_dir)} pages in {class_dir / 'feedback'}")
    if moodle is not None:
        from .grading.moodle import pack_for_moodle

        packed = pack_for_moodle(root, moodle, class_dir)
        for name in packed.without:
            typer.echo(f"no page for {one_line(name)}")
        typer.echo(f"{packed.pages} pages in {packed.file}")


@app.command(rich_help_panel=TEACH)
def report(
    class_dir: ClassDir = Path(),
    course: Course = None,
    lessons_at: Annotated[
        str, typer.Option(help="Where the class opens its lessons; links to sections go there. Left out, `autograder lab`.")
    ] = "",
) -> None:
    """Write report.html and report.csv on a graded class.

    What to say in class (the most common mistakes, the smallest input that shows each, the section that treats it), how much of each
    exercise the class earned, scores, who falls behind, who is stuck on what, and what was not handed in or not graded. They name
    students: keep them to yourself.
    """
    from .grading.gradebook import read_records
    from .report.marks import read_marks
    from .report.people import read_people
    from .report.sections import LESSONS_AT
    from .report.write import write_report

    at = lessons_at.rstrip("/") or LESSONS_AT
    records, marks, people = read_records(class_dir), read_marks(class_dir), read_people(class_dir)
    files = write_report(find_course(course), class_dir, records, marks, people, at)
    typer.echo(f"wrote {files[0]} and {files[1].name}")


@app.command("sample-class", rich_help_panel=TEACH)
def sample_class(folder: Annotated[Path, typer.Argument(help="Where to write submitted/.")], course: Course = None) -> None:
    """Write made-up submissions, to try grading on.

    What FOLDER/submitted/ holds is replaced. solutions/sample_class.toml says who makes which mistake.
    """
    from .authoring.sample import write_sample_class

    students = write_sample_class(find_course(course), folder)
    typer.echo(f"{len(students)} submissions in {folder / 'submitted'}")


Copy = Annotated[
    Path | None,
    typer.Argument(
        help="Your copy of the course; left out, the one you are in, else student/. Made at first use, never overwritten."
    ),
]


@app.command(rich_help_panel=STUDY)
def lab(
    folder: Copy = None, course: Course = None, browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True
) -> None:
    """Open the course in JupyterLab, in a copy of your own.

    A newer release is merged in first, as `autograder update` does it. Ctrl+C ends JupyterLab.
    """
    from .desk.lab import open_lab

    sys.exit(open_lab(_bring_up(folder, course)[0], browser))


@app.command(rich_help_panel=STUDY)
def update(folder: Copy = None, course: Course = None) -> None:
    """Merge the newest release into your copy of the course.

    What you wrote stays where it is; your notebooks from before are in .backup/. `autograder lab` does this, too.
    """
    copy, lines = _bring_up(folder, course)
    if not lines:
        typer.echo(f"{copy} has the newest release already.")


def _bring_up(folder: Path | None, course: Path | None) -> tuple[Path, list[str]]:
    """The student's copy with the newest release in it, and what that changed, which is shown as well."""
    from .coursedir.settings import settings_of_release
    from .desk.copies import copy_and_release
    from .desk.start import write_start
    from .desk.update import copy_release

    copy, released = copy_and_release(folder, CourseDir(course.resolve()).release if course else None)
    copy = copy.relative_to(Path.cwd()) if copy.is_relative_to(Path.cwd()) else copy
    lines = copy_release(released, copy)
    for line in lines:
        typer.echo(line)
    write_start(copy, settings_of_release(released.parent))
    return copy, lines


Folder = Annotated[Path | None, typer.Option("--folder", help="Your folder; left out, the one you are in, or student/.")]


@app.command(rich_help_panel=STUDY)
def submit(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Hand in what is there, although something was found.")] = False,
) -> None:
    """Check your notebook, run it once, write the file to hand in.

    The file is in handed_in/. Where something was found that might cost points nothing is written, and the exit code is 1.
    """
    from rich.progress import Progress

    from .desk.copies import find_lesson
    from .desk.handin import hand_in

    chosen = find_lesson(folder or Path.cwd(), lesson or lesson_here())
    with Progress(transient=True) as bar:
        running = bar.add_task("running", total=None, visible=False)

        def step(at: int, total: int) -> None:
            bar.update(running, completed=at, total=total, visible=True)

        packed = hand_in(
            chosen, lambda line: bar.console.print(line, markup=False, highlight=False, soft_wrap=True), step, anyway
        )
    if packed is None:
        raise typer.Exit(1)


@app.command(rich_help_panel=STUDY)
def repair(
    lesson: Annotated[str, typer.Argument(help="Its number, or its folder; left out, the one you are in.")] = "",
    folder: Folder = None,
) -> None:
    """Put missing cells of your notebook back in their places.

    A copy from before is in .backup/. Nothing that you wrote is dropped.
    """
    from .desk.copies import find_lesson
    from .desk.repair import repair as run

    for line in run(find_lesson(folder or Path.cwd(), lesson or lesson_here()).folder):
        typer.echo(line)


@app.command(rich_help_panel=TEACH)
def bundle(
    output: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path("dist/course.zip"), course: Course = None
) -> None:
    """Pack what a class gets into one zip, without solutions.

    The release, data, environment.yml, a wheel of autograder and a README for students.
    """
    from .authoring.bundle import write_bundle

    typer.echo(f"wrote {write_bundle(find_course(course), output, typer.echo)}")


for _command in app.registered_commands:  # paragraphs of one line each, for typer breaks lines where it likes to, and there
    _command.help = "\n\n".join(" ".join(text.split()) for text in _command.callback.__doc__.split("\n\n"))
app.registered_commands.sort(key=lambda command: (STUDY, TEACH, WRITE).index(command.rich_help_panel))


def lesson_here() -> str:
    """The lesson whose folder this is, or ""."""
    return Path.cwd().name if (Path.cwd() / "keys" / "lesson.json").is_file() else ""


def main() -> None:
    from .authoring.faults import AuthorError

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console of Windows may lack ✓
    try:
        app()
    except (CourseError, AuthorError) as error:
        typer.echo(f"autograder: {lines(str(error))}", err=True)
        sys.exit(2)
