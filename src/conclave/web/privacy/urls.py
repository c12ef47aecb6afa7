from __future__ import annotations

from django.urls import path

from conclave.web.privacy import views

app_name = "privacy"
urlpatterns = [
    path("privacy/", views.policy, name="policy"),
    path("terms/", views.terms, name="terms"),
]
