"""The settings: one frozen object, read once from the environment and passed in."""

from urbansdg.settings.settings import PREFIX, Settings, read_settings

__all__ = ["PREFIX", "Settings", "read_settings"]
