"""The parameters of searches and lists, their facets, and the SPARQL query of each."""
