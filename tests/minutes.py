"""How long a lesson takes, by one rule, part by part: `python -m tests.minutes`.

180 words a minute (a formula counts as one word, a displayed one as five), 5 s for each line of code that is there to be read, 35 s a
figure, and the minutes that the exercises declare. What stands in quotations marked "If you have time", with the code right below one,
is extra, and so are optional exercises. Below the sum: how long the sentences are.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass

from autograder.authoring.catalog import load_exercises
from autograder.authoring.lesson_md import Lesson, Placement, read_lesson

from .conftest import ROOT

WORDS_A_MINUTE, SECONDS_A_LINE, SECONDS_A_FIGURE = 180, 5, 35
FIGURE = re.compile(r"^\s*(?:figures|course_map)\.\w+\(", re.MULTILINE)


@dataclass
class Part:
    """A part of a lesson: what its heading says it takes, and what the rule says, in minutes."""

    title: str
    said: int
    minutes: float = 0
    extra: float = 0


def parts_of(lesson: Lesson, exercises: dict) -> list[Part]:
    """The parts of a lesson, the lines before the first heading as one of their own."""
    parts, extra = [Part("(opening)", 0)], False
    for cell in lesson.cells:
        if isinstance(cell, Placement):
            exercise = exercises.get(cell.name)
            if exercise and exercise.optional:
                parts[-1].extra += exercise.minutes
            else:
                parts[-1].minutes += exercise.minutes if exercise else 0
        elif cell.cell_type == "code":
            spent = (
                len(cell.source.splitlines()) * SECONDS_A_LINE + len(FIGURE.findall(cell.source)) * SECONDS_A_FIGURE
            ) / 60
            parts[-1].extra += spent if extra else 0
            parts[-1].minutes += 0 if extra else spent
        else:
            for piece in re.split(r"(?=^## )", cell.source, flags=re.MULTILINE):
                if heading := re.match(r"## (.*?)(?: \((\d+) min\))?$", piece, re.MULTILINE):
                    parts.append(Part(heading[1], int(heading[2] or 0)))
                quoted = "\n".join(re.findall(r"^>.*$", piece, re.MULTILINE))
                parts[-1].extra += words(quoted) / WORDS_A_MINUTE
                parts[-1].minutes += words(re.sub(r"^>.*$", "", piece, flags=re.MULTILINE)) / WORDS_A_MINUTE
            extra = cell.source.rstrip().splitlines()[-1].startswith(">")
    return parts


def words(text: str) -> int:
    """How many words of prose a text has."""
    text = re.sub(r"\$\$.*?\$\$", " one two three four five ", text, flags=re.DOTALL)
    text = re.sub(r"\$.*?\$", " one ", re.sub(r"<[^>]+>", " ", text), flags=re.DOTALL)
    return len(re.findall(r"[^\s\W]+(?:['’.-]\w+)*", text))


def sentence_lengths(lesson: Lesson) -> list[int]:
    """The words of each sentence of a lesson's prose; headings, tables, formulas on lines of their own and tags are none."""
    prose = "\n\n".join(cell.source for cell in lesson.cells if getattr(cell, "cell_type", "") == "markdown")
    prose = re.sub(r"\$\$.*?\$\$|<summary>.*?</summary>|^(#|\|)[^\n]*$", "\n\n", prose, flags=re.DOTALL | re.MULTILINE)
    sentences = re.split(r"(?<=[.?:])[\s*_]+|\n\s*\n|\n>?\s*[-*\d]+[.:]?\s", prose)
    return [n for n in map(words, sentences) if n]


def main() -> None:
    declared = load_exercises(ROOT / "solutions")
    for file in sorted((ROOT / "solutions").glob("*/lesson.md")):
        exercises = declared[file.parent.name]
        lesson = read_lesson(file, exercises)
        parts = parts_of(lesson, exercises)
        for part in parts:
            print(f"{part.minutes:6.1f} (said {part.said:2}, extra {part.extra:4.1f})  {part.title}")
        said, total, extra = (sum(getattr(p, n) for p in parts) for n in ("said", "minutes", "extra"))
        print(f"{total:6.1f} (said {said:2}, extra {extra:4.1f})  = {file.parent.name}")
        lengths = sentence_lengths(lesson)
        short = sum(n <= 8 for n in lengths) / len(lengths)
        print(f"       sentences: median {statistics.median(lengths):.0f} words, {short:.0%} with eight or fewer\n")


if __name__ == "__main__":
    main()
