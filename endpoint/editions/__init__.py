"""Derived data of a version, made once: VoID counts, dumps, data quality, change history."""
