"""What the query editor of `/sparql` completes: prefixes, classes and properties."""
