"""course.toml: what is wrong with it is said in a sentence, and it reaches students with the bundle and with the wheel."""

from __future__ import annotations

import contextlib
import gettext
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.authoring import build as build_module
from autograder.coursedir import settings
from autograder.coursedir.folders import CourseDir, CourseError
from autograder.coursedir.settings import FILE, read_settings, settings_of_release
from autograder.desk.start import START, write_start
from autograder.grading.submission import warm_process
from autograder.messages import translate

from .conftest import ROOT

LEAST = 'format = 1\nid = "counting"\ntitle = "Counting"\n'
LINKS = LEAST + 'site = "https://example.org"\nrepository = "http://example.org/code"\n'


@pytest.fixture
def course(tmp_path):
    def write(text: str) -> CourseDir:
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        return CourseDir(tmp_path)

    return write


def test_three_lines_are_enough(course):
    found = read_settings(course(LEAST).root)
    assert (found.id, found.title, found.package, found.warm, found.site) == ("counting", "Counting", "", (), "")


@pytest.mark.parametrize("language", ["en", "xx"])
def test_the_build_speaks_the_language_of_the_course(tmp_path, monkeypatch, language):
    """No catalogue is there yet, so this one stands in for it."""

    class Catalogue(gettext.NullTranslations):
        def gettext(self, text):
            return text.replace("Exercise:", "Task:")

    monkeypatch.setattr(
        gettext,
        "translation",
        lambda name, folder, languages, fallback: Catalogue() if languages == ["xx"] else gettext.NullTranslations(),
    )
    monkeypatch.setattr(build_module, "workers", one_process)
    shutil.copytree(ROOT / "tests" / "tiny_course", tmp_path, dirs_exist_ok=True)
    (tmp_path / FILE).write_text(
        (tmp_path / FILE).read_text(encoding="utf-8") + f'language = "{language}"\n', encoding="utf-8"
    )
    try:
        build_module.build(CourseDir(tmp_path))
    finally:
        translate.use("en")
    text = (tmp_path / "notebooks" / "01_counting" / "01_counting.ipynb").read_text(encoding="utf-8")
    assert ("Task: `spread`" in text) == (language == "xx")
    assert ("Exercise: `spread`" in text) == (language == "en")


@contextlib.contextmanager
def one_process(jobs):
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = ", r"course\.toml is not TOML \(.*\)\. Expected lines such as"),
        ("\udcff", r"is not TOML"),
        ('id = "counting"', r"does not say its format\. Add the line format = 1"),
        ("format = 2\nplugins = 3", r"has format 2, and this autograder knows no format after 1\. Install"),
        ('format = "1"', r"sets format to '1'; expected is 1"),
        ("format = true", r"sets format to True; expected is 1"),
        (LEAST + 'sites = ""', r"sets sites, which is no setting\. Is it site\?"),
        (LEAST + 'speed = ""', r"sets speed, .* Is it id or title or package or warm or language or site or repository\?"),
        ('format = 1\ntitle = "Counting"', r"does not set id\. Add it: expected is a word such as"),
        ('format = 1\nid = "counting"', r"does not set title"),
        ('format = 1\nid = ""\ntitle = "x"', r"sets id to ''; expected is a word"),
        ('format = 1\nid = "x"\ntitle = 3', r"sets title to 3; expected is a text"),
        (LEAST + 'warm = "numpy"', r"sets warm to 'numpy'; expected is a list of modules"),
        (LEAST + 'warm = ["import numpy"]', r"expected is a list of modules"),
        (LEAST + 'package = "solutions.shared"', r"expected is the name of a package .* none of solutions and build"),
        (LEAST + 'package = "../shared"', r"expected is the name of a package"),
        (LEAST + 'language = "English"', r"sets language to 'English'; expected is a code such as"),
        (LEAST + 'site = "example.org"', r"sets site to 'example\.org'; expected is an address such as \"https://"),
        (LEAST + 'repository = "javascript://x"', r"sets repository to .* expected is an address"),
        (LEAST + 'site = "https://[x"', r"expected is an address"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_and_what_to_do(course, tmp_path, text, message):
    (tmp_path / FILE).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CourseError, match=message):
        read_settings(tmp_path)


def test_without_a_file_it_says_which_to_write(tmp_path):
    with pytest.raises(CourseError, match=r"has no course\.toml\. Write one with three lines: format = 1, id = "):
        read_settings(tmp_path)


def test_a_module_that_cannot_be_imported_is_named_with_the_file(course):
    missing = course(LEAST + 'warm = ["no_such_module"]')
    with pytest.raises(
        CourseError, match=r"course\.toml names under warm a module .*: no_such_module \(ModuleNotFoundError: .*Install"
    ):
        warm_process(missing)  # fmt: skip


def test_students_have_the_bundles_settings_before_the_wheels(course, tmp_path, monkeypatch):
    wheel = tmp_path / "wheel"
    wheel.mkdir()
    monkeypatch.setattr(settings, "WHEEL", wheel)
    assert settings_of_release(tmp_path) is None
    (wheel / FILE).write_text(LEAST.replace("Counting", "In the wheel"))
    assert settings_of_release(tmp_path).title == "In the wheel"
    assert settings_of_release(course(LEAST).root).title == "Counting"


def test_the_package_has_the_settings_of_the_course_that_it_is_in():
    assert read_settings(settings.WHEEL) == read_settings(ROOT)


@pytest.mark.parametrize(
    ("text", "addresses"), [(LEAST, []), (LINKS, ["<https://example.org>", "<http://example.org/code>"])]
)
def test_the_start_page_has_the_addresses_that_are_set(course, tmp_path, text, addresses):
    write_start(tmp_path, read_settings(course(text).root))
    page = (tmp_path / START).read_text(encoding="utf-8")
    assert [address for address in ("<https://example.org>", "<http://example.org/code>") if address in page] == addresses
    assert ("Report it" in page) == ("course's pages" in page) == bool(addresses)
