"""The gazetteer: names of cities in many languages, and the keys of these cities."""
