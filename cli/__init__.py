"""The command urbansdg."""
