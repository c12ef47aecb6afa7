from __future__ import annotations

from conclave.web.jobs.actions import FAILED_KEPT, FINISHED_KEPT
from conclave.web.jobs.outbox import KEPT
from conclave.web.privacy.register import Declaration, NotPersonal, Person, Personal, Processor, Retention
from conclave.web.privacy.vocabulary import Category, Purpose, Recipient, Subject

FORGET_FINISHED = "conclave.web.jobs.actions.forget_finished"
MINUTES = int(FINISHED_KEPT.total_seconds() // 60)

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=("jobs.Mail.to", "jobs.Mail.subject", "jobs.Mail.text"),
        what="mail on its way to you: your address and what it says",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=Retention.by_job(FORGET_FINISHED, f"until it is sent; {FAILED_KEPT.days} days if it cannot be sent"),
        person=Person(email="to"),
    ),
    Personal(
        places=("jobs.Mail.message_id", "jobs.Mail.created_at", "jobs.Mail.sent_at"),
        what="the number and time of a mail that was sent",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=Retention.by_job(FORGET_FINISHED, f"{MINUTES} minutes after it was sent"),
        person=Person(email="to"),
    ),
    Personal(
        places=("django_tasks_database.DBTaskResult.args_kwargs",),
        what="the random number of a mail in the list of jobs",
        category=Category.IDENTIFIER,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        retention=Retention.by_job(
            FORGET_FINISHED, f"{MINUTES} minutes after the job was done; {FAILED_KEPT.days} days if it failed"
        ),
        person=Person(unknown="a job names a mail by its random number"),
    ),
    Personal(
        places=("file:outbox/*.eml",),
        what="on a trial installation only: copies of the mail it would have sent",
        category=Category.MAIL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.COMMUNICATION,),
        retention=Retention.by_job("conclave.web.jobs.outbox.forget_old", f"{KEPT.days} days"),
    ),
    Processor(
        key="mail",
        does="passes on the mail that the site sends",
        recipient=Recipient.MAIL_PROVIDER,
        purposes=(Purpose.COMMUNICATION,),
        places=("jobs.Mail.to", "jobs.Mail.subject", "jobs.Mail.text", "jobs.Mail.message_id"),
        host="EMAIL_HOST",
    ),
    NotPersonal(places=("jobs.Mail.id",), why="a random number"),
    NotPersonal(
        places=(
            "log:job.task_path",
            "log:attempts",
            "log:job.exception_class_path or 'lease over'",
            "log:type(error).__name__",
            "log:fault",
        ),
        why="which job failed, how often, the kind of the error without its words, and missing rows",
    ),
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
