"""Statistical tables: the conversion of their rows to values of series, for every format."""
