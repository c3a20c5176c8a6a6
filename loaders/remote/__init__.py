"""Sources over HTTP: downloads, and pages of other SPARQL endpoints."""
