"""The colours of the course, measured, and what a figure says to those who do not see it."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from autograder.course import style

COLOURS = {name: getattr(style, name) for name in ("Q", "K", "V", "SCORES", "WEIGHTS", "OTHER", "INK")}

# How colours come through to eyes that lack one kind of cone, in linear RGB: Machado, Oliveira and Fernandes (2009).
EYES = {
    "all cones": np.eye(3),
    "no long": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no medium": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no short": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / (TO_XYZ @ np.ones(3))
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("name", [*COLOURS, "NOTE"])
def test_text_in_every_colour_is_readable_on_the_card(name):
    assert 1.05 / (TO_XYZ[1] @ linear(getattr(style, name)) + 0.05) >= 4.5, "WCAG's contrast for text"


@pytest.mark.parametrize("eyes", EYES)
def test_all_eyes_tell_any_two_colours_apart(eyes):
    seen = {name: lab(np.array(EYES[eyes]) @ linear(colour)) for name, colour in COLOURS.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 10, (a, b)  # 2 is the least that can be seen side by side


def test_a_figure_has_a_caption_and_a_text_in_its_place():
    with style.figure() as (fig, axis):
        axis.plot([0, 1])
        html = style.card(fig, "A line & its end.", 'A "line".')
    assert re.search(r'<img [^>]*alt="A &quot;line&quot;\."', html)
    assert re.search(r"<figcaption [^>]*>A line &amp; its end\.</figcaption>", html)
