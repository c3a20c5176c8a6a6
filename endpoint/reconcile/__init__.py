"""The Reconciliation Service API 0.2: names in a table are matched with things of the graph."""
