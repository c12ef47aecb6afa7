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

from conclave import report
from conclave.report import Closed, Entered, Left, Opened, Report, ReportError
from tests.fakes import CAROL, MALLORYS_KEY, NODE_KEY, NOW_UNIX_S, ROOM

VECTORS: dict[str, Any] = json.loads(Path("vectors/report.json").read_text("utf-8"))
PUBLIC_KEY = NODE_KEY.public_key()
EVENTS = [
    Opened(),
    Entered(CAROL.participant, CAROL.device, "attendee"),
    Left(CAROL.participant, CAROL.device, "lost"),
    Closed("ended"),
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
    assert msgspec.to_builtins(verified.event) == vector["event"]
    assert (verified.room, verified.at_unix_ms) == (ROOM, NOW_UNIX_S * 1000)


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["case"])
def test_an_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ReportError):
        report.verify(vector["report"], _vector_key())


@pytest.mark.parametrize("event", EVENTS)
def test_what_a_node_signs_the_site_understands(event: report.Event) -> None:
    text = report.sign(_report(event), NODE_KEY)
    assert len(text) <= report.MAX_REPORT_BYTES
    assert report.verify(text, PUBLIC_KEY) == _report(event)


def test_another_nodes_report_is_refused() -> None:
    with pytest.raises(ReportError):
        report.verify(report.sign(_report(Opened()), MALLORYS_KEY), PUBLIC_KEY)


@given(st.text().filter(lambda text: not re.fullmatch("[0-9a-f]{16}|[0-9a-f]{32}", text)))
def test_a_node_cannot_sign_what_was_said(said: str) -> None:
    for event in (Left(said, CAROL.device, "left"), Entered(CAROL.participant, said, "attendee")):
        with pytest.raises(ReportError):
            report.sign(_report(event), NODE_KEY)
    with pytest.raises(ReportError):
        report.sign(Report(said, ROOM, 0, Opened()), NODE_KEY)


@given(st.one_of(st.text(max_size=3000), st.binary(max_size=3000).map(lambda b: b.decode("latin-1"))))
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(ReportError):
        report.verify(text, PUBLIC_KEY)
