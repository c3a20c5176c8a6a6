"""Reader of a city's own folder of tables, which has the columns of the bundled ones."""

from dataclasses import dataclass
from pathlib import Path

from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN, VERSION, read_tables
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable, columns


@dataclass(frozen=True, slots=True)
class TableFolder:
    """The reader of a folder of tables."""

    name: str = "tables"
    version: str = VERSION

    def reads(self, path: Path) -> bool:
        """Return whether the path is a folder with at least one of the tables."""
        return any((path / table.name).is_file() for table in CITYS_OWN)

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the tables of a folder; each is known by its name."""
        return tuple(
            KnownTable(
                table.name,
                columns(*table.header.required),
                table.header.columns,
                CSV_ONLY,
                is_named=True,
            )
            for table in CITYS_OWN
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the tables of the folder; raises `SourceUnreadable`."""
        return read_tables(path, CITYS_OWN, graph or path.resolve().name, context)


READER = TableFolder()
