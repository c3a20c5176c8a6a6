"""The city's workbook: a spreadsheet template, and the conversion of its rows to our tables."""
