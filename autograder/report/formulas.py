"""LaTeX to MathML, which browsers lay out by themselves. Whoever wrote the formula, nothing in it runs or leaves its place."""

from __future__ import annotations

import re
from html import escape, unescape
from xml.etree.ElementTree import tostring

from latex2mathml.converter import convert_to_element

MOST = 1_000
"""Characters of a formula that is laid out; longer ones are shown as they were typed."""

_TAGS = {"math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot",
         "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
         "munderover"}  # fmt: skip
_VALUES = {
    "accent|fence|stretchy|movablelimits|displaystyle": "true|false",
    "display|form|mathvariant|columnalign|linebreak": "[a-z-]+",
    "scriptlevel|linethickness": r"\d",
    "width|minsize|maxsize|lspace|rspace": r"\d(\.\d+)?em|[a-z]+",
}
_KEPT = re.compile("|".join(f"({names})=({values})" for names, values in _VALUES.items()))
"""Attributes that lay out: none with an address, a style or a size beyond the line."""


def formula_html(formula: str, block: bool) -> str:
    """The formula (without its dollar signs) as MathML; as it was typed where it is no LaTeX that can be read."""
    mark = "$$" if block else "$"
    typed = f"<code>{escape(f'{mark}{formula}{mark}')}</code>"
    if len(formula) > MOST:
        return typed
    try:
        root = convert_to_element(formula, display="block" if block else "inline")
    except Exception:  # it has errors of many kinds, RecursionError among them
        return typed
    for element in root.iter():
        if element.tag not in _TAGS:
            return typed
        element.attrib = {name: value for name, value in element.attrib.items() if _KEPT.fullmatch(f"{name}={value}")}
        element.text = unescape(element.text or "")  # the converter writes <, > and others as character references
    return tostring(root, encoding="unicode")
