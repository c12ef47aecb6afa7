"""Our own pages, and only those of allauth that we use, under the names that allauth reverses."""

from __future__ import annotations

from allauth.account import views as allauth
from django.urls import path, re_path

from conclave.web.accounts import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/choices/", views.choices, name="account_choices"),
    path("account/email/", views.change_email, name="account_email"),
    path("account/email/cancel/", views.cancel_email_change, name="account_email_cancel"),
    path("accounts/signup/", allauth.signup, name="account_signup"),
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/confirm-email/", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", allauth.confirm_email, name="account_confirm_email"),
    path("accounts/password/change/", allauth.password_change, name="account_change_password"),
    path("accounts/password/reset/", allauth.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
