"""The forms of accounts; labels are what people and assistive technology find."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html

from conclave.web.accounts import actions, zones
from conclave.web.accounts.models import MAX_EMAIL_CHARACTERS, MAX_NAME_CHARACTERS, MAX_ZONE_CHARACTERS, Account

MAX_PASSWORD_CHARACTERS = 256  # hashing time grows with length


def _agreement_label() -> str:
    return format_html(
        'I have read and agree to the <a href="{}">privacy policy</a> and the <a href="{}">terms of service</a>.',
        reverse("privacy:policy"),
        reverse("privacy:terms"),
    )


class NameField(forms.CharField):
    def __init__(self, *, label: str, autocomplete: str) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=MAX_NAME_CHARACTERS, widget=widget)


class Plain:
    """Labels stand above the fields; allauth's placeholders would say the same again, too faintly."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field.widget, forms.PasswordInput) and isinstance(field, forms.CharField):
                field.max_length = MAX_PASSWORD_CHARACTERS
                field.widget.attrs["maxlength"] = MAX_PASSWORD_CHARACTERS


class SignUpForm(Plain, SignupForm):  # type: ignore[misc]  # the base class has no type information
    first_name = NameField(label="First name", autocomplete="given-name")
    last_name = NameField(label="Last name", autocomplete="family-name")
    agreed = forms.BooleanField(
        label=lazy(_agreement_label, str)(),
        error_messages={"required": "Please agree to the privacy policy and the terms to create an account."},
    )
    time_zone = forms.CharField(
        required=False,
        max_length=MAX_ZONE_CHARACTERS,
        widget=forms.HiddenInput(attrs={"data-detect-time-zone": True, "autocomplete": "off"}),
    )
    field_order = ("first_name", "last_name", "email", "password1", "agreed", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = "At least 10 characters; a few unrelated words are good."

    def custom_signup(self, request: HttpRequest, user: Account) -> None:
        zone = zones.known_or_utc(self.cleaned_data["time_zone"])
        actions.complete_sign_up(account=user, time_zone=zone, page=request.path, now=timezone.now())


class SignInForm(Plain, LoginForm):  # type: ignore[misc]  # the base class has no type information
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = "Remember me on this computer"


class ForgottenForm(Plain, ResetPasswordForm):  # type: ignore[misc]  # the base class has no type information
    pass


class NewPasswordForm(Plain, ResetPasswordKeyForm):  # type: ignore[misc]  # the base class has no type information
    pass


class OtherPasswordForm(Plain, ChangePasswordForm):  # type: ignore[misc]  # the base class has no type information
    pass


class DetailsForm(forms.Form):
    first_name = NameField(label="First name", autocomplete="given-name")
    last_name = NameField(label="Last name", autocomplete="family-name")
    time_zone = forms.ChoiceField(label="Time zone", choices=zones.choices)

    def __init__(self, data: QueryDict | None, *, account: Account) -> None:
        names = {"first_name": account.first_name, "last_name": account.last_name}
        super().__init__(data, initial={**names, "time_zone": account.time_zone})
        self.fields["time_zone"].choices = zones.choices_with(account.time_zone)  # type: ignore[attr-defined]


class WithPassword(forms.Form):
    """A form that only who knows the password of the account can send."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=MAX_PASSWORD_CHARACTERS,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.account.check_password(password):
            raise forms.ValidationError("That is not your password.")
        return password


class EraseForm(WithPassword):
    pass


class ChangeEmailForm(WithPassword):
    email = forms.EmailField(
        label="New email address",
        max_length=MAX_EMAIL_CHARACTERS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("email", "password")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email == self.account.email:
            raise forms.ValidationError("That is your address already.")
        return email
