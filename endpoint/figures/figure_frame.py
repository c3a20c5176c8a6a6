"""A figure on a page: the drawing, its caption, and the table that it draws."""

from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.figures.figure_data import FigureTable, FigureText
from urbansdg.endpoint.figures.svg_markup import cleaned, is_address
from urbansdg.endpoint.figures.value_scale import written
from urbansdg.endpoint.html.interface_texts import InterfaceTexts

_MOST_ROWS: Final = 100
"""The most rows of a table in a figure; the budget of a page is 40 kB on the wire."""


def figure_frame(
    drawing: Markup,
    text: FigureText,
    table: FigureTable,
    *,
    has_borders: bool = False,
    note: str = "",
    image: str | None = None,
) -> Markup:
    """Return a `<figure>` with a drawing, its caption, and the table that it draws.

    A map with borders gets the disclaimer of the United Nations; `note` is another one. `image` is
    the address of the figure as an image of its own.
    """
    words = text.words
    key = text.identifier
    texts = [words("map_disclaimer")] if has_borders else []
    texts += [note] if note else []
    notes = "".join(f'<p class="note">{cleaned(text_of)}</p>' for text_of in texts)
    more = (
        f'<p class="note"><a href="{cleaned(image)}">{cleaned(words("figure_image"))}</a></p>'
        if image is not None
        else ""
    )
    return Markup(  # noqa: S704  # every text is escaped
        f'<figure class="figure" id="{key}"><figcaption>{cleaned(text.title)}</figcaption>'
        f"{drawing}{notes}<details><summary>{cleaned(words('figure_table'))}</summary>"
        f"{_table(table, text, words)}{more}</details></figure>"
    )


def _table(table: FigureTable, text: FigureText, words: InterfaceTexts) -> str:
    numeric = {
        n
        for n in range(len(table.columns))
        if any(len(row) > n and isinstance(row[n], Decimal) for row in table.rows)
    }
    heads = "".join(
        f'<th scope="col"{_NUMBER if n in numeric else ""}>{cleaned(name)}</th>'
        for n, name in enumerate(table.columns)
    )
    rows = "".join(
        f"<tr>{''.join(_cell(cell, n, text.language) for n, cell in enumerate(row))}</tr>"
        for row in table.rows[:_MOST_ROWS]
    )
    rest = len(table.rows) - _MOST_ROWS
    more = f'<p class="note">{cleaned(words("more", n=rest))}</p>' if rest > 0 else ""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{cleaned(text.title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _cell(cell: str | Decimal | tuple[str, str | None], n: int, language: str) -> str:
    if isinstance(cell, Decimal):
        return f"<td{_NUMBER}>{cleaned(written(cell, language, is_exact=True))}</td>"
    content, href = cell if isinstance(cell, tuple) else (cell, None)
    inner = f"<bdi>{cleaned(content)}</bdi>"
    if is_address(href):
        inner = f'<a href="{cleaned(href or "")}">{inner}</a>'
    return f'<th scope="row">{inner}</th>' if n == 0 else f"<td>{inner}</td>"


_NUMBER: Final = ' class="number"'
