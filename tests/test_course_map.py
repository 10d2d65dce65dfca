"""The map of the course: what it names and lights, that nothing on it overlaps, and that it grows by rows alone."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Bbox

from autograder.course import course_map, style
from autograder.course.course_map import CourseMap, box, route
from autograder.course.map_pieces import Flow, Frame, Lesson, Piece

from .conftest import ROOT
from .test_style import TO_XYZ, linear

COURSE = CourseMap()
NUMBERS = [lesson.number for lesson in COURSE.lessons]
FOLDERS = sorted(folder.name for folder in (ROOT / "solutions").glob("[0-9][0-9]_*"))

# What later lessons may add: a second half below the first, from rows alone.
GROWN = CourseMap(
    (
        *COURSE.pieces,
        Piece("stream", "stream", "INK", (40, 540), (98,), (Flow("norm", "(n, d_model)"),)),
        Piece("level", "level", "INK", (257, 540), (98,), (Flow("stream", "(n, d_model)"),)),
        Piece("mlp", "feed-forward", "OTHER", (257, 600), (98, 99), (Flow("level", "(n, d_model)"),), 90),
        Piece("next", "residual", "INK", (40, 600), (99,), (Flow("stream", "(n, d_model)"), Flow("mlp", "(n, d_model)"))),
    ),
    (*COURSE.lessons, Lesson(98, "level", (400, 540), "One row at a time."), Lesson(99, "blocks", (400, 600), "And again.")),
    (*COURSE.frames, Frame("token by token", ("level", "mlp"))),
)


@pytest.fixture
def drawn():
    """Draws a map with a lesson lit: gives the axis, in which one unit is one point, and y runs down."""

    def draw(a_map=COURSE, number=None):
        with style.figure() as (_, axis), rc_context(course_map.SHEET):
            course_map.draw(axis, a_map, number)
        return axis

    return draw


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, filled as it is."""
    bundles = []
    monkeypatch.setattr(style, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


# -- what it says ------------------------------------------------------------------------------------------------------


def test_every_lesson_is_on_the_map_by_its_name():
    words = [f"{lesson.number:02} {lesson.title}".lower().replace("-", " ") for lesson in COURSE.lessons]
    assert words == [folder.replace("_", " ") for folder in FOLDERS]
    assert all(COURSE.lit(number) for number in NUMBERS)


def test_every_piece_but_the_input_has_something_that_flows_in_with_a_shape():
    assert [piece.id for piece in COURSE.pieces if not piece.inflow] == ["x"]
    assert all(re.fullmatch(r"\(.*\bn.*\)", flow.shape) for piece in COURSE.pieces for flow in piece.inflow)


@pytest.mark.parametrize("number", [None, *NUMBERS])
def test_the_words_name_each_piece_and_those_of_the_lesson(shown, number):
    course_map.show(number)
    (alt,) = re.findall(r'<img [^>]*alt="([^"]*)"', shown[0]["text/html"])
    whole, _, here = alt.partition("You are here")
    for piece in COURSE.pieces:
        name = piece.label.replace("\n", " ")
        assert name in whole
        assert (name in here) == (number in piece.lessons)
    assert shown[0]["text/plain"].startswith(f"You are here: lesson {number}" if number else "The whole computation")


def test_it_is_the_same_picture_each_time(shown):
    course_map.show(5)
    course_map.show(5)
    assert shown[0] == shown[1]


def test_the_picture_of_the_readme_is_current():
    assert (ROOT / "data" / "screenshots" / "course_map.svg").read_text(encoding="utf-8") == course_map.drawing()
    (alt,) = re.findall(r"!\[([^]]*)\]\(data/screenshots/course_map.svg\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [
        piece.id for piece in COURSE.pieces if not set(re.split(r"\W+", piece.label)) <= set(re.split(r"\W+", alt))
    ] == []


# -- how it looks ------------------------------------------------------------------------------------------------------


def boxes(axis):
    """{id: its patch}, found by its place."""
    patches = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    places = {(patch.get_x(), patch.get_y()): patch for patch in patches}
    return {piece.id: places[box(piece)[:2]] for piece in COURSE.pieces}


def pills(axis):
    """Where the black patches are, which carry numbers and "you are here"."""
    found = [p for p in axis.patches if isinstance(p, FancyBboxPatch) and to_hex(p.get_facecolor()) == style.INK.lower()]
    return [Bbox.from_bounds(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in found]


@pytest.mark.parametrize("number", [None, *NUMBERS])
def test_colours_are_those_of_the_course_and_what_is_lit_has_more_than_colour(drawn, number):
    axis = drawn(number=number)
    lit = COURSE.lit(number)
    for piece in COURSE.pieces:
        patch, colour = boxes(axis)[piece.id], getattr(style, piece.colour)
        assert (to_hex(patch.get_edgecolor()) == colour.lower()) == (piece.id in lit)
        assert patch.get_linewidth() == (2.4 if piece.id in lit else 1)
    marks = [text.get_text() for text in axis.texts]
    assert number is None or marks.count(str(number)) == len(lit)
    assert marks.count("you are here") == (number is not None)


@pytest.mark.parametrize("colour", sorted({piece.colour for piece in COURSE.pieces}))
def test_what_is_pale_is_still_seen(colour):
    pale = linear(course_map._pale(getattr(style, colour), course_map.PALE))
    assert 1.05 / (TO_XYZ[1] @ pale + 0.05) >= 3, "WCAG's contrast for pictures"


def test_queries_keys_and_values_have_their_colours():
    by_colour = {name: {p.id for p in COURSE.pieces if p.colour == name} for name in ("Q", "K", "V", "WEIGHTS")}
    assert by_colour["Q"] == {"w_q", "q", "split_q"}
    assert by_colour["K"] == {"w_k", "k", "split_k"}
    assert by_colour["V"] == {"w_v", "v", "split_v", "output"}
    assert by_colour["WEIGHTS"] == {"softmax", "weights"}


def texts(axis):
    """[(text, where it stands)], measured."""
    renderer = RendererAgg(8 * 72, 8 * 72, 72)
    axis.figure.set_dpi(72)
    with rc_context(course_map.SHEET):
        extents = [(text.get_text(), text.get_window_extent(renderer)) for text in axis.texts]
    return [(words, Bbox(axis.transData.inverted().transform(extent.get_points()))) for words, extent in extents]


def meet(a, b, gap=0.0):
    """Whether two boxes come nearer than the gap."""
    return a.xmin < b.xmax + gap and b.xmin < a.xmax + gap and a.ymin < b.ymax + gap and b.ymin < a.ymax + gap


def arrows(a_map):
    """[(id of the source, id of the target, a straight part of the arrow)]."""
    by_id = {piece.id: piece for piece in a_map.pieces}
    for piece in a_map.pieces:
        for flow in piece.inflow:
            for part in itertools.pairwise(route(by_id[flow.source], piece)):
                yield flow.source, piece.id, Bbox(part)


def sides(axis):
    """The four lines of each frame."""
    for frame in (patch for patch in axis.patches if patch.get_facecolor()[3] == 0):
        (left, top), (right, bottom) = Bbox.from_bounds(*frame.get_bbox().bounds).get_points()
        for part in itertools.pairwise([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]):
            yield Bbox(part)


@pytest.mark.parametrize(("a_map", "number"), [*((COURSE, n) for n in (None, *NUMBERS)), (GROWN, None), (GROWN, 99)])
def test_nothing_overlaps(drawn, a_map, number):
    axis = drawn(a_map, number)
    written, dark = texts(axis), pills(axis)
    bodies = {piece.id: Bbox([box(piece)[:2], box(piece)[2:]]) for piece in a_map.pieces}
    for (a, at), (b, other) in itertools.combinations(written, 2):
        assert not meet(at, other), (a, b)
    for (a, body), (b, other) in itertools.combinations(bodies.items(), 2):
        assert not meet(body, other, gap=8), (a, b)
    for words, at in written:
        assert min(at.xmin, course_map.WIDTH - at.xmax, at.ymin, axis.get_ylim()[0] - at.ymax) > 3, (
            f"{words} leaves the picture"
        )
        lines = [part for _, _, part in arrows(a_map)] + list(sides(axis))
        assert not any(meet(line, at) for line in lines), f"a line runs through {words}"
        home = [pill for pill in dark if meet(pill, at)] or [body for body in bodies.values() if meet(body, at)]
        assert all(place.xmin + 2 < at.xmin and at.xmax < place.xmax - 2 for place in home), f"{words} leaves its box"
    for source, target, part in arrows(a_map):
        assert [name for name in bodies if name not in (source, target) and meet(bodies[name], part)] == [], (source, target)
        assert not any(meet(pill, part) for pill in dark), f"a number lies on the arrow from {source} to {target}"


# -- it grows by rows --------------------------------------------------------------------------------------------------


def test_a_map_with_more_rows_is_drawn_from_them_alone(drawn):
    axis = drawn(GROWN, 99)
    assert axis.get_ylim()[0] > drawn().get_ylim()[0]
    assert {"norm", "feed-forward", "residual", "token by token"} <= {text.get_text() for text in axis.texts}
    assert GROWN.lit(99) == {"mlp", "next"}
    assert "feed-forward from level (n, d_model)" in course_map.alt(GROWN, 99)


def with_first(**changes):
    return {"pieces": (replace(COURSE.pieces[1], **changes), *COURSE.pieces[:1], *COURSE.pieces[2:])}


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (with_first(inflow=(Flow("x", " "),)), "Piece 'w_q': the arrow from 'x' has no shape."),
        (with_first(inflow=(Flow("y", "(n,)"),)), "Piece 'w_q': its arrow comes from 'y', which is no piece."),
        (with_first(id="w_k"), "Piece 'w_k': another has this id."),
        (with_first(colour="BLUE"), "Piece 'w_q': style.py has no colour 'BLUE'."),
        (with_first(colour="show"), "Piece 'w_q': style.py has no colour 'show'."),
        (with_first(lessons=(2, 9)), "Piece 'w_q': there is no lesson 9."),
        ({"frames": (Frame("core", ("scores", "soft")),)}, "Frame 'core': 'soft' is no piece."),
        ({"lessons": (*COURSE.lessons, Lesson(7, "norm", (0, 0), ""))}, "Lesson 7, norm: it lights nothing."),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_together_are_named(rows, fault):
    with pytest.raises(ValueError, match=re.escape(fault)):
        CourseMap(**rows)


@pytest.mark.parametrize("number", [0, NUMBERS[-1] + 1, "3"])
def test_a_lesson_that_is_not_there_is_named(number):
    known = ", ".join(map(str, NUMBERS))
    with pytest.raises(ValueError, match=rf"no lesson {number!r} on the map. Its lessons are {known}\."):
        course_map.show(number)
