"""The command `template`: a workbook for a city officer, empty or with the data of a city."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import DataDir
from urbansdg.loaders.spreadsheets.file_formats import WORKBOOK
from urbansdg.loaders.workbook.export_rows import export_city
from urbansdg.loaders.workbook.template_workbook import (
    SheetValues,
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
        typer.Argument(metavar="FILE|FOLDER", help="An .xlsx file, or a folder for CSV files."),
    ],
    *,
    language: Annotated[
        Language, typer.Option(help="The language of titles, notes, lists and the example.")
    ] = Language.ENGLISH,
    city: Annotated[
        str | None, typer.Option(help="The key of a city. Its data in the graph are filled in.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a workbook to fill in and load, empty or with the data of a city."""
    is_workbook = output.suffix.lower() == WORKBOOK
    if output.suffix[1:2].isalpha() and not is_workbook:  # a folder may be named `seoul-2.0`
        raise typer.BadParameter(
            f"cannot write {output.suffix} files. Name a file that ends in {WORKBOOK},"
            " or a folder, without an ending, for CSV files"
        )
    if output.exists():
        raise typer.BadParameter(f"{output} exists already. Name a new file or folder")
    layout = read_layout()
    rows: SheetValues = {}
    if city is not None:
        store = open_store(read_settings(data_dir=data_dir))
        version = store.read(store.current())
        rows = export_city(version, store.iris, city, layout, language.value)
        if not any(row.get("country") for row in rows["city"]):
            raise typer.BadParameter(f"the graph has no city with the key {city}")
    template_to_write = Template(language.value, layout, rows)
    try:
        (write_workbook if is_workbook else write_folder)(template_to_write, output)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {output}: {error.strerror}") from error
    print(f"Wrote {output}.")
