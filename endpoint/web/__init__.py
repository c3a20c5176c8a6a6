"""HTTP in general: negotiation, conditional requests, compression, CORS, errors, rate limit."""
