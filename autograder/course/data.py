"""Finds and reads the course's data files: in an installed package beside this file, in a checkout in data/."""

import hashlib
from pathlib import Path

from safetensors import SafetensorError, safe_open

_FOLDERS = Path(__file__).parent / "files", Path(__file__).parents[2] / "data"

_AGAIN = "Get the data files again: `git checkout -- data` in a checkout of the course, or install the course's wheel again."


class DataError(Exception):
    """A data file is missing or damaged; the message says what to do."""

    def _render_traceback_(self):
        """What IPython shows in place of a traceback through this package."""
        return [str(self)]


def folder():
    """The folder that holds the data files, as a Path."""
    for place in _FOLDERS:
        if (place / "SHA256SUMS").is_file():
            return place
    looked = " nor ".join(str(place) for place in _FOLDERS)
    raise DataError(f"The course's data files are missing: there is no SHA256SUMS in {looked}. {_AGAIN}")


def read(name):
    """What a safetensors file holds: {array name: numpy array} and {metadata key: str}.

    The file must be the one recorded in SHA256SUMS. Raises DataError otherwise.
    """
    path = folder() / name
    recorded = checksums().get(name)
    if recorded is None:
        raise DataError(f"{path.parent / 'SHA256SUMS'} has no line for {name}. {_AGAIN}")
    if not path.is_file():
        raise DataError(f"{name} is missing: it should be in {path.parent}. {_AGAIN}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != recorded:
        raise DataError(f"{path} is damaged, or of another version of the course: its SHA-256 is not {recorded}. {_AGAIN}")
    try:
        with safe_open(path, "numpy") as file:
            return {key: file.get_tensor(key) for key in sorted(file.keys())}, file.metadata() or {}
    except SafetensorError as error:
        raise DataError(f"{path} cannot be read as a safetensors file: {error}. {_AGAIN}") from error


def checksums():
    """The recorded SHA-256 of each data file: {file name: hexadecimal digits}."""
    lines = (folder() / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return dict(reversed(line.split()) for line in lines if line)
