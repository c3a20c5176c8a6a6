"""Rules across things, as queries on the whole graph: each row is a problem, no row is good."""

from urbansdg.shapes.rules.sparql_rules import Rule, broken_rules, rules, traces

__all__ = ["Rule", "broken_rules", "rules", "traces"]
