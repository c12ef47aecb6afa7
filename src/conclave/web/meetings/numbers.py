"""Meeting numbers: nine digits, written in groups of three."""

from __future__ import annotations

import re
import secrets

FIRST, LAST = 100_000_000, 999_999_999  # none starts with 0, which people drop when they dictate
MAX_TYPED_CHARACTERS = 40  # more than any way of writing nine digits
_WRITTEN = re.compile(r"\A[0-9]{9}\Z|\A[0-9]{3}-[0-9]{3}-[0-9]{3}\Z")
_BETWEEN_DIGITS = re.compile(r"[\s.\-\u2013]+")


def draw() -> str:
    """Return a number that says nothing about how many meetings there are."""
    return str(FIRST + secrets.randbelow(LAST - FIRST + 1))


def from_address(text: str) -> str | None:
    """Return the digits of a number as an address may hold it, or None."""
    return text.replace("-", "") if _WRITTEN.match(text) else None


def from_person(text: str) -> str | None:
    """Return the digits of a number as a person may type it, or None."""
    digits = _BETWEEN_DIGITS.sub("", text[:MAX_TYPED_CHARACTERS].strip())
    return from_address(digits)


def spoken(number: str) -> str:
    """Return `number` in groups of three."""
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"
