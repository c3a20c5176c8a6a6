"""The fixtures that write and read workbooks."""

from tests.support.workbook_files import Cell, Read, Rows, Write, layout, read, triples, write

__all__ = ["Cell", "Read", "Rows", "Write", "layout", "read", "triples", "write"]
