"""The engines of validation: the SHACL to SPARQL compiler, and pyshacl."""
