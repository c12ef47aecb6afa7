"""Drawing without a browser: paths, scales, and the series they show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conclave.record import Interval, Link, Sum
from conclave.web.meetings.measures import draw
from conclave.web.meetings.plots import path, plot, round_up, words
from conclave.web.meetings.records import Timed
from conclave.web.meetings.series import MAX_BINS, Axis, Series
from tests.web.conftest import NOON


def second(at_s: float, *, size_bytes: int = 1000, link: Link | None = None) -> Timed:
    return Timed(NOON + timedelta(seconds=at_s), Interval(1000, (Sum(1, 2, size_bytes),), 0, link))


def test_a_line_goes_in_steps_and_has_gaps_where_nobody_was_there() -> None:
    assert path([0, 50, None, 100, None], top=100) == "M0 100H1L1 50H2M3 0H4"


@pytest.mark.parametrize(
    ("value", "top"), [(1, 1), (1.1, 2), (3, 4), (4.5, 5), (7, 10), (10, 10), (11, 20), (0.03, 0.04), (999_999, 1e6)]
)
def test_scales_end_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == pytest.approx(top)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "bit/s", "0 bit/s"),
        (850_000, "bit/s", "850 kbit/s"),
        (2_450_000, "bit/s", "2.5 Mbit/s"),
        (100, "ms", "100 ms"),
        (0.5, "%", "0.5 %"),
        (1500, "", "1,500"),
    ],
)
def test_values_are_written_as_people_write_them(value: float, unit: str, text: str) -> None:
    assert words(value, unit) == text


def test_next_to_nothing_does_not_look_like_much() -> None:
    drawn = plot("Sent", "sent", [3.0, None], unit="bit/s", summary="", least=10_000)
    assert (drawn.top, drawn.middle, drawn.width) == ("10 kbit/s", "5 kbit/s", 2)


@pytest.mark.parametrize("span_s", [0, 0.4, 1, 59.5, 240, 241, 3600, 86_400])
def test_an_axis_covers_the_meeting_in_whole_seconds(span_s: float) -> None:
    end = NOON + timedelta(seconds=span_s)
    axis = Axis.over(NOON, end)
    assert axis.end >= end
    assert 2 <= axis.bins <= MAX_BINS
    assert axis.bin_of(NOON) == 0
    assert axis.bin_of(end) < axis.bins


def test_a_series_keeps_every_byte_and_knows_when_nobody_was_there() -> None:
    link = Link(20_000, 10, 100, 5, 1_100, 9_000, 450)
    intervals = [second(at, link=link) for at in (0, 1, 2, 7, 8, 9)]
    series = Series.of(Axis.over(NOON, NOON + timedelta(seconds=10)), intervals)
    assert [each.sent_bps for each in series.bins] == [8000, 8000, 8000, None, None, None, None, 8000, 8000, 8000]
    assert [each.rtt_ms for each in series.bins][:4] == [20, 20, 20, None]
    total = series.total
    assert (total.objects, total.size_bytes, total.bytes_out, total.packets_lost) == (12, 6000, 54_000, 30)
    assert total.lost_percent == 5
    rows = series.rows(5)
    assert [(at - NOON).total_seconds() for at, _ in rows] == [0, 2, 6, 8]
    assert sum(row.size_bytes for _, row in rows) == 6000


def test_rates_do_not_jump_when_intervals_are_not_quite_a_second() -> None:
    at, intervals = NOON, []
    for _ in range(600):
        intervals.append(Timed(at, Interval(1003, (Sum(1, 30, 1003),), 0, None)))
        at = intervals[-1].end
    series = Series.of(Axis.over(NOON, at), intervals)
    assert {each.sent_bps for each in series.bins if each.length_ms} == {8000.0}


def test_what_the_transport_does_not_tell_is_not_drawn() -> None:
    axis = Axis.over(NOON, NOON + timedelta(seconds=2))
    silent = Series.of(axis, [second(0), second(1)])
    assert [each.title for each in draw(silent)] == ["Sent", "Objects sent in a second"]
    told = Series.of(axis, [second(0, link=Link(20_000, 1, 1, 0, 1, 1, 0))])
    assert len(draw(told)) == 5
