"""The engine as a house: rooms, who may import whom, and how large it is. `python -m tests.house` prints it.

What ARCHITECTURE.md says of directions is read from there, so that the page and the code cannot part.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).parent.parent / "autograder"
PAGE = ENGINE / "ARCHITECTURE.md"


def floors() -> list[set[str]]:
    """The floors of the house from the top down, each a set of rooms and doors, as the page lists them."""
    block = re.search(r"```text floors\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    return [set(re.findall(r"[\w.]+(?=/|\.py)", line.partition("—")[0])) for line in block.splitlines() if line.strip()]


def modules() -> dict[str, Path]:
    """{dotted name: file} of the engine. What lessons share (course/) is none of it."""
    files = (file for file in sorted(ENGINE.rglob("*.py")) if file.relative_to(ENGINE).parts[0] != "course")
    return {
        ".".join(file.relative_to(ENGINE.parent).with_suffix("").parts).removesuffix(".__init__"): file for file in files
    }


def imports() -> Iterator[tuple[str, str]]:
    """(module, module that it imports), of the engine's, wherever in a file the import stands."""
    files = modules()
    for module, file in files.items():
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level]) if node.level else ""
                owner = ".".join(filter(None, (base, node.module)))
                names = (f"{owner}.{alias.name}" for alias in node.names)
                yield from ((module, name if name in files else owner) for name in names if owner.startswith("autograder"))
            elif isinstance(node, ast.Import):
                yield from ((module, alias.name) for alias in node.names if alias.name.startswith("autograder"))


def room(module: str) -> str:
    """The room of a module, or the module itself where it is a door."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def upward() -> list[str]:
    """The imports that run up, or sideways into another room of the same floor."""
    floor = {name: number for number, names in enumerate(floors()) for name in names}
    return [
        f"{module} imports {other}"
        for module, other in imports()
        if room(module) != room(other) and floor.get(room(module), 0) >= floor.get(room(other), -1)
    ]


def circles() -> list[str]:
    """The modules that import themselves by way of others."""
    below: dict[str, set[str]] = {}
    for module, other in imports():
        below.setdefault(module, set()).add(other)

    def reached(module: str) -> set[str]:
        queue, found = [module], set()
        while queue:
            fresh = below.get(queue.pop(), set()) - found
            found |= fresh
            queue += fresh
        return found

    return [module for module in below if module in reached(module)]


def lines_of(file: Path) -> int:
    return file.read_text(encoding="utf-8").count("\n")


def main() -> None:
    files = modules()
    sizes, counts = Counter(), Counter()
    for module, file in files.items():
        sizes[room(module)] += lines_of(file)
        counts[room(module)] += 1
    for number, names in enumerate(floors(), 1):
        print(f"floor {number} from the top: " + ", ".join(f"{n} {counts[n]} files {sizes[n]} lines" for n in sorted(names)))
    top = sum(file.parent == ENGINE for file in files.values())
    print(f"{len(files)} files, {sum(sizes.values())} lines, {top} modules at the top level")
    print(f"imports that run up or sideways: {len(upward())}", *upward(), sep="\n  ")
    print(f"modules in a circle: {len(circles())}", *circles(), sep="\n  ")


if __name__ == "__main__":
    main()
