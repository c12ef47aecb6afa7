from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "conclave.web.jobs"
    label = "jobs"
