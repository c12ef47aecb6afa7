from __future__ import annotations

from django.urls import path

from conclave.web.privacy import views
from conclave.web.privacy.publishing import Kind

app_name = "privacy"
urlpatterns = [
    path("privacy/", views.newest, {"kind": Kind.POLICY}, name="policy"),
    path("privacy/changes/", views.what_changed, {"kind": Kind.POLICY}, name="policy_changes"),
    path("privacy/versions/<int:number>/", views.version, {"kind": Kind.POLICY}, name="policy_version"),
    path("privacy/seen/", views.seen, name="seen"),
    path("terms/", views.newest, {"kind": Kind.TERMS}, name="terms"),
    path("terms/changes/", views.what_changed, {"kind": Kind.TERMS}, name="terms_changes"),
    path("terms/versions/<int:number>/", views.version, {"kind": Kind.TERMS}, name="terms_version"),
]
