"""Versions on disk: their directory, files, checksums, tags and leases."""
