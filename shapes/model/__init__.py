"""The data model of validation: shapes, property paths, RDF terms, reports."""
