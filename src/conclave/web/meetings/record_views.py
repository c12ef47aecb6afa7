"""The pages of a meeting's session record: plots, downloads, deletion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from conclave.web.accounts.people import account_of
from conclave.web.meetings import measures, record_csv, records
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting, Participant, Stretch
from conclave.web.meetings.numbers import from_address
from conclave.web.meetings.plots import Plot
from conclave.web.meetings.series import Axis, Bin, Series
from conclave.web.privacy.vocabulary import Purpose

PEOPLE_ON_A_PAGE = 8  # an hour of each takes a twentieth of a second to draw
TABLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of which meeting's record a request may see."""

    meeting: Meeting
    people: QuerySet[Participant]
    is_organizer: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What is shown of one participant."""

    participant: Participant
    axis: Axis
    plots: list[Plot]
    total: Bin
    rows: list[tuple[datetime, Bin]]


def _page(request: HttpRequest, number: str) -> Page:
    """Return what may be seen, or 404: to whom none of it belongs, it looks as if the meeting did not exist."""
    account = account_of(request)
    meeting = Meeting.objects.filter(number=from_address(number)).first()
    people = records.visible_to(account, meeting) if meeting else Participant.objects.none()
    is_organizer = meeting is not None and account is not None and meeting.organizer_id == account.pk
    if meeting is None or not (is_organizer or people.exists()):
        raise Http404
    return Page(meeting, people, is_organizer)


@never_cache
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    page, now = _page(request, number), timezone.now()
    found = records.stretches(page.people, purpose=Purpose.QUALITY)
    in_it = page.people.filter(pk__in=found.values("participant"))
    shown = Paginator(in_it, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "meeting": page.meeting,
        "is_organizer": page.is_organizer,
        "people": shown,
        "parts": _parts(found, list(shown)),
        "state": records.state_of(page.meeting, now=now),
        "kept_days": RECORD_KEPT_DAYS,
        "kept_until": (last.began_at + records.KEPT) if (last := found.last()) else None,
    }
    return render(request, "meetings/record.html", context)


@never_cache
@require_safe
def download_objects(request: HttpRequest, number: str) -> StreamingHttpResponse:
    return _download(_page(request, number), "objects", record_csv.OBJECTS_HEADER, record_csv.objects)


@never_cache
@require_safe
def download_connection(request: HttpRequest, number: str) -> StreamingHttpResponse:
    return _download(_page(request, number), "connection", record_csv.CONNECTION_HEADER, record_csv.connection)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, number: str) -> HttpResponse:
    page = _page(request, number)
    if not page.is_organizer:
        raise Http404
    if request.method == "POST":
        records.delete(page.meeting)
        messages.success(request, "The session record is deleted.")
        return redirect("meetings:meeting", page.meeting.spoken_number)
    return render(request, "meetings/record_delete.html", {"meeting": page.meeting})


def _download(page: Page, name: str, header: tuple[str, ...], rows: record_csv.Rows) -> StreamingHttpResponse:
    found = records.stretches(page.people, purpose=Purpose.QUALITY)
    response = StreamingHttpResponse(record_csv.stream(found, header, rows), content_type="text/csv; charset=utf-8")
    file = f"session-record-{page.meeting.spoken_number}-{name}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _parts(found: QuerySet[Stretch], people: list[Participant]) -> list[Part]:
    first, last = found.first(), found.last()
    if first is None or last is None:
        return []
    axis = Axis.over(first.began_at, max(each.end for each in records.timed(last)))
    by_person: dict[str, list[records.Timed]] = {each.pk: [] for each in people}
    for stretch in found.filter(participant__in=people):
        by_person[stretch.participant_id] += records.timed(stretch)
    return [_part(each, Series.of(axis, by_person[each.pk])) for each in people]


def _part(participant: Participant, series: Series) -> Part:
    return Part(participant, series.axis, measures.draw(series), series.total, series.rows(TABLE_ROWS))
