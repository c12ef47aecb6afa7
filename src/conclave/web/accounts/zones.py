"""Time zones: which exist, and how to offer them."""

from __future__ import annotations

import zoneinfo
from functools import cache

UTC = "UTC"
# The regions that hold places; the rest of the database is legacy names and offsets.
REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def known() -> frozenset[str]:
    """Return every name that a browser may detect."""
    return frozenset(zoneinfo.available_timezones())


def known_or_utc(name: str) -> str:
    """Return `name` if it is a time zone, else UTC: a wrong guess must not keep anyone from signing up."""
    return name if name in known() else UTC


@cache
def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the zones grouped by region, as a choice field takes them."""
    groups: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(known()):
        region, _, place = name.partition("/")
        if place and region in groups:
            groups[region].append((name, name.replace("_", " ")))
    return [("Universal", [(UTC, "UTC")]), *groups.items()]


def choices_with(name: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return `choices`, and `name` too if it is an older name of a zone that they leave out."""
    listed = {zone for _, zones in choices() for zone, _ in zones}
    return choices() if name in listed or name not in known() else [("Yours", [(name, name)]), *choices()]
