"""The pages of those who attend: join by number, the meeting's page, its ticket."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conclave import ticket
from conclave.instance import read_private_key
from conclave.web.accounts.people import account_of
from conclave.web.meetings import actions, limits, numbers, wire
from conclave.web.meetings.forms import NumberForm
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting, Participant

SESSION_KEY = "participants"  # meeting number -> participant id
MEETINGS_PER_SESSION = 50  # remembered; the oldest is forgotten first

NAME_REFUSED = f"Please give a name of 1 to {ticket.MAX_NAME_CHARACTERS} ordinary characters."
UNKNOWN = "There is no meeting with this number."
ENDED = "This meeting has ended."
NOT_READY = "The organizer has not made the meeting's words yet."
TOO_MANY = "Too many attempts. Please wait a minute, then try again."


@require_safe
def join(request: HttpRequest) -> HttpResponse:
    """Ask for a number, and lead to its meeting."""
    form = NumberForm(request.GET if "number" in request.GET else None)
    if form.is_valid():
        return redirect("meetings:room", numbers.spoken(form.cleaned_data["number"]))
    return render(request, "meetings/join.html", {"form": form})


@never_cache
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show the page that the room's client fills."""
    meeting = _find(number)
    if meeting is None:
        return _not_found(request, number)
    if request.path != reverse("meetings:room", args=[meeting.spoken_number]):
        return redirect("meetings:room", meeting.spoken_number)
    account = account_of(request)
    context = {
        "meeting": meeting,
        "csrf": get_token(request),
        "live_url": settings.INSTANCE.live_url,
        "name": account.full_name[: ticket.MAX_NAME_CHARACTERS] if account else "",
        "is_organizer": account is not None and account.pk == meeting.organizer_id,
        "record_days": RECORD_KEPT_DAYS if meeting.is_recorded else 0,
        "home_url": reverse("meetings:list" if account else "pages:home"),
    }
    return render(request, "meetings/room.html", context)


@never_cache
@require_POST
def issue_ticket(request: HttpRequest, number: str) -> JsonResponse:
    """Issue a ticket as docs/protocol/ticket.md says."""
    if _is_too_often(request, number):
        return _refuse(TOO_MANY, status=429)
    meeting = _find(number)
    if meeting is None:
        return _refuse(UNKNOWN, status=404)
    try:
        name = ticket.clean_name(wire.decode_ticket_request(request.body).name)
    except (wire.WireError, ticket.TicketError):
        return _refuse(NAME_REFUSED, status=400)
    try:
        participant = _admit(request, meeting, name)
    except actions.NoWordsYet:
        return _refuse(NOT_READY, status=409)
    except actions.MeetingEnded:
        return _refuse(ENDED, status=410)
    return JsonResponse(_admission(participant))


def _find(number: str) -> Meeting | None:
    digits = numbers.from_address(number)
    return Meeting.objects.filter(number=digits).first() if digits else None


def _not_found(request: HttpRequest, number: str) -> HttpResponse:
    if limits.UNKNOWN_NUMBERS_PER_ADDRESS.is_exceeded(limits.address(request)):
        return render(request, "429.html", status=429)
    form = NumberForm(initial={"number": number[: numbers.MAX_TYPED_CHARACTERS]})
    return render(request, "meetings/no_such_meeting.html", {"form": form}, status=404)


def _is_too_often(request: HttpRequest, number: str) -> bool:
    known_as = _known_as(request).get(number.replace("-", ""))
    is_eager = known_as is not None and limits.TICKETS_PER_PARTICIPANT.is_exceeded(known_as)
    return limits.TICKETS_PER_ADDRESS.is_exceeded(limits.address(request)) or is_eager


def _admit(request: HttpRequest, meeting: Meeting, name: str) -> Participant:
    known_as = _known_as(request)
    participant = actions.admit(
        meeting=meeting,
        known_as=known_as.get(meeting.number),
        account=account_of(request),
        name=name,
        now=timezone.now(),
    )
    if known_as.get(meeting.number) != participant.pk:
        entries = [*known_as.items(), (meeting.number, participant.pk)]
        request.session[SESSION_KEY] = dict(entries[-MEETINGS_PER_SESSION:])
    return participant


def _known_as(request: HttpRequest) -> dict[str, str]:
    known_as: dict[str, str] = request.session.get(SESSION_KEY, {})
    return known_as


def _admission(participant: Participant) -> dict[str, str]:
    role: ticket.Role = "organizer" if participant.role == "organizer" else "attendee"
    admitted = ticket.Ticket(
        room=ticket.RoomId(participant.meeting.number),
        participant=ticket.ParticipantId(participant.pk),
        name=participant.name,
        role=role,
        grants=_grants(participant.meeting, role),
        must_knock=participant.meeting.has_lobby and role != "organizer",
        has_account=participant.account_id is not None,
        door=ticket.DoorKey(participant.meeting.door_key),
        expires_unix_s=int(timezone.now().timestamp()) + ticket.LIFETIME_S,
        is_recorded=participant.meeting.is_recorded,
    )
    text = ticket.issue(read_private_key(settings.INSTANCE.ticket_key), admitted)
    return {"ticket": text, "live_url": settings.INSTANCE.live_url, "participant": participant.pk, "role": role}


def _grants(meeting: Meeting, role: ticket.Role) -> frozenset[ticket.Grant]:
    """Return what a role may do in this meeting."""
    options: dict[ticket.Grant, bool] = {
        "chat": meeting.attendees_may_chat,
        "share": meeting.attendees_may_share,
        "speak": meeting.attendees_may_speak,
    }
    return frozenset(each for each in ticket.GRANTS[role] if role != "attendee" or options.get(each, True))


def _refuse(sentence: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
