from __future__ import annotations

from django.db.models import Q

from conclave.web.privacy.register import Declaration, MailClass, NotPersonal, Person, Personal, Retention
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Recipient, Subject

UNCONFIRMED_DAYS = 7  # the link in the mail is valid for 3

WITH_ACCOUNT = Retention.with_person(
    f"as long as your account; {UNCONFIRMED_DAYS} days if you never confirm the address"
)

ACCOUNT = Person(account="pk")

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=("accounts.Account.first_name", "accounts.Account.last_name"),
        what="your first and last name",
        category=Category.NAME,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SERVICE,),
        recipients=(Recipient.PARTICIPANTS,),
        retention=WITH_ACCOUNT,
        person=ACCOUNT,
    ),
    Personal(
        places=("accounts.Account.email",),
        what="your email address, with which you sign in",
        category=Category.CONTACT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SIGN_IN, Purpose.COMMUNICATION),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=WITH_ACCOUNT,
        person=ACCOUNT,
    ),
    Personal(
        places=(
            "account.EmailAddress.user",
            "account.EmailAddress.email",
            "account.EmailAddress.verified",
            "account.EmailAddress.primary",
        ),
        what="whether you have confirmed your email address",
        category=Category.CONTACT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SIGN_IN, Purpose.COMMUNICATION),
        recipients=(Recipient.MAIL_PROVIDER,),
        retention=Retention.with_row("user", "as long as your account"),
        person=Person(account="user"),
    ),
    Personal(
        places=("accounts.Account.password",),
        what="your password, only as an Argon2id hash that cannot be turned back",
        category=Category.CREDENTIAL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SIGN_IN,),
        retention=WITH_ACCOUNT,
        person=ACCOUNT,
    ),
    Personal(
        places=("accounts.Account.time_zone",),
        what="your time zone, as your browser or you tell it",
        category=Category.PREFERENCE,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SERVICE,),
        retention=WITH_ACCOUNT,
        person=ACCOUNT,
    ),
    Personal(
        places=("accounts.Account.created_at",),
        what="when you signed up",
        category=Category.CREDENTIAL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SECURITY,),
        # The row goes as a whole: this is the clock of accounts whose address nobody ever confirmed.
        retention=Retention.days_after(
            UNCONFIRMED_DAYS,
            "created_at",
            "signing up if you never confirm the address, otherwise as long as your account",
            where=~Q(emailaddress__verified=True),
        ),
        person=ACCOUNT,
        basis=Basis.INTEREST,
    ),
    Personal(
        places=("accounts.Account.last_login",),
        what="when you last signed in",
        category=Category.CREDENTIAL,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.SECURITY,),
        retention=WITH_ACCOUNT,
        person=ACCOUNT,
        basis=Basis.INTEREST,
    ),
    Personal(
        places=("sessions.Session.session_key", "sessions.Session.session_data", "sessions.Session.expire_date"),
        what="that this browser is signed in, and as which participant it entered which meeting",
        category=Category.IDENTIFIER,
        subject=Subject.VISITOR,
        purposes=(Purpose.SIGN_IN, Purpose.SERVICE),
        retention=Retention.days_after(0, "expire_date", "you sign out, at the latest 14 days after your last visit"),
        person=Person(unknown="a session is found by the random number in your browser's cookie only"),
    ),
    Personal(
        places=("cookie:sessionid",),
        what="a random number that names your session; it is set when you sign in or enter a meeting",
        category=Category.COOKIE,
        subject=Subject.VISITOR,
        purposes=(Purpose.SIGN_IN, Purpose.SERVICE),
        retention=Retention.in_browser("until you close the browser; 14 days if you asked to be remembered"),
    ),
    Personal(
        places=("cookie:csrftoken",),
        what="a random number that proves that a form was sent from our own page",
        category=Category.COOKIE,
        subject=Subject.VISITOR,
        purposes=(Purpose.SECURITY,),
        retention=Retention.in_browser("until you close the browser"),
        basis=Basis.INTEREST,
    ),
    Personal(
        places=("memory:rate limits",),
        what="network addresses, and hashes of the email addresses typed, to slow down guessing; never written to disk",
        category=Category.NETWORK,
        subject=Subject.VISITOR,
        purposes=(Purpose.SECURITY,),
        retention=Retention.in_memory("5 minutes"),
        basis=Basis.INTEREST,
    ),
    MailClass(
        names=("email_confirmation", "email_confirmation_signup"),
        what="a link with which you confirm your address, when you sign up or change it",
        purpose=Purpose.COMMUNICATION,
    ),
    MailClass(
        names=("policy_change", "policy_change_reminder"),
        what="the question whether data that we hold about you may be used in a new way, and one reminder of it",
        purpose=Purpose.COMMUNICATION,
    ),
    MailClass(
        names=("password_reset_key", "unknown_account", "account_already_exists"),
        what="a link with which you choose a new password, or that there is no account or already one, when somebody "
        "gave your address",
        purpose=Purpose.COMMUNICATION,
    ),
    MailClass(
        names=("email_changed", "password_changed", "password_reset"),
        what="that your address or your password was changed, in case it was not you",
        purpose=Purpose.COMMUNICATION,
    ),
    NotPersonal(
        places=("accounts.Account.id", "account.EmailAddress.id", "accounts.Account.is_active"),
        why="numbers of rows, and whether signing in is allowed",
    ),
    NotPersonal(
        places=("account.EmailConfirmation.*",),
        why="never written: confirmation links are signed instead of stored",
    ),
    NotPersonal(
        places=("auth.Permission.*", "auth.Group.*", "auth.Group_permissions.*", "contenttypes.ContentType.*"),
        why="Django's own tables about the code, not about people",
    ),
)
