"""The city's workbook: a spreadsheet for a person to fill, and the way from it to our tables."""
