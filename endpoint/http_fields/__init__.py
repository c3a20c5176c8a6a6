"""Fields of HTTP messages: Accept and its kin, Cache-Control; nothing here knows the graph."""
