"""The spool on disk: in order, whole or not at all, whatever dies when."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from conclave.live.spool import Spool
from conclave.report import MAX_DELIVERY_BYTES, MAX_RECORDED_BYTES
from conclave.web.meetings import wire

IDS = [f"{number:032x}" for number in range(5)]


def _reports(*numbers: int) -> list[tuple[str, str]]:
    return [(IDS[number], f"report.{number}.signature") for number in numbers]


def _waiting(spool: Spool) -> list[str]:
    return [report.id for report in spool.oldest()]


def test_reports_come_back_in_order_also_after_a_restart(tmp_path: Path) -> None:
    Spool(tmp_path).append(_reports(3, 1))
    again = Spool(tmp_path)
    again.append(_reports(0))
    assert _waiting(again) == [IDS[3], IDS[1], IDS[0]]
    assert [report.text for report in again.oldest(1)] == ["report.3.signature"]


def test_what_the_site_has_is_deleted_and_what_it_refuses_is_set_aside(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(_reports(0, 1, 2))
    assert spool.settle(spool.oldest(), accepted={IDS[0]}, refused={1}) == 2
    assert _waiting(spool) == [IDS[2]]
    assert [path.name.partition("-")[2] for path in (tmp_path / "refused").iterdir()] == [f"{IDS[1]}.jws"]


def test_an_answer_about_other_reports_changes_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(_reports(0))
    assert spool.settle(spool.oldest(), accepted={IDS[4]}, refused={7}) == 0
    assert _waiting(spool) == [IDS[0]]


def test_a_damaged_file_does_not_hold_up_the_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(_reports(0, 1, 2))
    damaged, long, _ = sorted(tmp_path.glob("*.jws"))
    damaged.write_bytes(b"\xff\x00")
    long.write_text("x" * 30_000)
    assert _waiting(spool) == [IDS[2]]
    assert len(list((tmp_path / "refused").iterdir())) == 2


def test_a_full_spool_says_what_it_drops(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=2)
    assert spool.append(_reports(0, 1, 2)) == 1
    spool.settle(spool.oldest(), accepted={IDS[0]}, refused=set())
    assert spool.append(_reports(3, 4)) == 1
    assert _waiting(spool) == [IDS[1], IDS[3]]


def test_a_delivery_is_no_longer_than_the_site_takes(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([(f"{number:032x}", "x" * MAX_RECORDED_BYTES) for number in range(12)])
    texts = [report.text for report in spool.oldest()]
    assert len(texts) == MAX_DELIVERY_BYTES // MAX_RECORDED_BYTES
    assert len(msgspec.json.encode({"reports": texts})) <= wire.MAX_DELIVERY_BYTES
    wire.decode_delivery(msgspec.json.encode({"reports": texts}))


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    Spool(folder).append(_reports(0))
    (file,) = folder.glob("*.jws")
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


WRITER = """
import sys, time
from pathlib import Path
from conclave.live.spool import Spool

def stall(draft, _target):
    print("written", flush=True)
    time.sleep(60)

spool = Spool(Path(sys.argv[1]))
Path.replace = stall
spool.append([(sys.argv[2], "half.a.report")])
"""


def test_a_writer_killed_before_the_rename_leaves_nothing_half(tmp_path: Path) -> None:
    Spool(tmp_path).append(_reports(0))
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path, IDS[1]], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert len(list(tmp_path.glob(".*.part"))) == 1
    again = Spool(tmp_path)
    assert _waiting(again) == [IDS[0]]
    assert list(tmp_path.glob(".*.part")) == []
    again.append(_reports(1))
    assert _waiting(again) == [IDS[0], IDS[1]]
