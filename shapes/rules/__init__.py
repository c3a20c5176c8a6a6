"""Rules across things: queries on the whole graph, whose every solution is a problem."""

from urbansdg.shapes.rules.sparql_rules import Rule, rule_problems, rules, traces

__all__ = ["Rule", "rule_problems", "rules", "traces"]
