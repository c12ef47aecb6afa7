from __future__ import annotations

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from conclave.web.accounts import actions
from conclave.web.accounts.forms import DeleteAccountForm, DetailsForm
from conclave.web.accounts.people import signed_in


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change one's own details."""
    form = DetailsForm(request.POST or None, account=signed_in(request))
    if form.is_valid():
        actions.change_details(account=signed_in(request), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form})


@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one's own account, after asking for the password."""
    refusal: HttpResponse | None = consume_or_429(request, action="reauthenticate")
    if refusal is not None:
        return refusal
    form = DeleteAccountForm(request.POST or None, account=signed_in(request))
    if form.is_valid():
        leaving = signed_in(request)
        logout(request)
        actions.delete_account(account=leaving)
        messages.success(request, "Your account and your meetings are deleted.")
        return redirect("pages:home")
    return render(request, "accounts/delete.html", {"form": form})
