"""The one command `urbansdg`: parses arguments, prints, nothing else."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.cli.application import main

__all__ = ["main"]
