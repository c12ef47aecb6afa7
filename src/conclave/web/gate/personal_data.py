from __future__ import annotations

from conclave.web.privacy.register import Declaration, NotPersonal, Person, Personal, Retention
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Subject

KEPT_DAYS = 365  # people ask within a year to whom something went

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=(
            "gate.Disclosure.about",
            "gate.Disclosure.recipient",
            "gate.Disclosure.purpose",
            "gate.Disclosure.places",
            "gate.Disclosure.given_at",
        ),
        what="what about you was given to somebody else, when, to whom and what for; not the thing itself",
        category=Category.AGREEMENT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.days_after(KEPT_DAYS, "given_at", "it was given"),
        person=Person(email="about"),
        basis=Basis.DUTY,
    ),
    NotPersonal(places=("gate.Disclosure.id", "gate.Disclosure.reference"), why="numbers of a row and of a mail"),
)
