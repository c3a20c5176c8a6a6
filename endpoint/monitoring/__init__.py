"""Health checks, metrics and the access log."""
