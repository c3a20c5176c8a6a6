"""The one command `urbansdg`: parses arguments, prints, nothing else."""

from urbansdg.cli.app import main

__all__ = ["main"]
