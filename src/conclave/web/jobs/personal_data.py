from __future__ import annotations

from conclave.web.jobs.actions import FAILED_KEPT, FINISHED_KEPT
from conclave.web.jobs.outbox import KEPT
from conclave.web.privacy.register import (
    Category,
    Declaration,
    NotPersonal,
    Personal,
    Purpose,
    Recipient,
    Retention,
    Subject,
)

MINUTES = int(FINISHED_KEPT.total_seconds() // 60)

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=("jobs.Mail.to", "jobs.Mail.subject", "jobs.Mail.text"),
        what="mail on its way to you: your address and what it says",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=Retention(f"until it is sent; {FAILED_KEPT.days} days if it cannot be sent"),
    ),
    Personal(
        places=(
            "jobs.Mail.message_id",
            "jobs.Mail.created_at",
            "jobs.Mail.sent_at",
            "django_tasks_database.DBTaskResult.args_kwargs",
        ),
        what="the number and time of a mail that was sent",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=Retention(f"{MINUTES} minutes after it was sent"),
    ),
    Personal(
        places=("file:outbox/*.eml",),
        what="on a trial installation only: copies of the mail it would have sent",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        retention=Retention(f"{KEPT.days} days"),
    ),
    NotPersonal(places=("jobs.Mail.id",), why="a random number"),
    NotPersonal(places=("jobs.Schedule.*",), why="when the server does its housekeeping"),
    NotPersonal(
        places=tuple(
            f"django_tasks_database.DBTaskResult.{name}"
            for name in (
                "id",
                "status",
                "enqueued_at",
                "started_at",
                "finished_at",
                "priority",
                "task_path",
                "worker_ids",
                "queue_name",
                "backend_name",
                "run_after",
                "return_value",
                "exception_class_path",
                "traceback",
            )
        ),
        why="how a job went; tracebacks are emptied before they are kept",
    ),
)
