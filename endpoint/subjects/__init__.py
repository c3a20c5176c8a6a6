"""What a version says of each thing, ready to be sent: the subject file."""
