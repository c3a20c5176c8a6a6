"""The reference of the rules is what their files say."""

from pathlib import Path

from urbansdg.shapes.rules import rules
from urbansdg.shapes.rules.rule_reference import rule_markdown


def test_the_reference_lists_every_rule(root: Path) -> None:
    """`docs/reference/rules.md` is what `rule_reference` prints, with a row for each rule."""
    text = (root / "docs" / "reference" / "rules.md").read_text("utf-8")
    assert text == rule_markdown()
    assert all(text.count(f"| `{rule.name}` |") == 1 for rule in rules())
