"""Notice and choice: what a new version of the policy means for data that is already held, and who agreed to it.

A change is found by comparing what the register stated when the version before was published with what it states now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from conclave.web.privacy import ledger, register
from conclave.web.privacy.models import Agreement, Change, Choice, PublishedText
from conclave.web.privacy.vocabulary import Purpose, Recipient

SHOWN_FOR = timedelta(days=30)  # who does not come for a month learns it from the policy page
BATCH = 500  # rows in one statement

Facts = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A place whose data is to be used for, or given to, what was not stated before."""

    place: str
    kind: str
    """`purpose` or `recipient`."""
    name: str

    @property
    def words(self) -> str:
        """What is new, as a person reads it."""
        if self.kind == "purpose":
            return str(Purpose[self.name])
        return f"{Recipient[self.name]} will see it"

    @property
    def what(self) -> str:
        """The data it is about, in the words of the register."""
        return next((each.what for each in register.personal() if self.place in each.places), self.place)


def uses_of(change: Change) -> list[Use]:
    """Return the new uses that a change asks for."""
    return [Use(*each) for each in change.uses]


@transaction.atomic
def open_change(before: PublishedText, after: PublishedText, *, now: datetime) -> None:
    """Open what `after` changes for data held before it, once, and ask everyone concerned."""
    if not before.facts or before.facts == after.facts:
        return
    uses = list(new_uses(before.facts, after.facts))
    kind = Change.Kind.USE if uses else Change.Kind.NOTICE
    told = {"kind": kind, "uses": [[each.place, each.kind, each.name] for each in uses], "opened_at": now}
    change, is_new = Change.objects.get_or_create(policy=after, defaults=told)
    if is_new:
        asked = (Choice(change=change, account_id=account_id) for account_id in sorted(concerned(uses)))
        Choice.objects.bulk_create(asked, batch_size=BATCH)


def new_uses(before: Facts, after: Facts) -> Iterator[Use]:
    """Yield each new purpose and recipient of data that was held before; new data is nobody's yet."""
    for place in sorted(before.keys() & after.keys()):
        for kind, stated in (("purpose", "purposes"), ("recipient", "recipients")):
            for name in sorted(set(after[place][stated]) - set(before[place][stated]) - {Recipient.NOBODY.name}):
                yield Use(place, kind, name)


def concerned(uses: Iterable[Use]) -> set[int]:
    """Return the accounts about whom something is held that is to be used otherwise."""
    places = {each.place for each in uses}
    found: set[int] = set()
    for each in register.personal():
        if not places & set(each.places):
            continue
        paths = each.person.account_paths if each.person else ()
        if not paths:  # it cannot be told whose it is, so it may be anybody's
            return set(get_user_model().objects.values_list("pk", flat=True))
        for label in each.models():
            for path in paths:
                rows = apps.get_model(label)._default_manager  # noqa: SLF001  # public, but for its name
                found |= set(rows.exclude(**{path: None}).values_list(path, flat=True))
    return found


@transaction.atomic
def answer(choice: Choice, given: Choice.Answer, *, page: str, now: datetime) -> None:
    """Record what somebody chose, in the ledger, too; the last answer counts."""
    act = Agreement.Act.AGREED if given == Choice.Answer.AGREE else Agreement.Act.KEPT
    terms = PublishedText.objects.filter(kind=PublishedText.Kind.TERMS).latest("number")
    ledger.append(account_id=choice.account_id, policy=choice.change.policy, terms=terms, page=page, now=now, act=act)
    Choice.objects.filter(pk=choice.pk).update(answer=given, answered_at=now)


def acknowledge(*, account_id: int, now: datetime) -> None:
    """Take notices from somebody's pages; a change that asks them for a choice stays until they choose."""
    for change in Change.objects.filter(opened_at__gt=now - SHOWN_FOR):
        seen = {"answer": Choice.Answer.SEEN, "answered_at": now}
        Choice.objects.get_or_create(change=change, account_id=account_id, defaults=seen)


def to_show(account_id: int | None, *, joined_at: datetime | None, now: datetime) -> Change | None:
    """Return the newest change that somebody has not answered and has to see; who joined later agreed to it then."""
    open_ones = Change.objects.filter(opened_at__gt=now - SHOWN_FOR).select_related("policy")
    own = Choice.objects.filter(change=OuterRef("pk"), account_id__in=[] if account_id is None else [account_id])
    open_ones = open_ones.annotate(asks=Exists(own.filter(answer="")), is_answered=Exists(own.exclude(answer="")))
    if joined_at is not None:
        open_ones = open_ones.filter(opened_at__gt=joined_at)
    return open_ones.filter(is_answered=False).first()


def report() -> Iterator[str]:
    """Yield how people answered each change, in figures only."""
    count = {
        "asked": Count("pk"),
        "told": Count("told_at"),
        "agreed": Count("pk", filter=Q(answer=Choice.Answer.AGREE)),
        "kept": Count("pk", filter=Q(answer=Choice.Answer.KEEP)),
        "silent": Count("pk", filter=Q(answer="")),
    }
    for change in Change.objects.select_related("policy"):
        yield f"{change.policy}, {change.opened_at:%Y-%m-%d}: {change.kind}"
        yield from (f"    new: {use.place} {use.kind} {use.name}" for use in uses_of(change))
        if change.kind == Change.Kind.USE:
            counted = change.choices.exclude(answer=Choice.Answer.SEEN).aggregate(**count)
            yield "    " + ", ".join(f"{what} {number}" for what, number in counted.items())
