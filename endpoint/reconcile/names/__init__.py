"""Names as they are compared: their similarity, the countries beside them, the ranking."""
