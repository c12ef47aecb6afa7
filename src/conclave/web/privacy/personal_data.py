from __future__ import annotations

from conclave.web.privacy.register import Declaration, Erasure, NotPersonal, Person, Personal, Retention
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Subject

DECLARATIONS: tuple[Declaration, ...] = (
    Personal(
        places=(
            "privacy.Agreement.account",
            "privacy.Agreement.salt",
            "privacy.Agreement.who",
            "privacy.Agreement.act",
            "privacy.Agreement.policy",
            "privacy.Agreement.terms",
            "privacy.Agreement.agreed_at",
            "privacy.Agreement.page",
        ),
        what="whether you agreed to policy and terms: to which versions of them, when, and on which page",
        category=Category.AGREEMENT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.with_person("as long as your account; afterwards nothing leads from it to you"),
        person=Person(account="account"),
        erasure=Erasure.blank("account", "salt", why="a row that is missing would break the proof of all the others"),
        basis=Basis.DUTY,
    ),
    Personal(
        places=(
            "privacy.Choice.account",
            "privacy.Choice.change",
            "privacy.Choice.told_at",
            "privacy.Choice.reminded_at",
            "privacy.Choice.answer",
            "privacy.Choice.answered_at",
        ),
        what="when we told you of a change of the policy, and what you chose",
        category=Category.AGREEMENT,
        subject=Subject.ACCOUNT,
        purposes=(Purpose.RECORD,),
        retention=Retention.with_row("account", "as long as your account"),
        person=Person(account="account"),
        basis=Basis.DUTY,
    ),
    NotPersonal(
        places=("privacy.Change.*", "privacy.Choice.id"), why="what changed in the policy, and numbers of rows"
    ),
    NotPersonal(places=("log:place", "log:purpose.name"), why="which declared data was refused for which purpose"),
    NotPersonal(
        places=(
            "privacy.Agreement.id",
            "privacy.Agreement.previous",
            "privacy.Agreement.digest",
            "privacy.LedgerEnd.*",
        ),
        why="the number of a row, and hashes by which a missing row is noticed",
    ),
    NotPersonal(places=("privacy.PublishedText.*",), why="texts that everyone can read"),
)
