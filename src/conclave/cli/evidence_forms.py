"""The evidence as text for a terminal, as a page for a reader, and as JSON for other tools."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from html import escape

from conclave.cli.evidence import Evidence, Outcome, Row, State

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-inline-size: 70rem; margin: 2rem auto; padding-inline: 1rem; }
table { border-collapse: collapse; inline-size: 100%; }
th, td { border-block-end: 1px solid; padding: 0.5rem; text-align: start; vertical-align: top; }
ul { margin: 0; padding-inline-start: 1.2rem; } code { overflow-wrap: anywhere; }
"""


def text(evidence: Evidence) -> str:
    """Return the evidence as lines."""
    return "\n".join(_lines(evidence)) + "\n"


def _lines(evidence: Evidence) -> Iterator[str]:
    state: State | None = None
    for row in evidence.rows:
        if row.state is not state:
            state = row.state
            yield f"\n{state.upper()}"
        yield f"R{row.number} (policy, section {row.clause}): {row.promise}"
        yield from (f"    kept by {path}" for path in row.code)
        yield from (f"    {test.outcome}: {test.file} {test.name}" for test in row.tests)
    yield from ("", *evidence.faults, summary(evidence))


def summary(evidence: Evidence) -> str:
    """Return the figures in one line."""
    counts = Counter(row.state for row in evidence.rows)
    ran = f"; tests last ran {evidence.ran_at:%Y-%m-%d %H:%M} UTC" if evidence.ran_at else "; no results of tests"
    return f"{len(evidence.rows)} promises: " + ", ".join(f"{counts[each]} {each}" for each in State) + ran


def as_json(evidence: Evidence) -> str:
    """Return the evidence as one JSON document."""
    rows = [{**asdict(row), "state": row.state} for row in evidence.rows]
    ran_at = evidence.ran_at and evidence.ran_at.isoformat()
    return json.dumps({"ran_at": ran_at, "faults": evidence.faults, "rows": rows}, indent=2, ensure_ascii=False) + "\n"


def html(evidence: Evidence, *, policy_url: str) -> str:
    """Return the evidence as a page of its own; clauses link to the policy at `policy_url`."""
    body = "\n".join(_row(row, policy_url) for row in evidence.rows)
    faults = "".join(f"<p><strong>{escape(each)}</strong></p>" for each in evidence.faults)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Evidence</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>\n<h1>Evidence for each promise</h1>\n"
        f"<p>{escape(summary(evidence))}</p>{faults}\n"
        "<table><thead><tr><th>Row</th><th>Promise</th><th>Evidence</th><th>Kept by</th><th>Tests</th></tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table>\n</body></html>\n"
    )


def _row(row: Row, policy_url: str) -> str:
    code = "".join(f"<li><code>{escape(path)}</code></li>" for path in row.code)
    tests = "".join(_test(test.file, test.name, test.outcome) for test in row.tests)
    clause = f'<a href="{escape(policy_url)}#section-{row.clause}">policy, section {row.clause}</a>'
    return (
        f'<tr id="R{row.number}"><th scope="row">R{row.number}</th><td>{escape(row.promise)}<br>{clause}</td>'
        f"<td>{escape(row.state)}</td><td><ul>{code}</ul></td><td><ul>{tests}</ul></td></tr>"
    )


def _test(file: str, name: str, outcome: Outcome) -> str:
    return f"<li>{escape(outcome)}: <code>{escape(file)}</code> {escape(name)}</li>"
