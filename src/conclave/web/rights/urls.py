from __future__ import annotations

from django.urls import path

from conclave.web.rights import views

app_name = "rights"
urlpatterns = [
    path("account/data/", views.show, name="data"),
    path("account/delete/", views.erase, name="erase"),
    path("erased/<str:erasure_id>/", views.erased, name="erased"),
    path("account/data/download/", views.download, name="download"),
]
