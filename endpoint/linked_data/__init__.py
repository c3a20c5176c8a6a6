"""The description of a thing, and its forms: RDF, JSON-LD, GeoJSON, schema.org."""
