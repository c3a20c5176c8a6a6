"""The validation engines: the SHACL to SPARQL compiler, and pyshacl."""
