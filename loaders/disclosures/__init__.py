"""Disclosures of cities to CDP: what their questionnaires and tables have in common."""
