"""RDF from outside: the parser process, protection against malicious files, and RML."""
