"""Reports: a closed schema without free text, and one error for everything else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from conclave import record, report
from conclave.record import Interval, Link, Object, Sum
from conclave.report import Closed, Entered, Left, Opened, Recorded, Report, ReportError
from tests.fakes import CAROL, MALLORYS_KEY, NODE_KEY, NOW_UNIX_S, ROOM

VECTORS: dict[str, Any] = json.loads(Path("vectors/report.json").read_text("utf-8"))
PUBLIC_KEY = NODE_KEY.public_key()
INTERVALS = record.pack_intervals([Interval(1000, (Sum(1, 1, 500),), 0, Link(*[2**53 - 1] * 7))] * 12)
RECORDED = Recorded(CAROL.participant, CAROL.device, NOW_UNIX_S * 1000, INTERVALS, record.pack_objects([]))
EVENTS = [
    Opened(),
    Entered(CAROL.participant, CAROL.device, "attendee"),
    Left(CAROL.participant, CAROL.device, "lost"),
    Closed("ended"),
    RECORDED,
]


def _report(event: report.Event) -> Report:
    return Report("1e" * 16, ROOM, NOW_UNIX_S * 1000, event)


def _vector_key() -> Ed25519PublicKey:
    key = load_pem_public_key(VECTORS["public_key_pem"].encode())
    assert isinstance(key, Ed25519PublicKey)
    return key


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda v: json.dumps(v["event"]))
def test_a_valid_vector_says_what_it_should(vector: dict[str, Any]) -> None:
    verified = report.verify(vector["report"], _vector_key())
    assert json.loads(msgspec.json.encode(verified.event)) == vector["event"]
    assert (verified.room, verified.at_unix_ms) == (ROOM, NOW_UNIX_S * 1000)


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["case"])
def test_an_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ReportError):
        report.verify(vector["report"], _vector_key())


@pytest.mark.parametrize("event", EVENTS)
def test_what_a_node_signs_the_site_understands(event: report.Event) -> None:
    text = report.sign(_report(event), NODE_KEY)
    assert len(text) <= report.MAX_RECORDED_BYTES
    assert report.verify(text, PUBLIC_KEY) == _report(event)


def test_another_nodes_report_is_refused() -> None:
    with pytest.raises(ReportError):
        report.verify(report.sign(_report(Opened()), MALLORYS_KEY), PUBLIC_KEY)


@given(st.text().filter(lambda text: not re.fullmatch("[0-9a-f]{16}|[0-9a-f]{32}", text)))
def test_a_node_cannot_sign_what_was_said(said: str) -> None:
    events = (
        Left(said, CAROL.device, "left"),
        Entered(CAROL.participant, said, "attendee"),
        msgspec.structs.replace(RECORDED, device=said),
    )
    for event in events:
        with pytest.raises(ReportError):
            report.sign(_report(event), NODE_KEY)
    with pytest.raises(ReportError):
        report.sign(Report(said, ROOM, 0, Opened()), NODE_KEY)


@given(st.one_of(st.text(max_size=3000), st.binary(max_size=3000).map(lambda b: b.decode("latin-1"))))
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(ReportError):
        report.verify(text, PUBLIC_KEY)


@pytest.mark.requirement(82)
@given(st.text(min_size=1).map(str.encode))
def test_nothing_can_follow_the_numbers_of_a_session_record(said: bytes) -> None:
    good = msgspec.structs.replace(RECORDED, objects=record.pack_objects([Object(3, 1, 500)]))
    report.sign(_report(good), NODE_KEY)
    for field in ("objects", "intervals"):
        followed = msgspec.structs.replace(good, **{field: getattr(good, field) + said})
        with pytest.raises(ReportError):
            report.sign(_report(followed), NODE_KEY)


def test_the_fullest_record_fits_into_its_report() -> None:
    objects = [Object(min(index * 128, 10_000), 1, record.MAX_OBJECT_BYTES) for index in range(record.MAX_OBJECTS)]
    fullest = msgspec.structs.replace(RECORDED, objects=record.pack_objects(objects))
    text = report.sign(_report(fullest), NODE_KEY)
    assert report.MAX_REPORT_BYTES < len(text) <= report.MAX_RECORDED_BYTES
    assert report.verify(text, PUBLIC_KEY).event == fullest


def test_only_a_record_may_be_long() -> None:
    claims = msgspec.to_builtins(_report(Opened()))
    text = report._jws.encode(
        msgspec.json.encode(claims) + b" " * report.MAX_REPORT_BYTES, NODE_KEY, "EdDSA", headers={"typ": "report+jwt"}
    )
    with pytest.raises(ReportError):
        report.verify(text, PUBLIC_KEY)
