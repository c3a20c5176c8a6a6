"""Tables in CSV and how each kind of record becomes facts."""
