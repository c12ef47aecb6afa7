"""What changed between two texts, block by block and word by word, as people read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "li", "h2", "h3", "dt", "dd"})
PAIRED_FROM = 0.5  # two blocks with half of their words in common are one block that was changed


class Kind(StrEnum):
    ADDED = "Added"
    REMOVED = "Removed"
    CHANGED = "Changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and whether they are in both texts (`""`), in the newer only or in the older only."""

    tag: str
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One block that is not as before, and the heading below which it stands."""

    kind: Kind
    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    heading: str
    words: str


def between(old: str, new: str) -> list[Difference]:
    """Return what is different in the HTML `new`, in the order of reading."""
    before, after = blocks(old), blocks(new)
    # By the words alone: a block that stands below another number of the same heading has not changed.
    matcher = SequenceMatcher(None, [each.words for each in before], [each.words for each in after], autojunk=False)
    found: list[Difference] = []
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            found += _paired(before[first:last], after[start:end])
    return found


def blocks(html: str) -> list[Block]:
    """Return the paragraphs, items and headings of a text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def _paired(gone: list[Block], come: list[Block]) -> Iterator[Difference]:
    rest = list(gone)
    for block in come:
        alike = next((each for each in rest if _likeness(each.words, block.words) >= PAIRED_FROM), None)
        if alike is None:
            yield Difference(Kind.ADDED, block.heading, (Piece("ins", block.words),))
        else:
            rest.remove(alike)
            yield Difference(Kind.CHANGED, block.heading, tuple(_pieces(alike.words, block.words)))
    for block in rest:
        yield Difference(Kind.REMOVED, block.heading, (Piece("del", block.words),))


def _likeness(old: str, new: str) -> float:
    return SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio()


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = old.split(), new.split()
    for kind, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("", " ".join(before[first:last]))
            continue
        if first < last:
            yield Piece("del", " ".join(before[first:last]))
        if start < end:
            yield Piece("ins", " ".join(after[start:end]))


class _Reader(HTMLParser):
    """Collects the words of each block.

    What stands in no block of its own belongs to the one around it. A description is read with its term and with the
    paragraph above its list: "90 days" alone would say nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Block] = []
        self._heading = self._item = self._term = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # the name and form are HTMLParser's
        if tag in BLOCKS:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            words = _plain(self._words)
            if tag == "h2":
                self._heading, self._item = words, ""
            elif tag == "p":
                self._item = words
            elif tag == "dt":
                self._term, self._words = words, []
            elif tag == "dd":
                self._words = [f"{self._item}: {self._term}: {words}" if self._item else f"{self._term}: {words}"]
            self._end()

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        words = _plain(self._words)
        if words and words != "Back to top":
            self.found.append(Block(self._heading, words))
        self._words = []


def _plain(words: list[str]) -> str:
    return re.sub(r"\s+", " ", "".join(words)).strip()
