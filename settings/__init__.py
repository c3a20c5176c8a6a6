"""The settings: one frozen object, read once from the environment and passed in."""

from urbansdg.settings.settings import ENGINE, PREFIX, Settings, read_settings

__all__ = ["ENGINE", "PREFIX", "Settings", "read_settings"]
