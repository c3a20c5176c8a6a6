"""`python -m urbansdg.cli` is the command `urbansdg`."""

from urbansdg.cli import main

main()
