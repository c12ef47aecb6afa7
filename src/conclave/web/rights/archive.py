"""The archive of what is held about a person: a page to read, JSON and CSV for programs; made while it is sent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join

from conclave.web.privacy.register import Personal

PIECE_BYTES = 64 * 1024  # what is sent at once
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a text for something to compute."""


class Part(Protocol):
    """One table of the archive."""

    @property
    def label(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def declared(self) -> tuple[Personal, ...]: ...
    def rows(self) -> Iterator[tuple[Any, ...]]: ...


def stream(parts: Sequence[Part], *, title: str, made_at: datetime) -> Iterator[bytes]:
    """Yield a ZIP file piece by piece; memory does not grow with the number of rows."""
    pipe = _Pipe()
    members = [("data.html", _page(parts, title, made_at)), ("data.json", _json(parts, title, made_at))]
    members += [(f"csv/{part.file}.csv", _csv(part)) for part in parts]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in members:
            with archive.open(zipfile.ZipInfo(name, made_at.timetuple()[:6]), "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece.encode())
                    if pipe.waiting > PIECE_BYTES:
                        yield pipe.take()
    yield pipe.take()


async def in_background(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield `pieces` to a server that must not wait for the database."""
    step = sync_to_async(lambda: next(pieces, b""))
    while piece := await step():
        yield piece


def _json(parts: Iterable[Part], title: str, made_at: datetime) -> Iterator[str]:
    yield json.dumps({"about": title, "made_at": made_at.isoformat()})[:-1] + ', "held": ['
    for number, part in enumerate(parts):
        head = {"model": part.label, "why": [_why(each) for each in part.declared], "fields": part.fields}
        yield (",\n" if number else "\n") + json.dumps(head)[:-1] + ', "rows": ['
        for index, row in enumerate(part.rows()):
            yield (",\n" if index else "\n") + json.dumps(row, default=_plain)
        yield "]}"
    yield "]}\n"


def _why(each: Personal) -> dict[str, object]:
    return {
        "what": each.what,
        "purposes": list(each.purposes),
        "recipients": list(each.recipients),
        "kept": each.retention.words,
        "basis": each.basis,
        "collected_by": each.source,
    }


def _csv(part: Part) -> Iterator[str]:
    yield _line(part.fields)
    for row in part.rows():
        yield _line([_cell(value) for value in row])


def _line(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _cell(value: object) -> str:
    text = _shown(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _page(parts: Iterable[Part], title: str, made_at: datetime) -> Iterator[str]:
    head, foot = render_to_string("rights/archive.html", {"title": title, "made_at": made_at}).split("<!-- parts -->")
    yield head
    for part in parts:
        yield render_to_string("rights/archive_part.html", {"part": part})
        for row in part.rows():
            yield format_html("<tr>{}</tr>\n", format_html_join("", "<td>{}</td>", ((_shown(each),) for each in row)))
        yield "</table></section>\n"
    yield foot


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, default=_plain)
    return "" if value is None else str(_plain(value))


def _plain(value: object) -> object:
    """Return what JSON has a form for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


class _Pipe(io.RawIOBase):
    """Takes what the ZIP writer writes, and gives it away piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def take(self) -> bytes:
        taken, self._pieces, self.waiting = b"".join(self._pieces), [], 0
        return taken
