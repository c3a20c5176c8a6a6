"""Lists and the search: facets, pages, and the same in JSON, CSV, Atom and SPARQL."""
