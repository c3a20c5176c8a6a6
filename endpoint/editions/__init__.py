"""What is made once from a version: VoID counts, data quality, change history."""
