"""RDF from outside: the parser process, its guards, and RML."""
