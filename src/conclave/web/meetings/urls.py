from __future__ import annotations

from django.urls import path

from conclave.web.meetings import join, live, record_views, views

app_name = "meetings"
urlpatterns = [
    path("meetings/", views.show_list, name="list"),
    path("meetings/now/", views.meet_now, name="now"),
    path("meetings/schedule/", views.schedule, name="schedule"),
    path("meetings/<str:number>/", views.show, name="meeting"),
    path("meetings/<str:number>/edit/", views.edit, name="edit"),
    path("meetings/<str:number>/delete/", views.delete, name="delete"),
    path("meetings/<str:number>/record/", record_views.show, name="record"),
    path("meetings/<str:number>/record/objects.csv", record_views.download_objects, name="record-objects"),
    path("meetings/<str:number>/record/connection.csv", record_views.download_connection, name="record-connection"),
    path("meetings/<str:number>/record/delete/", record_views.delete, name="record-delete"),
    path("meetings/<str:number>/key", views.store_door_key, name="key"),
    path("join/", join.join, name="join"),
    path("j/<str:number>", join.show, name="room"),
    path("j/<str:number>/", join.show),
    path("j/<str:number>/ticket", join.issue_ticket, name="ticket"),
    path("live/reports", live.take_reports, name="reports"),
]
