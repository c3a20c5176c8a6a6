"""What the product needs to know of RDF datasets."""
