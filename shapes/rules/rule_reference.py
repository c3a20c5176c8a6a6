"""Prints docs/reference/rules.md: the rules that a load and a write are judged by.

python -m urbansdg.shapes.rules.rule_reference > docs/reference/rules.md
"""

import re
import sys

from urbansdg.shapes.rules.sparql_rules import rules

_HEAD = """# Rules checked on load

Beside [the SHACL shapes](../how-to/publishers.md#check-rdf-with-another-shacl-processor),
every load and every write is judged by these rules. They compare things of several documents, or
parts of a text, so a SHACL processor that has one document does not find what they find. A
violation is refused; a warning is reported, and the data go in. The code of a problem is `rule.`
and the name.

| rule | severity | what is wrong | what to do |
|---|---|---|---|
"""


def rule_markdown() -> str:
    """Return the reference in Markdown, one row for each rule, from the headers of their files."""
    return _HEAD + "".join(
        f"| `{rule.name}` | {rule.severity.value} | {_cell(rule.problem)}"
        f" | {_cell(rule.solution)} |\n"
        for rule in rules()
    )


def _cell(text: str) -> str:
    """Return a text of a header for a cell; its variables are set in italics."""
    return re.sub(r"\?([a-z]+)", r"*\1*", text).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rule_markdown())
