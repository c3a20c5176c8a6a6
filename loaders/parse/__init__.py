"""Parsers of single values: amounts, dates, quantities, codes, names."""
