"""What the front ends of one server share: tables in memory that is mapped before they are forked.

Each front end writes its own cells and reads those of all, so no request waits for a lock: storing
8 aligned bytes is atomic. One front end alone uses the same tables.
"""
