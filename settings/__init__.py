"""The settings: one frozen object, read once from the environment and passed as an argument."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.settings.retention_policy import RetentionPolicy
from urbansdg.settings.settings import (
    ENGINE,
    PREFIX,
    Settings,
    checked_base,
    read_settings,
    unknown_settings,
)

__all__ = [
    "ENGINE",
    "PREFIX",
    "RetentionPolicy",
    "Settings",
    "checked_base",
    "read_settings",
    "unknown_settings",
]
