"""Names of cities in many languages, and the keys of these cities."""
