"""How long it takes to hand somebody what is held about them, and to delete what was kept long enough; on SQLite.

    python -m bench.rights

Targets: an archive of 10,000 rows in 5 s, in memory that does not grow with them; 5,000 deleted rows a second.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from datetime import timedelta

from conclave.instance import Instance
from conclave.web.serve import prepare

ROWS = 10_000
PURGED = 50_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "conclave.web.config.settings"
        prepare(Instance(data=folder))
        _measure_archive()
        _measure_purge()


def _measure_archive() -> None:
    from django.utils import timezone

    from conclave.web.accounts.models import Account
    from conclave.web.meetings.models import Meeting
    from conclave.web.rights import archive
    from conclave.web.rights.collect import Subject, sections

    now = timezone.now()
    alice = Account.objects.create(email="alice@example.org", first_name="Alice", last_name="Example")
    Meeting.objects.bulk_create(
        Meeting(
            number=str(100_000_000 + n),
            organizer=alice,
            subject=f"A subject as people write them, number {n}",
            starts_at=now,
            planned_end=now + timedelta(hours=1),
            duration_min=60,
        )
        for n in range(ROWS)
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    size = sum(len(each) for each in archive.stream(sections(Subject.of(alice)), title="Alice", made_at=now))
    took = time.perf_counter() - began
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"archive of {ROWS} rows: {took:.2f} s, {size / 1e6:.2f} MB, at most {more / 1024:.1f} MB more memory")


def _measure_purge() -> None:
    from django.utils import timezone

    from conclave.web.accounts.models import Account
    from conclave.web.meetings.models import Meeting, Participant, Presence
    from conclave.web.privacy.retention import purge

    now = timezone.now()
    old = now - timedelta(days=1000)
    usual = {"starts_at": now, "planned_end": now, "duration_min": 60, "subject": "Long"}
    meeting = Meeting.objects.create(number="999999999", organizer=Account.objects.get(), **usual)
    people = [f"{n:016x}" for n in range(PURGED // 2)]
    Participant.objects.bulk_create(
        (Participant(id=each, meeting=meeting, name="Carol", admitted_at=old) for each in people), batch_size=1000
    )
    Presence.objects.bulk_create(
        (Presence(participant_id=each, device=each, entered_at=old) for each in people), batch_size=1000
    )
    began = time.perf_counter()
    purge(now=now)
    took = time.perf_counter() - began
    assert not Presence.objects.exists()
    print(f"purge of {PURGED} rows of attendance: {took:.2f} s, {PURGED / took:.0f} rows a second")


if __name__ == "__main__":
    main()
