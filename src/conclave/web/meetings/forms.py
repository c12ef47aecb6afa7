from __future__ import annotations

import datetime as clock
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from conclave.web.accounts import zones
from conclave.web.meetings import numbers
from conclave.web.meetings.models import MAX_SUBJECT_CHARACTERS, RECORD_KEPT_DAYS, Meeting

DURATIONS_MIN = (15, 30, 45, 60, 90, 120, 180, 240, 480)
FARTHEST = timedelta(days=3 * 366)  # a typing error in the year is likelier than a meeting after that


_OPTIONS = ("has_lobby", "attendees_may_chat", "attendees_may_share", "attendees_may_speak", "is_recorded")
_DETAILS = ("subject", "starts_at", "duration_min", "time_zone", *_OPTIONS)


def _duration_words(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    words = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    return " ".join([*words, f"{rest} minutes"] if rest else words)


class ScheduleForm(forms.Form):
    subject = forms.CharField(label="Subject", max_length=MAX_SUBJECT_CHARACTERS)
    date = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    duration_min = forms.TypedChoiceField(
        label="Duration", coerce=int, initial=60, choices=[(each, _duration_words(each)) for each in DURATIONS_MIN]
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zones.choices)
    has_lobby = forms.BooleanField(
        label="Lobby",
        required=False,
        help_text="Everyone but you knocks and waits until you let them in.",
    )
    attendees_may_chat = forms.BooleanField(label="Attendees may write in the chat", required=False, initial=True)
    attendees_may_share = forms.BooleanField(label="Attendees may share their screen", required=False, initial=True)
    attendees_may_speak = forms.BooleanField(
        label="Attendees may unmute themselves",
        required=False,
        initial=True,
        help_text="In the meeting you can make somebody presenter, who may do all of this.",
    )
    is_recorded = forms.BooleanField(
        label="Keep a session record",
        required=False,
        initial=True,
        help_text="When encrypted packets were sent and how large they were, never what is in them: to find out why a "
        f"meeting was slow. Everyone in it is told. Deleted after {RECORD_KEPT_DAYS} days.",
    )

    def __init__(self, *args: Any, now: datetime, time_zone: str, kept: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.kept = kept  # the start of a meeting under way, which may stay as it is
        self.fields["time_zone"].choices = zones.choices_with(time_zone)  # type: ignore[attr-defined]
        self.fields["time_zone"].initial = time_zone

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"date", "time", "time_zone"} <= values.keys():
            values["starts_at"] = self._starts_at(values["date"], values["time"], values["time_zone"])
        return values

    def _starts_at(self, day: clock.date, hour: clock.time, zone: str) -> datetime | None:
        local = datetime.combine(day, hour, tzinfo=ZoneInfo(zone))
        starts_at = local.astimezone(UTC)
        if self.kept is not None and starts_at == self.kept.replace(second=0, microsecond=0):
            return self.kept
        if starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
            self.add_error(
                "time",
                f"In {zone} the clocks are put forward on {day:%-d %B %Y}: {hour:%H:%M} does not exist that day. "
                "Choose an earlier or later time.",
            )
        elif starts_at < self.now:
            self.add_error(
                "date" if day < self.now.astimezone(ZoneInfo(zone)).date() else "time", "That is in the past."
            )
        elif starts_at > self.now + FARTHEST:
            self.add_error("date", "That is more than three years ahead.")
        return starts_at

    def details(self) -> dict[str, Any]:
        """Return what the actions take."""
        return {name: self.cleaned_data[name] for name in _DETAILS}


def initial_at(now: datetime, time_zone: str) -> dict[str, object]:
    """Return what the empty form suggests: the next full hour but one, by the person's clocks."""
    start = (now + timedelta(hours=2)).astimezone(ZoneInfo(time_zone)).replace(minute=0)
    return {"date": start.date(), "time": start.time(), "time_zone": time_zone}


def initial_of(meeting: Meeting) -> dict[str, object]:
    """Return the values with which the form shows `meeting`."""
    return {
        "subject": meeting.subject,
        "date": meeting.local_start.date(),
        "time": meeting.local_start.time(),
        "duration_min": meeting.duration_min,
        "time_zone": meeting.time_zone,
        **{option: getattr(meeting, option) for option in _OPTIONS},
    }


class NumberForm(forms.Form):
    number = forms.CharField(
        label="Meeting number",
        max_length=numbers.MAX_TYPED_CHARACTERS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Nine digits, such as 481-516-234",
    )

    def clean_number(self) -> str:
        number = numbers.from_person(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError("A meeting number has nine digits.")
        return number
