"""Who is in a class, and what people call them: students.csv beside submitted/, and nbgrader's gradebook."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..coursedir.folders import CourseError
from .marks import open_to_read

ROSTER = "students.csv"
"""Beside submitted/, in the columns of `nbgrader db student import`. Where it is there, only who stands in it is known."""


@dataclass(frozen=True)
class Person:
    """A student: the id that folders go by, and what else is known. `namesake` says that another has the same name."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    namesake: bool = False

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.id

    @property
    def order(self) -> tuple[str, str, str]:
        """Sorts a class by last name."""
        return (self.last_name or self.name).casefold(), self.name.casefold(), self.id


class People(dict[str, Person]):
    """{id: person}. Whoever is not in it goes by the id."""

    def __missing__(self, id: str) -> Person:
        return Person(id)

    def of(self, ids: Iterable[str]) -> list[Person]:
        """These, by last name."""
        return sorted((self[id] for id in ids), key=lambda person: person.order)


def read_people(class_dir: Path) -> People:
    """Everybody in class_dir/gradebook.db or students.csv, by last name. Where both have a name, the gradebook's counts."""
    from nbgrader.api import Student
    from sqlalchemy import select

    columns = (Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
    with open_to_read(class_dir) as db:
        known = {row[0]: Person(*(value or "" for value in row)) for row in db.execute(select(*columns))}
    for listed in read_list(class_dir / ROSTER) or []:
        if listed.id and (listed.id not in known or known[listed.id].name == listed.id):
            known[listed.id] = listed
    names = Counter(person.name.casefold() for person in known.values())
    found = (replace(person, namesake=names[person.name.casefold()] > 1) for person in known.values())
    return People({person.id: person for person in sorted(found, key=lambda person: person.order)})


def read_list(file: Path) -> list[Person] | None:
    """The students in `file`, which is called students.csv; None where it is not there. Raises CourseError where it is no such list."""
    if not file.is_file():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{file} cannot be read ({error}). Save it as CSV in UTF-8.") from error
    if not rows or "id" not in rows[0]:
        raise CourseError(
            f"{file} has no column id. Expected id,first_name,last_name,email,lms_user_id, of which only id is a must."
        )
    columns = ("id", "first_name", "last_name", "email", "lms_user_id")
    return [Person(*((row.get(column) or "").strip() for column in columns)) for row in rows]
