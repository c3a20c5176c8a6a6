"""The graph in a SPARQL engine: its client, dialects, and state."""
