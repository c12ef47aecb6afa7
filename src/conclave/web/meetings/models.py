from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from conclave.record import MAX_PACKED_BYTES
from conclave.web.accounts.models import MAX_ZONE_CHARACTERS, Account
from conclave.web.meetings import numbers
from conclave.web.vault.fields import SealedField

NUMBER_DIGITS = 9
ID_CHARACTERS = 16
DOOR_KEY_CHARACTERS = 64
REPORT_ID_CHARACTERS = 32
MAX_SUBJECT_CHARACTERS = 120
MAX_REASON_CHARACTERS = 300
MAX_NAME_CHARACTERS = 60  # as in a ticket
RECORD_KEPT_DAYS = 30  # a complaint comes within days; longer would be a store of who did what
LONGEST_ROOM = timedelta(hours=24)  # a live node closes a room then: whoever seems to be inside longer is not


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def upcoming(self, *, now: datetime) -> MeetingQuerySet:
        """Return those that are still to come or under way."""
        return self.filter(_is_ahead(now)).order_by("starts_at")

    def past(self, *, now: datetime) -> MeetingQuerySet:
        return self.exclude(_is_ahead(now)).order_by("-starts_at")


def _is_ahead(now: datetime) -> Q:
    inside = Presence.objects.inside(now=now).filter(participant__meeting=OuterRef("pk"))
    return Q(Q(planned_end__gt=now) | Q(Exists(inside)), ended_at=None)


class Meeting(models.Model):
    class Kind(models.TextChoices):
        NOW = "now"
        SCHEDULED = "scheduled"

    number = models.CharField(max_length=NUMBER_DIGITS, unique=True)
    organizer = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="meetings")
    subject = SealedField(max_length=MAX_SUBJECT_CHARACTERS)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    starts_at = models.DateTimeField()
    duration_min = models.PositiveSmallIntegerField()
    planned_end = models.DateTimeField()
    time_zone = models.CharField(max_length=MAX_ZONE_CHARACTERS)
    # From the words of the link, made in the organizer's browser: who enters proves to have the private half.
    door_key = models.CharField(max_length=DOOR_KEY_CHARACTERS, blank=True, default="")
    # It has words, but their door key is not known: only a browser that knows them can tell it.
    had_words = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    # Whether everyone but the organizer waits until somebody lets them in, and what attendees may do inside.
    has_lobby = models.BooleanField(default=False)
    attendees_may_chat = models.BooleanField(default=True)
    attendees_may_share = models.BooleanField(default=True)
    attendees_may_speak = models.BooleanField(default=True)
    # Whether the relay notes size and time of what is sent in it.
    is_recorded = models.BooleanField(default=True)
    # A report of an earlier end that comes late must not end the meeting again.
    reopened_at = models.DateTimeField(null=True)

    objects: ClassVar = MeetingQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organizer", "starts_at"])]

    def __str__(self) -> str:
        return f"meeting {self.pk}"

    @property
    def spoken_number(self) -> str:
        """The number in groups of three, as people read it out."""
        return numbers.spoken(self.number)

    @property
    def join_url(self) -> str:
        """The address of the join page; the words are added in the browser only."""
        return f"{settings.INSTANCE.site_origin}/j/{self.spoken_number}"

    @property
    def local_start(self) -> datetime:
        """When it starts, by the clocks of the time zone it was scheduled in."""
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))

    @property
    def local_end(self) -> datetime:
        return self.planned_end.astimezone(ZoneInfo(self.time_zone))

    @property
    def starts_at_iso(self) -> str:
        """When it starts, or nothing for a meeting that was not scheduled."""
        return self.local_start.isoformat() if self.kind == self.Kind.SCHEDULED else ""


class SupportView(models.Model):
    """One look of the operator's staff at a meeting; rows are only ever added (meetings.support)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="support_views")
    by = models.CharField(max_length=MAX_NAME_CHARACTERS)
    reason = SealedField(max_length=MAX_REASON_CHARACTERS)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"support view {self.pk}"


class Participant(models.Model):
    """Somebody who was admitted to a meeting by a ticket, under the name they gave."""

    id = models.CharField(max_length=ID_CHARACTERS, primary_key=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="participants")
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    name = SealedField(max_length=MAX_NAME_CHARACTERS)
    role = models.CharField(max_length=9)
    admitted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["admitted_at", "id"]

    def __str__(self) -> str:
        return f"participant {self.pk}"

    @property
    def shown_name(self) -> str:
        """The name they gave, until they had it erased."""
        return self.name or "Erased"


class PresenceQuerySet(models.QuerySet["Presence"]):
    def inside(self, *, now: datetime) -> PresenceQuerySet:
        return self.filter(left_at=None, entered_at__gt=now - LONGEST_ROOM)


class Presence(models.Model):
    """One device of a participant in the room, from entering to leaving, as a live node reported it."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="presences")
    device = models.CharField(max_length=ID_CHARACTERS)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=10, blank=True, default="")

    objects: ClassVar = PresenceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = [F("entered_at").asc()]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "device"], name="one_presence_a_device")
        ]

    def __str__(self) -> str:
        return f"presence {self.pk}"


class Stretch(models.Model):
    """A few seconds of the session record: size and time of what one device of a participant sent and was sent.

    There is no content in it, only numbers (conclave.record). Read it through `meetings.records`.
    """

    # The id of its report, so that it is taken once.
    id = models.CharField(max_length=REPORT_ID_CHARACTERS, primary_key=True)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    device = models.CharField(max_length=ID_CHARACTERS)
    began_at = models.DateTimeField(db_index=True)
    intervals = models.BinaryField(max_length=MAX_PACKED_BYTES)
    objects_sent = models.BinaryField(max_length=MAX_PACKED_BYTES)

    class Meta:
        ordering: ClassVar = ["began_at", "id"]

    def __str__(self) -> str:
        return f"stretch {self.pk}"


class TakenReport(models.Model):
    """The id of a report that was taken, so that it is taken once."""

    id = models.CharField(max_length=REPORT_ID_CHARACTERS, primary_key=True)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id
