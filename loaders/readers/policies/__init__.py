"""Readers of policies: disclosures, tables of a city, its workbook."""
