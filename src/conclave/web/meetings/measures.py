"""What is plotted of a participant's session record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat

from conclave.web.meetings.plots import Plot, plot, words
from conclave.web.meetings.series import Bin, Series


@dataclass(frozen=True, slots=True)
class Measure:
    """One plot: its value in a step of time, and its summary over the whole meeting."""

    title: str
    kind: str
    unit: str
    least: float
    """What the scale reaches at least, so that next to nothing does not look like much."""
    value: Callable[[Bin], float | None]
    summary: Callable[[Bin], str]

    def draw(self, series: Series) -> Plot:
        values = [self.value(each) for each in series.bins]
        summary = self.summary(series.total)
        return plot(self.title, self.kind, values, unit=self.unit, summary=summary, least=self.least)


MEASURES = (
    Measure(
        "Sent",
        "sent",
        "bit/s",
        10_000.0,
        lambda step: step.sent_bps,
        lambda total: f"{words(total.sent_bps or 0, 'bit/s')} on average, {filesizeformat(total.size_bytes)} in all",
    ),
    Measure(
        "Received",
        "received",
        "bit/s",
        10_000.0,
        lambda step: step.received_bps,
        lambda total: f"{words(total.received_bps or 0, 'bit/s')} on average, {filesizeformat(total.bytes_out)} in all",
    ),
    Measure(
        "Round trip",
        "round-trip",
        "ms",
        10.0,
        lambda step: step.rtt_ms,
        lambda total: f"{words(total.rtt_ms or 0, 'ms')} on average",
    ),
    Measure(
        "Objects sent in a second",
        "sent",
        "",
        5.0,
        lambda step: step.objects_per_s,
        lambda total: f"{total.objects:,} in all, {total.dropped:,} dropped",
    ),
    Measure(
        "Lost on the way to them",
        "lost",
        "%",
        1.0,
        lambda step: step.lost_percent,
        lambda total: f"{total.packets_lost:,} of {total.packets_out:,} packets",
    ),
)


def draw(series: Series) -> list[Plot]:
    """Return the plots of a series, without those of what its transport told nothing about."""
    return [each.draw(series) for each in MEASURES if each.value(series.total) is not None]
