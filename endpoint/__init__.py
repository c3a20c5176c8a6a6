"""The graph over HTTP: SPARQL protocol, linked data."""
