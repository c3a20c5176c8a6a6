"""The SPARQL protocol, the Graph Store protocol, triple pattern fragments."""
