"""The report of an audit as text, JSON and EARL."""

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
    """The findings for a site, in the order of the checks, and the number of requests."""

    site: str
    findings: tuple[tuple[AuditCheck, Finding], ...]
    requests: int

    @property
    def failed(self) -> tuple[AuditCheck, ...]:
        """The checks that failed."""
        return tuple(
            check for check, finding in self.findings if finding.result is CheckResult.FAIL
        )

    def counts(self) -> dict[CheckResult, int]:
        """Return the number of checks for each result."""
        counts = Counter(finding.result for _, finding in self.findings)
        return {result: counts[result] for result in CheckResult}

    def to_json(self) -> dict[str, object]:
        """Return the findings as JSON."""
        checks = [
            {
                "id": check.id,
                "principle": check.principle,
                "tests": check.tests,
                "result": finding.result.value,
                "reason": finding.reason,
            }
            for check, finding in self.findings
        ]
        counts = {result.value: count for result, count in self.counts().items()}
        return {"site": self.site, "requests": self.requests, "counts": counts, "checks": checks}


def as_text(audit: Audit) -> str:
    """Return the findings, one per line, and a summary."""
    lines = [
        f"{_PLAIN[finding.result]:10}  {check.id:22}  {check.principle:4}  "
        f"{check.tests}: {finding.reason}"
        for check, finding in audit.findings
    ]
    counts = audit.counts()
    passed, failed = counts[CheckResult.PASS], counts[CheckResult.FAIL]
    marks = f"{passed} of {passed + failed} checks passed"
    unknown, untested = counts[CheckResult.CANT_TELL], counts[CheckResult.UNTESTED]
    rest = f"{unknown} cannot be decided, {untested} were not tested"
    return "\n".join((*lines, f"{audit.site}: {marks}; {rest}; {audit.requests} requests."))


def as_earl(audit: Audit) -> bytes:
    """Return the findings in EARL 1.0, as Turtle."""
    quads = []
    site, tool = ox.NamedNode(audit.site), ox.NamedNode(f"{PROJECT}audit")
    for check, finding in audit.findings:
        assertion, outcome = ox.BlankNode(), ox.BlankNode()
        test = ox.NamedNode(f"{PROJECT}audit#{check.id}")
        quads += [
            _triple(assertion, "rdf:type", _earl("Assertion")),
            _triple(assertion, "earl:assertedBy", tool),
            _triple(assertion, "earl:subject", site),
            _triple(assertion, "earl:test", test),
            _triple(assertion, "earl:mode", _earl("automatic")),
            _triple(assertion, "earl:result", outcome),
            _triple(outcome, "rdf:type", _earl("TestResult")),
            _triple(outcome, "earl:outcome", _earl(finding.result.value)),
            _triple(outcome, "earl:info", ox.Literal(finding.reason, language="en")),
            _triple(test, "rdf:type", _earl("TestCriterion")),
            _triple(test, "dcterms:title", ox.Literal(check.tests, language="en")),
        ]
    return ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=_prefixes()) or b""


def _triple(
    subject: ox.NamedNode | ox.BlankNode, name: str, value: ox.NamedNode | ox.BlankNode | ox.Literal
) -> ox.Triple:
    prefix, _, local = name.partition(":")
    return ox.Triple(subject, ox.NamedNode(_prefixes()[prefix] + local), value)


def _earl(name: str) -> ox.NamedNode:
    return ox.NamedNode(EARL[name])


def _prefixes() -> dict[str, str]:
    return {"earl": str(EARL), "rdf": PREFIXES["rdf"], "dcterms": PREFIXES["dcterms"]}
