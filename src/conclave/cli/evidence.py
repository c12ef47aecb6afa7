"""The evidence for each promise: its clause, the code that keeps it, the tests that prove it, and how they last ended.

Promises are read from docs/promises.md, marks from the tests' source, results from what `make test` left behind.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

PROMISES = "docs/promises.md"
RESULTS = "test-results"
NOT_YET = "not yet"
_ROW = re.compile(r"\| R(\d+) \| (.+?) \| (\d) \| (.+?) \|")
_TITLE = re.compile(r"""\b(?:it|test|describe)(?:\.each\(.*?\))?\(\s*(["'`])((?:R\d+,? )+.*?)\1""", re.DOTALL)
_NUMBERS = re.compile(r"R(\d+),? ")


class Outcome(StrEnum):
    """How a test last ended."""

    FAILED = "failed"
    NOT_RUN = "not run"
    PASSED = "passed"


class State(StrEnum):
    """How good the evidence for a promise is; the worst comes first."""

    FAILED = "a test fails"
    UNKEPT = "nothing keeps it yet"
    UNPROVEN = "no test proves it"
    NOT_RUN = "its tests have not run"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Test:
    """A test that bears the number of a promise."""

    file: str
    name: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One promise with its evidence."""

    number: int
    promise: str
    clause: int
    code: tuple[str, ...]
    tests: tuple[Test, ...]

    @property
    def state(self) -> State:
        """The worst that can be said of it."""
        outcomes = {each.outcome for each in self.tests}
        if Outcome.FAILED in outcomes:
            return State.FAILED
        if not self.code:
            return State.UNKEPT
        if not outcomes:
            return State.UNPROVEN
        return State.NOT_RUN if Outcome.NOT_RUN in outcomes else State.PROVEN


@dataclass(frozen=True, slots=True)
class Evidence:
    """All rows, those without proof first; when the tests last ran; and promises whose code is not where they say."""

    rows: tuple[Row, ...]
    ran_at: datetime | None
    faults: tuple[str, ...]


class NoPromises(Exception):
    """There is no list of promises where it was looked for."""


def collect(project: Path) -> Evidence:
    """Return the evidence that a checkout of the project holds, or raise `NoPromises`."""
    list_of_promises = project / PROMISES
    if not list_of_promises.exists():
        raise NoPromises(f"{list_of_promises} does not exist; run this in a checkout of the project")
    files = sorted((project / RESULTS).glob("*.xml")) + sorted((project / RESULTS).glob("client.json"))
    tests = _tests(project)
    rows = [
        Row(int(number), promise, int(clause), _paths(code), tuple(tests[int(number)]))
        for number, promise, clause, code in _ROW.findall(list_of_promises.read_text())
    ]
    order = list(State)
    return Evidence(
        rows=tuple(sorted(rows, key=lambda row: (order.index(row.state), row.number))),
        ran_at=datetime.fromtimestamp(max(each.stat().st_mtime for each in files), tz=UTC) if files else None,
        faults=tuple(_faults(project, rows, tests)),
    )


def _paths(code: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", code)) if code != NOT_YET else ()


def _faults(project: Path, rows: list[Row], tests: dict[int, list[Test]]) -> Iterator[str]:
    known = {row.number for row in rows}
    for number in sorted(set(tests) - known):
        yield f"{tests[number][0].name} claims to prove R{number}, which is no promise"
    for row in rows:
        yield from (
            f"R{row.number} is said to be kept by {path}, which is not there"
            for path in row.code
            if not (project / path).exists()
        )


def _tests(project: Path) -> dict[int, list[Test]]:
    found: dict[int, list[Test]] = defaultdict(list)
    results = _python_results(project / RESULTS)
    for file in sorted((project / "tests").rglob("test_*.py")):
        module = ".".join(file.relative_to(project).with_suffix("").parts)
        for name, numbers in marked(file.read_text()):
            for number in numbers:
                found[number].append(Test(module.replace(".", "/") + ".py", name, _worst(results[f"{module}.{name}"])))
    results = _client_results(project / RESULTS / "client.json")
    client = project / "client"
    for file in sorted([*client.glob("src/**/*.test.ts*"), *client.glob("tests/**/*.ts")]):
        for title, numbers in titled(file.read_text()):
            for number in numbers:
                found[number].append(Test(str(file.relative_to(project)), title, _worst(results[title])))
    return found


def marked(source: str) -> Iterator[tuple[str, set[int]]]:
    """Yield each test function of a Python module with the numbers of promises that it bears."""
    tree = ast.parse(source)
    of_all = {
        number
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for number in _numbers(node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            numbers = of_all | {number for mark in node.decorator_list for number in _numbers(mark)}
            if numbers:
                yield node.name, numbers


def _numbers(mark: ast.expr) -> Iterator[int]:
    for call in ast.walk(mark):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.requirement":
            values = [each.value for each in call.args if isinstance(each, ast.Constant)]
            yield from (value for value in values if isinstance(value, int))


def titled(source: str) -> Iterator[tuple[str, set[int]]]:
    """Yield the titles of a TypeScript test module that begin with the numbers of promises."""
    for _quote, title in _TITLE.findall(source):
        numbers = re.match(r"(?:R\d+,? )+", title)
        yield title, {int(each) for each in _NUMBERS.findall(numbers[0] if numbers else "")}


def _python_results(folder: Path) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = defaultdict(list)
    for file in folder.glob("*.xml"):
        for case in ElementTree.parse(file).iter("testcase"):  # noqa: S314  # pytest of ours wrote it
            name = f"{case.get('classname')}.{str(case.get('name')).partition('[')[0]}"
            kinds = {child.tag for child in case}
            skipped = Outcome.NOT_RUN if "skipped" in kinds else Outcome.PASSED
            found[name].append(Outcome.FAILED if kinds & {"failure", "error"} else skipped)
    return found


def _client_results(file: Path) -> dict[str, list[Outcome]]:
    """Return the outcomes of tests below each title, that of the test itself included."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    told = json.loads(file.read_text()) if file.exists() else {"testResults": []}
    for module in told["testResults"]:
        for case in module["assertionResults"]:
            ended = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}.get(case["status"], Outcome.NOT_RUN)
            for title in (*case["ancestorTitles"], case["title"]):
                found[title].append(ended)
    return found


def _worst(outcomes: list[Outcome]) -> Outcome:
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_RUN)
