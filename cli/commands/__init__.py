"""The commands of `urbansdg`, one module a group; imported when they are called."""
