"""The addresses of the site."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("conclave.web.pages.urls")),
    path("", include("conclave.web.rights.urls")),
    path("", include("conclave.web.meetings.urls")),
    path("", include("conclave.web.jobs.urls")),
    path("", include("conclave.web.privacy.urls")),
    path("", include("conclave.web.accounts.urls")),
]

handler400 = "conclave.web.pages.views.bad_request"
handler403 = "conclave.web.pages.views.forbidden"
handler404 = "conclave.web.pages.views.not_found"
handler429 = "conclave.web.pages.views.too_many"
handler500 = "conclave.web.pages.views.server_error"
