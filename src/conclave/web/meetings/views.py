"""The organizer's pages: list, schedule, one meeting."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conclave.web.accounts.people import account_of, signed_in
from conclave.web.meetings import actions, records, wire
from conclave.web.meetings.attendance import attendance_of
from conclave.web.meetings.forms import ScheduleForm, initial_at, initial_of
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting
from conclave.web.meetings.numbers import from_address

PAST_SHOWN = 50


def _own_meeting(request: HttpRequest, number: str) -> Meeting:
    """Return the meeting, or 404: to everyone but its organizer it looks as if it did not exist."""
    account = account_of(request)
    meeting = Meeting.objects.filter(number=from_address(number), organizer=account).first() if account else None
    if meeting is None:
        raise Http404
    return meeting


@never_cache
@login_required
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    own = Meeting.objects.filter(organizer=signed_in(request))
    context = {"upcoming": own.upcoming(now=now), "past": own.past(now=now)[:PAST_SHOWN], "now": now}
    return render(request, "meetings/list.html", context)


@login_required
@require_POST
def meet_now(request: HttpRequest) -> HttpResponse:
    meeting = actions.meet_now(organizer=signed_in(request), now=timezone.now())
    return redirect("meetings:meeting", meeting.spoken_number)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest) -> HttpResponse:
    account = signed_in(request)
    now = timezone.now()
    form = ScheduleForm(
        request.POST or None, initial=initial_at(now, account.time_zone), now=now, time_zone=account.time_zone
    )
    if form.is_valid():
        meeting = actions.schedule(organizer=account, **form.details())
        return redirect("meetings:meeting", meeting.spoken_number)
    return render(request, "meetings/schedule.html", {"form": form})


@never_cache
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    meeting = _own_meeting(request, number)
    if number != meeting.spoken_number:
        return redirect("meetings:meeting", meeting.spoken_number, permanent=True)
    is_past = Meeting.objects.past(now=timezone.now()).filter(pk=meeting.pk).exists()
    came = meeting.participants.filter(presences__isnull=False).distinct().prefetch_related("presences")
    context = {
        "meeting": meeting,
        "is_past": is_past,
        "attendance": attendance_of(came, now=timezone.now()),
        "record": records.state_of(meeting, now=timezone.now()),
        "record_days": RECORD_KEPT_DAYS,
        "support_views": meeting.support_views.all(),
    }
    return render(request, "meetings/meeting.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    meeting = _own_meeting(request, number)
    form = ScheduleForm(
        request.POST or None,
        initial=initial_of(meeting),
        now=timezone.now(),
        time_zone=meeting.time_zone,
        kept=meeting.starts_at,
    )
    if form.is_valid():
        actions.change(meeting=meeting, **form.details())
        messages.success(request, "Saved.")
        return redirect("meetings:meeting", meeting.spoken_number)
    return render(request, "meetings/edit.html", {"form": form, "meeting": meeting})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, number: str) -> HttpResponse:
    meeting = _own_meeting(request, number)
    if request.method == "POST":
        actions.delete(meeting=meeting)
        messages.success(request, "The meeting is deleted.")
        return redirect("meetings:list")
    return render(request, "meetings/delete.html", {"meeting": meeting})


@require_POST
def store_door_key(request: HttpRequest, number: str) -> HttpResponse:
    """Take the door key of the words that the organizer's browser has drawn."""
    meeting = _own_meeting(request, number)
    try:
        body = wire.decode_door_key(request.body)
    except wire.WireError:
        return JsonResponse({"error": "That is not the key of meeting words."}, status=400)
    actions.store_door_key(meeting=meeting, door_key=body.door_key)
    return JsonResponse({"door_key": body.door_key})
