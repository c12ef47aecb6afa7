"""The packed session record: every number survives, nothing but numbers is accepted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave import record
from conclave.record import CONTEXTS, MAX_COUNT, MAX_OBJECT_BYTES, MAX_OBJECTS, Interval, Link, Object, RecordError, Sum
from conclave.relay import envelope

counts = st.integers(0, MAX_COUNT)
objects = st.lists(
    st.builds(Object, st.integers(0, 20_000), st.integers(0, len(CONTEXTS) - 1), st.integers(0, MAX_OBJECT_BYTES)),
    max_size=60,
).map(lambda found: sorted(found, key=lambda each: each[:2]))
sums = st.lists(
    st.builds(Sum, st.integers(0, len(CONTEXTS) - 1), counts, counts),
    max_size=len(CONTEXTS),
    unique_by=lambda each: each.context,
).map(lambda found: tuple(sorted(found)))
intervals = st.lists(
    st.builds(Interval, st.integers(0, 900), sums, counts, st.none() | st.builds(Link, *[counts] * 7)), max_size=12
)


def test_every_track_that_the_relay_carries_has_its_place() -> None:
    names = {"catalog" if track == envelope.CATALOG else track: number for track, number in envelope.CONTEXTS.items()}
    assert {CONTEXTS[number]: number for number in names.values()} == names


@given(objects)
def test_every_size_and_time_survives(sent: list[Object]) -> None:
    assert record.unpack_objects(record.pack_objects(sent)) == sent


@given(intervals)
def test_every_sum_survives(noted: list[Interval]) -> None:
    assert record.unpack_intervals(record.pack_intervals(noted)) == noted


@pytest.mark.requirement(82)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=100).map(str.encode)))
def test_bytes_are_either_refused_or_wholly_numbers(data: bytes) -> None:
    """What is accepted is determined by its sizes and times, to the last bit: there is no room for anything else."""
    for unpack, pack in (
        (record.unpack_objects, record.pack_objects),
        (record.unpack_intervals, record.pack_intervals),
    ):
        try:
            numbers = unpack(data)  # type: ignore[operator]
        except RecordError:
            continue
        assert pack(numbers) == data  # type: ignore[operator]


def test_the_fullest_stretch_fits() -> None:
    full = [Object(min(index * 128, 10_000), index % 6, MAX_OBJECT_BYTES) for index in range(MAX_OBJECTS)]
    assert len(record.pack_objects(full)) <= record.MAX_PACKED_BYTES


def test_a_second_of_a_shared_screen_takes_a_hundred_bytes() -> None:
    second = [Object(33 * index, 1, 12_000) for index in range(30)]
    assert len(record.pack_objects(second)) <= 30 * 3 + 3


def test_more_than_may_be_is_refused() -> None:
    with pytest.raises(RecordError):
        record.unpack_objects(bytes(record.MAX_PACKED_BYTES + 1))
    with pytest.raises(RecordError):
        record.unpack_objects(record.pack_objects([Object(index, index % 2, 5) for index in range(MAX_OBJECTS + 1)]))
