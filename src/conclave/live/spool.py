"""Reports that the site has not taken yet, on disk, in order (docs/protocol/report.md, "Delivery")."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from conclave.live.durable import prepare_folder, sync_folder, write_file
from conclave.report import MAX_DELIVERY_BYTES, MAX_RECORDED_BYTES, MAX_REPORTS_PER_DELIVERY

MAX_SPOOLED = 100_000
"""A day of a busy node, in 400 MB at 4 KiB a file; a site that is away longer must not fill the disk."""
MAX_SPOOLED_RECORDS = 20_000
"""Fifty people for an hour, in 500 MB at most. They have a spool of their own: attendance never waits behind them."""

_SUFFIX = ".jws"


@dataclass(frozen=True, slots=True)
class Spooled:
    """One report on disk."""

    id: str
    text: str
    path: Path


class Spool:
    """A folder of reports; a file appears whole or not at all. Its methods block; one thread calls them."""

    def __init__(self, folder: Path, *, limit: int = MAX_SPOOLED) -> None:
        self._folder = folder
        self._limit = limit
        self._refused = folder / "refused"
        for each in (folder, self._refused):
            prepare_folder(each)
        names = sorted(path.name for path in folder.glob(f"*{_SUFFIX}"))
        self._sequence = int(names[-1].partition("-")[0]) if names else 0
        self._count = len(names)

    def append(self, reports: Sequence[tuple[str, str]]) -> int:
        """Write reports, as pairs of id and text, durably; return how many there was no room for."""
        kept = reports[: max(0, self._limit - self._count)]
        for report_id, text in kept:
            self._sequence += 1
            self._count += 1
            write_file(self._folder / f"{self._sequence:016d}-{report_id}{_SUFFIX}", text.encode("ascii"))
        sync_folder(self._folder)
        return len(reports) - len(kept)

    def oldest(self, limit: int = MAX_REPORTS_PER_DELIVERY) -> list[Spooled]:
        """Return the oldest reports for one delivery; what is none any more (a damaged disk) is set aside."""
        reports: list[Spooled] = []
        left_bytes = MAX_DELIVERY_BYTES
        for path in sorted(self._folder.glob(f"*{_SUFFIX}"))[:limit]:
            content = path.read_bytes()
            if content.isascii() and 0 < len(content) <= MAX_RECORDED_BYTES:
                left_bytes -= len(content)
                if left_bytes < 0:
                    break
                reports.append(Spooled(path.stem.partition("-")[2], content.decode("ascii"), path))
            else:
                self._set_aside(path)
        return reports

    def settle(self, reports: Sequence[Spooled], *, accepted: Collection[str], refused: Collection[int]) -> int:
        """Delete what the site has, set aside what it will never take; return how many were settled."""
        settled = 0
        for index, report in enumerate(reports):
            if report.id in accepted:
                report.path.unlink(missing_ok=True)
                self._count -= 1
            elif index in refused:
                self._set_aside(report.path)
            else:
                continue
            settled += 1
        return settled

    def _set_aside(self, path: Path) -> None:
        path.replace(self._refused / path.name)
        self._count -= 1
