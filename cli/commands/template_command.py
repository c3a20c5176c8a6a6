"""The command template: a workbook for a city officer, empty or with what the graph has."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import DataDir
from urbansdg.loaders.workbook.export_rows import filled
from urbansdg.loaders.workbook.template_workbook import (
    Filled,
    Template,
    write_folder,
    write_workbook,
)
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.settings import read_settings
from urbansdg.store import open_store


class Language(StrEnum):
    """The languages of the workbook."""

    ENGLISH = "en"
    KOREAN = "ko"
    FRENCH = "fr"
    SPANISH = "es"


def template(
    output: Annotated[
        Path,
        typer.Argument(metavar="FILE|FOLDER", help="A .xlsx file, or a folder for CSV files."),
    ],
    *,
    language: Annotated[
        Language, typer.Option(help="Language of titles, notes, lists and example.")
    ] = Language.ENGLISH,
    city: Annotated[
        str | None, typer.Option(help="Key of a city: what the graph has of it is filled in.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a workbook to be filled and loaded, or one with what the graph has of a city."""
    if output.exists():
        raise typer.BadParameter(f"{output} is there already; it was not touched")
    layout = read_layout()
    rows: Filled = {}
    if city is not None:
        store = open_store(read_settings(data_dir=data_dir))
        version = store.read(store.current())
        rows = filled(version, store.iris, city, layout, language.value)
        if not any(row.get("country") for row in rows["city"]):
            raise typer.BadParameter(f"the graph has no city with the key {city}")
    wanted = Template(language.value, layout, rows)
    try:
        (write_workbook if output.suffix == ".xlsx" else write_folder)(wanted, output)
    except OSError as error:
        raise typer.BadParameter(f"{output} cannot be written: {error}") from error
    print(f"Wrote {output}.")
