"""The versions that the server knows, and the one it serves."""
