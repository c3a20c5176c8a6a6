"""Sources over HTTP: downloads, and pages of another SPARQL endpoint."""
