from __future__ import annotations

from django.urls import path

from conclave.web.jobs import views

app_name = "jobs"
urlpatterns = [path("outbox/", views.show_outbox, name="outbox")]
