"""`python -m urbansdg` is the command `urbansdg`."""

from urbansdg.cli import main

if __name__ == "__main__":
    main()
