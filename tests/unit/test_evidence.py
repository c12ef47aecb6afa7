"""The evidence: no test, a failing one and one that did not run are never called proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conclave.cli import evidence_forms
from conclave.cli.evidence import NoPromises, State, collect, marked, titled

ROOT = Path(__file__).parents[2]
KNOWN_WITHOUT_TEST = {6, 24, 25, 89}
PROMISES = """
| Row | Promise | Clause | Kept by |
|---|---|---|---|
| R1 | One is kept. | 1 | `src/one.py` |
| R2 | Two fails. | 2 | `src/one.py` |
| R3 | Three has no test. | 2 | `src/one.py`, `src/gone.py` |
| R4 | Four is not built. | 3 | not yet |
| R5 | Five has not run. | 9 | `src/one.py` |
"""
TESTS = """
import pytest
@pytest.mark.requirement(1)
@pytest.mark.parametrize("x", [1, 2])
def test_one(x): ...
@pytest.mark.requirement(2)
def test_two(): ...
@pytest.mark.requirement(5)
async def test_five(): ...
@pytest.mark.requirement(7)
def test_seven(): ...
"""
CLIENT_TESTS = """
describe("R1 all of them", () => { it("works", () => {}); });
it("R2, R5 both", () => {});
it("Right at once", () => {});
"""
RESULTS = """<testsuites><testsuite>
<testcase classname="tests.unit.test_it" name="test_one[1]"/>
<testcase classname="tests.unit.test_it" name="test_one[2]">{0}</testcase>
<testcase classname="tests.unit.test_it" name="test_two"><failure>no</failure></testcase>
<testcase classname="tests.unit.test_it" name="test_five"><skipped/></testcase>
</testsuite></testsuites>"""
CLIENT_RESULTS = {
    "testResults": [
        {
            "assertionResults": [
                {"ancestorTitles": ["R1 all of them"], "title": "works", "status": "passed"},
                {"ancestorTitles": [], "title": "R2, R5 both", "status": "passed"},
            ]
        }
    ]
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, content in {
        "docs/promises.md": PROMISES,
        "src/one.py": "",
        "tests/unit/test_it.py": TESTS,
        "client/src/it.test.ts": CLIENT_TESTS,
        "test-results/unit.xml": RESULTS.format(""),
        "test-results/client.json": json.dumps(CLIENT_RESULTS),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path


def states(project: Path) -> dict[int, State]:
    return {row.number: row.state for row in collect(project).rows}


@pytest.mark.requirement(100)
def test_only_what_has_code_and_tests_that_passed_is_proven(project: Path) -> None:
    assert states(project) == {
        1: State.PROVEN,
        2: State.FAILED,
        3: State.UNPROVEN,
        4: State.UNKEPT,
        5: State.NOT_RUN,
    }


@pytest.mark.requirement(100)
def test_one_failed_case_of_many_is_a_failure(project: Path) -> None:
    (project / "test-results/unit.xml").write_text(RESULTS.format("<error/>"))
    assert states(project)[1] is State.FAILED


def test_without_results_nothing_is_proven(project: Path) -> None:
    for file in (project / "test-results").iterdir():
        file.unlink()
    assert State.PROVEN not in states(project).values()
    assert collect(project).ran_at is None


@pytest.mark.requirement(100)
def test_rows_without_proof_come_first(project: Path) -> None:
    assert [row.number for row in collect(project).rows] == [2, 4, 3, 5, 1]


def test_code_that_is_gone_and_promises_that_are_none_are_told(project: Path) -> None:
    assert collect(project).faults == (
        "test_seven claims to prove R7, which is no promise",
        "R3 is said to be kept by src/gone.py, which is not there",
    )


@pytest.mark.requirement(100)
def test_text_page_and_json_say_the_same(project: Path) -> None:
    found = collect(project)
    as_text, page = evidence_forms.text(found), evidence_forms.html(found, policy_url="https://meet.example/privacy/")
    told = json.loads(evidence_forms.as_json(found))
    assert [row["number"] for row in told["rows"]] == [2, 4, 3, 5, 1]
    assert told["rows"][-1]["tests"][0] == {"file": "tests/unit/test_it.py", "name": "test_one", "outcome": "passed"}
    for row in found.rows:
        assert row.promise in as_text
        assert f'<tr id="R{row.number}">' in page
    assert 'href="https://meet.example/privacy/#section-9"' in page
    assert "failed: tests/unit/test_it.py test_two" in as_text
    assert as_text.index("A TEST FAILS") < as_text.index("NOTHING KEEPS IT YET") < as_text.index("PROVEN")


def test_words_of_a_promise_are_no_markup(project: Path) -> None:
    (project / "docs/promises.md").write_text("| R1 | Never <script>. | 1 | not yet |\n")
    assert "<script>" not in evidence_forms.html(collect(project), policy_url="/privacy/")


def test_a_folder_without_promises_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPromises):
        collect(tmp_path)


def test_marks_of_a_module_and_several_numbers_are_read() -> None:
    source = """
pytestmark = [pytest.mark.django_db, pytest.mark.requirement(32)]
@pytest.mark.requirement(4, 5)
def test_a(): ...
class TestB:
    def test_c(self): ...
def helper(): ...
"""
    assert dict(marked(source)) == {"test_a": {4, 5, 32}, "test_c": {32}}
    assert dict(titled("""it.each([1])("R5 never `%s`", f); test('R10, R4 words', g)""")) == {
        "R5 never `%s`": {5},
        "R10, R4 words": {4, 10},
    }


@pytest.mark.requirement(100)
def test_the_promises_are_numbered_from_1_to_113_and_their_code_is_there() -> None:
    found = collect(ROOT)
    assert sorted(row.number for row in found.rows) == list(range(1, 114))
    assert found.faults == ()
    assert {row.clause for row in found.rows} <= set(range(1, 10))


@pytest.mark.requirement(100)
def test_no_built_promise_is_without_a_test_but_those_known() -> None:
    """Whoever proves one of these takes it off the list; whoever builds something proves it."""
    unproven = {row.number for row in collect(ROOT).rows if row.code and not row.tests}
    assert unproven <= KNOWN_WITHOUT_TEST
