"""The list in which a controller's key is read as four words."""

from __future__ import annotations

from importlib.resources import files


def read_words() -> tuple[str, ...]:
    """Return the 7,776 words, in order."""
    lines = files("conclave.helper").joinpath("words.txt").read_text("utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())
