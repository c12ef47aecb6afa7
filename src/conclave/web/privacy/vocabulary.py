"""The words of the register: what people read, and beside it the key that Fides' taxonomy has for it.

The keys are checked against that taxonomy by a test (docs/adr/0024).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A word that people read, with its `key` in Fides' taxonomy."""

    key: str

    def __new__(cls, words: str, key: str) -> Self:
        term = str.__new__(cls, words)
        term._value_ = words
        term.key = key
        return term


class Category(Term):
    """What kind of data it is: a Fides data category."""

    NAME = "name", "user.name"
    CONTACT = "contact details", "user.contact.email"
    CREDENTIAL = "sign-in", "user.authorization.credentials"
    MEETING = "meeting", "user.content.private"
    ATTENDANCE = "attendance", "user.behavior"
    CONNECTION = "connection", "user.telemetry"
    PREFERENCE = "preference", "user.account.settings"
    AGREEMENT = "agreement", "user.privacy_preferences"
    MAIL = "mail", "user.contact"
    IDENTIFIER = "random identifier", "user.unique_id.pseudonymous"
    COOKIE = "cookie", "user.device.cookie_id"
    OVERSIGHT = "oversight", "user.workplace"
    NETWORK = "network address", "user.device.ip_address"


class Subject(Term):
    """Whom it is about: a Fides data subject."""

    ACCOUNT = "people with an account", "customer"
    PARTICIPANT = "people in a meeting", "anonymous_user"
    VISITOR = "everyone who visits", "visitor"
    STAFF = "staff of the operator", "employee"


class Purpose(Term):
    """What it is used for, and for nothing else: a Fides data use."""

    SERVICE = "to provide meetings", "essential.service"
    SIGN_IN = "to sign people in", "essential.service.authentication"
    COMMUNICATION = "to send the mail that the service needs", "essential.service.notifications.email"
    SECURITY = "to protect people and the service from abuse", "essential.service.security"
    QUALITY = "to find out why a meeting was slow or broke off", "essential.service.operations.improve"
    SUPPORT = "to foresee, find and solve problems of a meeting", "essential.service.operations.support"
    RECORD = "to prove what was agreed", "essential.legal_obligation"


class Recipient(StrEnum):
    """Who gets to see it, beside the operator's own servers."""

    NOBODY = "nobody else"
    ORGANIZER = "the organizer of the meeting"
    PARTICIPANTS = "the people in the same meeting"
    STAFF = "staff of the operator, for support, for a while and with a reason that the organizer reads"
    MAIL_PROVIDER = "the mail providers on the way to you"


class Source(StrEnum):
    """Where it is collected: by the site, or by software that people's own devices run."""

    SITE = "web site"
    ROOM = "meeting room in the browser"
    HELPER = "program Conclave Helper, where somebody has installed it"


class Basis(Term):
    """Why the law allows it (GDPR, article 6): a legal basis as Fides' systems name it."""

    CONTRACT = "contract (6.1.b)", "Contract"
    INTEREST = "legitimate interest in a secure service (6.1.f)", "Legitimate interests"
    QUALITY = "legitimate interest in meetings that work (6.1.f)", "Legitimate interests"
    DUTY = "duty to show consent (6.1.c)", "Legal obligations"
