"""How a worker writes an answer: into a pipe, as CSV, as a workbook; and how rows are counted."""
