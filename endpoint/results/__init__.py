"""Results of queries for people: the first rows as a table, labelled, and as charts and maps."""
