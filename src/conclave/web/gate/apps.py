from __future__ import annotations

from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "conclave.web.gate"
    label = "gate"
