"""Fields of HTTP requests, parsed by their grammar (RFC 9110); nothing here knows the graph."""
