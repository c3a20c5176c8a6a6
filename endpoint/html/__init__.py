"""The parts of every HTML page: addresses, languages, layout, markup."""
