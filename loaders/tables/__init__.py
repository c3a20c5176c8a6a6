"""Tables in CSV, and the conversion of each kind of record to facts."""
