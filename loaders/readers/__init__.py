"""The built-in readers by family, one per module; each module offers its reader as `READER`."""
