"""Processes that share work of ours: it is trusted, and as much as the machine has cores."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def process_pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of new interpreters; a fork would copy the locks of the parent's threads."""
    return ProcessPoolExecutor(processes, get_context("spawn"))
