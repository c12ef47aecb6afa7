"""The job worker: django-tasks-db's, with a lease around it, retries, and a table of periodic tasks.

By itself a job that runs while its worker crashes would stay "running" for ever. Here a claim is a lease: when it is
over, the job is run again. So every job runs at least once, and must not mind running twice.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import OperationalError, transaction
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from conclave.web.jobs.models import Schedule

POLL_S = 0.25  # a person waits for the mail with the link
LEASE = timedelta(seconds=60)  # longer than the slowest job: a mail server may take 15 s
MAX_ATTEMPTS = 8  # with the pauses below: about an hour, long enough for a mail server to be restarted
RETRY_PAUSE = timedelta(seconds=30)  # after the first failure; doubled for each further one
NO_PAUSE = timedelta(0)

Job = DBTaskResult[..., Any]

logger = logging.getLogger(__name__)


class LeasedWorker(Worker):
    """Runs what is ready, once; failures are tried again later."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            interval=POLL_S,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=secrets.token_hex(8),
            excluded_queue_names=[],
        )

    def run_task(self, db_task_result: Job) -> None:
        super().run_task(db_task_result)
        if db_task_result.status == TaskResultStatus.FAILED:
            pause = RETRY_PAUSE * 2 ** (len(db_task_result.worker_ids) - 1)
            again_or_give_up(db_task_result, now=timezone.now(), pause=pause)


def work(stopped: threading.Event) -> None:
    """Run jobs until `stopped`."""
    worker = LeasedWorker()
    while not stopped.is_set():
        try:
            run_once(worker, now=timezone.now())
        except OperationalError as error:
            logger.warning("The database does not answer (%s); trying again.", type(error).__name__)
        stopped.wait(POLL_S)


def run_once(worker: LeasedWorker, *, now: datetime) -> None:
    """Take back what a dead worker left, add what is due, and run everything that is ready."""
    take_back(now=now)
    enqueue_due(now=now)
    worker.run()


@transaction.atomic
def take_back(*, now: datetime) -> None:
    """Let jobs whose lease is over run again."""
    expired = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - LEASE)
    for job in expired:
        again_or_give_up(job, now=now, pause=NO_PAUSE)


def again_or_give_up(job: Job, *, now: datetime, pause: timedelta) -> None:
    """Put `job` back, to run after `pause`, or leave it failed after `MAX_ATTEMPTS`."""
    attempts = len(job.worker_ids)
    # What an exception says may name a person; which one it was is enough to find the cause.
    logger.warning("Job %s failed at attempt %d: %s", job.task_path, attempts, job.exception_class_path or "lease over")
    job.traceback = ""
    if attempts >= MAX_ATTEMPTS:
        job.status, job.finished_at = TaskResultStatus.FAILED, now
    else:
        job.status, job.finished_at = TaskResultStatus.READY, None
        job.run_after = now + pause
    job.save()


def periodic() -> Iterator[tuple[Task[[], None], timedelta]]:
    """Yield the tasks that every app wants run again and again: what its `tasks` module lists in `PERIODIC`."""
    for config in apps.get_app_configs():
        name = f"{config.name}.tasks"
        if config.name.startswith("conclave.") and find_spec(name) is not None:
            yield from import_module(name).PERIODIC


@transaction.atomic
def enqueue_due(*, now: datetime) -> None:
    """Enqueue the periodic tasks whose time has come, each once however many workers ask."""
    for task, every in periodic():
        schedule, is_new = Schedule.objects.select_for_update().get_or_create(task=task.name, defaults={"due_at": now})
        if schedule.due_at <= now or is_new:
            Schedule.objects.filter(pk=schedule.pk).update(due_at=now + every)
            task.enqueue()
