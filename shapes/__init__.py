"""The SHACL shapes, and validate() with its two engines."""
