"""What cities offer to other cities and ask of them, and what matches."""
