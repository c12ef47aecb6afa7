from __future__ import annotations

from conclave.web.privacy.register import Declaration, NotPersonal, Person, Personal, Retention
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Subject

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=(
            "privacy.Agreement.account",
            "privacy.Agreement.policy",
            "privacy.Agreement.terms",
            "privacy.Agreement.agreed_at",
        ),
        what="that you agreed to policy and terms, to which versions of them, and when",
        category=Category.AGREEMENT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.with_row("account", "as long as your account"),
        person=Person(account="account"),
        basis=Basis.DUTY,
    ),
    NotPersonal(places=("privacy.Agreement.id",), why="the number of a row"),
    NotPersonal(places=("privacy.PublishedText.*",), why="texts that everyone can read"),
)
