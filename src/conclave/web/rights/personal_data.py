from __future__ import annotations

from conclave.web.privacy.register import Declaration, Erasure, NotPersonal, Person, Personal, Retention
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Subject

KEPT_DAYS = 30  # who asked can look for so long whether it is done
CASE_KEPT_DAYS = 3 * 365  # claims about a disclosure lapse after three years in many laws

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=("rights.Erasure.account_number", "rights.Erasure.emails"),
        what="whom an erasure is about, while it is under way: number of the account and addresses",
        category=Category.IDENTIFIER,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.by_job(
            "conclave.web.rights.erasure.run_unfinished", "until everything else of you is gone"
        ),
        person=Person(account="account_number"),
        erasure=Erasure.keep("it is what the erasure is done by, and is emptied at its end"),
        basis=Basis.DUTY,
    ),
    Personal(
        places=("file:erased.log",),
        what="a number made from that of your account under a secret key, so that no old back-up brings you back",
        category=Category.IDENTIFIER,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.in_log("as long as there are back-ups from before"),
        basis=Basis.DUTY,
    ),
    Personal(
        places=("rights.Erasure.id", "rights.Erasure.asked_at", "rights.Erasure.finished_at"),
        what="the random number under which you can look whether your erasure is done, and when it was",
        category=Category.IDENTIFIER,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.days_after(KEPT_DAYS, "finished_at", "it was done"),
        person=Person(unknown="once it is done, nothing in it leads to you"),
        basis=Basis.DUTY,
    ),
    Personal(
        places=(
            "rights.LegalCase.about",
            "rights.LegalCase.account",
            "rights.LegalCase.authority",
            "rights.LegalCase.basis",
            "rights.LegalCase.reference",
            "rights.LegalCase.scope",
            "rights.LegalCase.opened_at",
            "rights.LegalCase.handed_out_at",
            "rights.LegalCase.refused_at",
        ),
        what="that an authority asked for data about you: which, on what basis, for what, and what it was given",
        category=Category.AGREEMENT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.days_after(CASE_KEPT_DAYS, "opened_at", "it asked"),
        person=Person(account="account", email="about"),
        erasure=Erasure.blank(
            "about", "account", why="that an authority was given something stays, without your address"
        ),
        basis=Basis.DUTY,
    ),
    NotPersonal(places=("rights.LegalCase.id", "rights.LegalCase.opened_by"), why="a random number, and who of staff"),
    NotPersonal(
        places=("rights.Erasure.step", "rights.Erasure.found"),
        why="how far an erasure has come, and in which tables something is left",
    ),
)
