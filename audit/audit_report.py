"""What an audit found, as text, as JSON, and as EARL."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.audit.earl import AuditCheck, CheckResult, Finding
from urbansdg.ontology.namespaces import EARL, PREFIXES, PROJECT

_PLAIN: Final = {
    CheckResult.PASS: "pass",
    CheckResult.FAIL: "FAIL",
    CheckResult.UNTESTED: "untested",
    CheckResult.CANT_TELL: "can't tell",
}


@dataclass(frozen=True, slots=True)
class Audit:
    """The findings at a site, in the order of the checks, and how many requests they took."""

    site: str
    findings: tuple[tuple[AuditCheck, Finding], ...]
    requests: int

    @property
    def failed(self) -> tuple[AuditCheck, ...]:
        """The checks that failed."""
        return tuple(check for check, found in self.findings if found.result is CheckResult.FAIL)

    def counts(self) -> dict[CheckResult, int]:
        """Return how many checks had each result."""
        many = Counter(found.result for _, found in self.findings)
        return {result: many[result] for result in CheckResult}

    def to_json(self) -> dict[str, object]:
        """Return the findings as they stand in JSON."""
        told = [
            {
                "id": check.id,
                "principle": check.principle,
                "tests": check.tests,
                "result": found.result.value,
                "reason": found.reason,
            }
            for check, found in self.findings
        ]
        counts = {result.value: many for result, many in self.counts().items()}
        return {"site": self.site, "requests": self.requests, "counts": counts, "checks": told}


def as_text(audit: Audit) -> str:
    """Return the findings a line each, then their sum."""
    lines = [
        f"{_PLAIN[found.result]:10}  {check.id:22}  {check.principle:4}  "
        f"{check.tests}: {found.reason}"
        for check, found in audit.findings
    ]
    many = audit.counts()
    passed, failed = many[CheckResult.PASS], many[CheckResult.FAIL]
    marks = f"{passed} of {passed + failed} checks passed"
    unknown, untested = many[CheckResult.CANT_TELL], many[CheckResult.UNTESTED]
    rest = f"{unknown} cannot be told, {untested} were not tested"
    return "\n".join((*lines, f"{audit.site}: {marks}; {rest}; {audit.requests} requests."))


def as_earl(audit: Audit) -> bytes:
    """Return the findings in EARL 1.0, as Turtle."""
    quads = []
    site, tool = ox.NamedNode(audit.site), ox.NamedNode(f"{PROJECT}audit")
    for check, found in audit.findings:
        assertion, outcome = ox.BlankNode(), ox.BlankNode()
        test = ox.NamedNode(f"{PROJECT}audit#{check.id}")
        quads += [
            _said(assertion, "rdf:type", _earl("Assertion")),
            _said(assertion, "earl:assertedBy", tool),
            _said(assertion, "earl:subject", site),
            _said(assertion, "earl:test", test),
            _said(assertion, "earl:mode", _earl("automatic")),
            _said(assertion, "earl:result", outcome),
            _said(outcome, "rdf:type", _earl("TestResult")),
            _said(outcome, "earl:outcome", _earl(found.result.value)),
            _said(outcome, "earl:info", ox.Literal(found.reason, language="en")),
            _said(test, "rdf:type", _earl("TestCriterion")),
            _said(test, "dcterms:title", ox.Literal(check.tests, language="en")),
        ]
    return ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=_prefixes()) or b""


def _said(
    subject: ox.NamedNode | ox.BlankNode, name: str, value: ox.NamedNode | ox.BlankNode | ox.Literal
) -> ox.Triple:
    prefix, _, local = name.partition(":")
    return ox.Triple(subject, ox.NamedNode(_prefixes()[prefix] + local), value)


def _earl(name: str) -> ox.NamedNode:
    return ox.NamedNode(EARL[name])


def _prefixes() -> dict[str, str]:
    return {"earl": str(EARL), "rdf": PREFIXES["rdf"], "dcterms": PREFIXES["dcterms"]}
