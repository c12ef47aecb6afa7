from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.test.utils import override_settings
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from conclave.web.jobs import actions, tasks, worker
from conclave.web.jobs.models import Mail, Schedule
from conclave.web.jobs.outbox import letters
from tests.web.conftest import NOON, work_off

pytestmark = pytest.mark.django_db


def post() -> Mail:
    return actions.post(
        kind="email_confirmation", to="carol@example.org", subject="Hello", text="Words\n", now=timezone.now()
    )


def test_a_mail_is_sent_and_wiped() -> None:
    mail = post()
    work_off()
    assert [(each.to, each.subject, each.text) for each in letters()] == [("carol@example.org", "Hello", "Words\n")]
    mail.refresh_from_db()
    assert (mail.to, mail.subject, mail.text) == ("", "", "")
    assert mail.sent_at is not None


def test_the_queue_holds_neither_address_nor_words() -> None:
    post()
    assert "carol" not in str(DBTaskResult.objects.values())


def test_a_mail_that_was_sent_is_not_sent_again() -> None:
    mail = post()
    work_off()
    tasks.send_mail.enqueue(mail_id=str(mail.pk))
    work_off()
    assert len(letters()) == 1


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
def test_a_mail_repeated_after_a_crash_carries_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = post()
    with monkeypatch.context() as crash:
        crash.setattr(Mail, "save", lambda _self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.deliver(mail_id=str(mail.pk), now=NOON)
    actions.deliver(mail_id=str(mail.pk), now=NOON)
    first, second = (message.message()["Message-ID"] for message in django_mail.outbox)
    assert first == second == mail.message_id


def test_a_job_that_ran_when_its_worker_died_is_run_again() -> None:
    post()
    job = DBTaskResult.objects.get()
    job.claim("a worker that dies")
    worker.take_back(now=timezone.now() + worker.LEASE - timedelta(seconds=5))
    work_off()
    assert letters() == []
    worker.take_back(now=timezone.now() + worker.LEASE + timedelta(seconds=1))
    DBTaskResult.objects.update(run_after=timezone.now())
    work_off()
    assert len(letters()) == 1


def test_a_job_that_kills_every_worker_is_given_up() -> None:
    post()
    job = DBTaskResult.objects.get()
    for attempt in range(worker.MAX_ATTEMPTS):
        job.refresh_from_db()
        assert job.status == TaskResultStatus.READY
        job.claim(f"worker {attempt}")
        worker.take_back(now=timezone.now() + 2 * worker.LEASE)
    job.refresh_from_db()
    assert job.status == TaskResultStatus.FAILED


class SilentServer:
    """A mail server that refuses, and names the recipient in its refusal."""

    def __init__(self, **_options: object) -> None: ...

    def send_messages(self, messages: list[django_mail.EmailMessage]) -> int:
        raise OSError(f"refused: {messages[0].to}")


@override_settings(EMAIL_BACKEND="tests.web.test_jobs.SilentServer")
def test_a_failure_is_tried_again_later_and_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    post()
    work_off()
    job = DBTaskResult.objects.get()
    assert job.status == TaskResultStatus.READY
    assert job.run_after > timezone.now() + worker.RETRY_PAUSE - timedelta(seconds=5)
    assert "carol" not in str(DBTaskResult.objects.values())
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("conclave")]
    assert ours == ["Job conclave.web.jobs.tasks.send_mail failed at attempt 1: builtins.OSError"]


def test_periodic_tasks_are_enqueued_when_due_and_once() -> None:
    worker.enqueue_due(now=NOON)
    worker.enqueue_due(now=NOON)
    names = [job.task_path.rpartition(".")[2] for job in DBTaskResult.objects.all()]
    assert sorted(names) == ["erase_unfinished", "forget_finished", "purge", "tell_of_changes", "verify_ledger"]
    worker.enqueue_due(now=NOON + timedelta(days=1))
    assert DBTaskResult.objects.filter(task_path__endswith=".purge").count() == 2
    assert Schedule.objects.get(task="purge").due_at == NOON + timedelta(days=2)


def test_finished_jobs_and_sent_mails_are_forgotten() -> None:
    post()
    work_off()
    actions.forget_finished(now=timezone.now())
    assert Mail.objects.exists()
    actions.forget_finished(now=timezone.now() + actions.FINISHED_KEPT + timedelta(seconds=1))
    assert not Mail.objects.exists()
    assert not DBTaskResult.objects.exists()
