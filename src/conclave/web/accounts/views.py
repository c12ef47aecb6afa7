from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from conclave.web.accounts import actions
from conclave.web.accounts.forms import ChangeEmailForm, DetailsForm
from conclave.web.accounts.people import signed_in
from conclave.web.privacy import changes as privacy_changes
from conclave.web.privacy.models import Change, Choice

ANSWERS = (Choice.Answer.AGREE, Choice.Answer.KEEP)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change one's own details."""
    form = DetailsForm(request.POST or None, account=signed_in(request))
    if form.is_valid():
        actions.change_details(account=signed_in(request), **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("account")
    pending = EmailAddress.objects.get_new(signed_in(request))
    agreements = signed_in(request).agreements.select_related("policy", "terms")
    context = {"form": form, "pending": pending, "agreements": agreements}
    return render(request, "accounts/account.html", context)


@sensitive_post_parameters("password")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address; it counts once its link was opened."""
    refusal: HttpResponse | None = consume_or_429(request, action="reauthenticate")
    if refusal is not None:
        return refusal
    account = signed_in(request)
    form = ChangeEmailForm(request.POST or None, account=account)
    if form.is_valid():
        EmailAddress.objects.add_new_email(request, account, form.cleaned_data["email"])
        return redirect("account_email")
    return render(request, "accounts/email.html", {"form": form, "pending": EmailAddress.objects.get_new(account)})


@login_required
@require_POST
def cancel_email_change(request: HttpRequest) -> HttpResponse:
    actions.cancel_email_change(account=signed_in(request))
    messages.success(request, "Your address stays as it is.")
    return redirect("account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Show each change that asks for a decision, and take the answer."""
    asked = signed_in(request).choices.filter(change__kind=Change.Kind.USE).exclude(answer=Choice.Answer.SEEN)
    shown = list(asked.select_related("change__policy"))
    if request.method == "POST":
        chosen = next((each for each in shown if str(each.pk) == request.POST.get("choice")), None)
        given = request.POST.get("answer")
        if chosen is None or given not in ANSWERS:
            return render(request, "400.html", status=400)
        privacy_changes.answer(chosen, Choice.Answer(given), page=request.path, now=timezone.now())
        messages.success(request, "Your choice is recorded.")
        return redirect("account_choices")
    items = [(each, privacy_changes.uses_of(each.change)) for each in shown]
    answers = [(answer.value, answer.label) for answer in ANSWERS]
    return render(request, "accounts/choices.html", {"items": items, "answers": answers})
