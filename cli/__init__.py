"""The command `urbansdg`: it parses arguments, calls the library, and prints.

`urbansdg.cli.application` puts the commands together, `urbansdg.cli.commands` has them.
"""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.cli.application import main

__all__ = ["main"]
