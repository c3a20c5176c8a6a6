"""Contact data of persons: their consent, and the redaction of old versions."""
