from __future__ import annotations

from django.urls import path

from conclave.web.pages import views

app_name = "pages"
urlpatterns = [
    path("", views.home, name="home"),
    path("help/cookies/", views.cookies, name="cookies"),
    path("healthz", views.healthz, name="healthz"),
]
