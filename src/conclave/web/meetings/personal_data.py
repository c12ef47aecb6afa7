from __future__ import annotations

from conclave.web.privacy.register import (
    Basis,
    Category,
    Declaration,
    NotPersonal,
    Personal,
    Purpose,
    Recipient,
    Retention,
    Source,
    Subject,
)

MEETING_KEPT_DAYS = 365  # people look up a meeting of last year's season
ATTENDANCE_KEPT_DAYS = 90  # long enough to write the minutes
REPORT_ID_KEPT_DAYS = 30  # a node that could not deliver for longer has given up

IN_THE_ROOM = Retention("as long as you are in the meeting")
IN_THIS_BROWSER = Retention("until you delete it; it stays in this browser")

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=(
            "meetings.Meeting.organizer",
            "meetings.Meeting.subject",
            "meetings.Meeting.kind",
            "meetings.Meeting.starts_at",
            "meetings.Meeting.duration_min",
            "meetings.Meeting.planned_end",
            "meetings.Meeting.time_zone",
            "meetings.Meeting.ended_at",
            "meetings.Meeting.reopened_at",
        ),
        what="the meetings you organize: subject, time, and when they ended",
        category=Category.MEETING,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SERVICE,),
        retention=Retention.days_after(MEETING_KEPT_DAYS, "planned_end", "the planned end, or until you delete them"),
    ),
    Personal(
        places=(
            "meetings.Participant.id",
            "meetings.Participant.meeting",
            "meetings.Participant.account",
            "meetings.Participant.name",
            "meetings.Participant.role",
            "meetings.Participant.admitted_at",
        ),
        what="that you were in a meeting, under which name and in which role",
        category=Category.ATTENDANCE,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        recipients=(Recipient.ORGANIZER, Recipient.PARTICIPANTS),
        retention=Retention.days_after(ATTENDANCE_KEPT_DAYS, "admitted_at", "you entered"),
    ),
    Personal(
        places=(
            "meetings.Presence.participant",
            "meetings.Presence.device",
            "meetings.Presence.entered_at",
            "meetings.Presence.left_at",
            "meetings.Presence.reason",
            "report:entered.participant",
            "report:entered.device",
            "report:entered.role",
            "report:left.participant",
            "report:left.device",
            "report:left.reason",
            "report:at_unix_ms",
            "report:room",
        ),
        what="when you entered and left a meeting",
        category=Category.ATTENDANCE,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        recipients=(Recipient.ORGANIZER,),
        retention=Retention(f"{ATTENDANCE_KEPT_DAYS} days after you entered"),
        source=Source.ROOM,
    ),
    Personal(
        places=("ticket:sub", "ticket:name", "ticket:role", "ticket:grants", "ticket:room"),
        what="your name, role and number in the meeting, in the signed ticket that admits you",
        category=Category.ATTENDANCE,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        recipients=(Recipient.PARTICIPANTS,),
        retention=IN_THE_ROOM,
        source=Source.ROOM,
    ),
    Personal(
        places=("storage:conclave.name",),
        what="the name you last used in a meeting, to offer it again",
        category=Category.NAME,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        retention=IN_THIS_BROWSER,
        source=Source.ROOM,
    ),
    Personal(
        places=("storage:conclave.words.*",),
        what="the words of meeting links, which no server ever gets",
        category=Category.CREDENTIAL,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        retention=IN_THIS_BROWSER,
        source=Source.ROOM,
    ),
    Personal(
        places=("memory:connections",),
        what="your network address while you are connected, to limit how many connections come from one place",
        category=Category.NETWORK,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SECURITY,),
        retention=IN_THE_ROOM,
        source=Source.ROOM,
        basis=Basis.INTEREST,
    ),
    Personal(
        places=("meetings.TakenReport.id", "meetings.TakenReport.taken_at"),
        what="the random number of each message in which the meeting room reported that somebody entered or left",
        category=Category.IDENTIFIER,
        subject=Subject.PARTICIPANT,
        purposes=(Purpose.SERVICE,),
        retention=Retention.days_after(REPORT_ID_KEPT_DAYS, "taken_at", "it came"),
        source=Source.ROOM,
    ),
    NotPersonal(
        places=("meetings.Meeting.id", "meetings.Presence.id"),
        why="numbers of rows",
    ),
    NotPersonal(
        places=("meetings.Meeting.number", "meetings.Meeting.door_key", "meetings.Meeting.had_words"),
        why="random numbers, and a public key derived from random words",
    ),
    NotPersonal(
        places=(
            "ticket:iss",
            "ticket:iat",
            "ticket:exp",
            "ticket:door",
            "ticket:jti",
            "ticket:root",
            "ticket:put",
            "ticket:get",
        ),
        why="how long the ticket is valid, for which room and words, and once more in the relay's terms",
    ),
    NotPersonal(
        places=("report:id", "report:closed.reason"),
        why="random numbers, and why a room closed",
    ),
)
