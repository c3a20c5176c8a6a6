"""What commands do with the graph before they show it, and the user who runs them."""

import getpass
import sys

from urbansdg.store import Backend, Published


def remove_expired_data(store: Backend) -> None:
    """Remove personal data whose consent has ended, before a command shows any data.

    Raises as `Backend.forget`.
    """
    outcome = store.forget(user_name())
    if isinstance(outcome, Published):
        number = outcome.version.number
        print(f"Version {number} omits personal data whose consent has ended.", file=sys.stderr)


def user_name() -> str:
    """Return the name of the user, for the provenance of a change."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "unknown"
