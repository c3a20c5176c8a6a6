"""The readers of the project, one a module: each offers its reader as `READER`."""
