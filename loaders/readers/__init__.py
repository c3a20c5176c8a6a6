"""The readers of the project, one a module, by family: each offers its reader as `READER`."""
