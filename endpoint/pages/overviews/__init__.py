"""The policies on a topic, of a place or of an organisation: totals, gaps, tables."""
