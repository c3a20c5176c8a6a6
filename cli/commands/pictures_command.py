"""The command pictures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from urbansdg.cli.common_options import AsForm, DataDir, OutputFormat
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import print_json, print_table
from urbansdg.endpoint.media.picture_cache import PictureRecord
from urbansdg.endpoint.media.pictures import Pictures, pictured_media
from urbansdg.settings import read_settings
from urbansdg.store import open_store

_AT_ONCE: Final = 3
_FAILED: Final = "failed"


def pictures(
    *,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", help="Fetch the pictures that are missing or whose retry is due."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Fetch every picture again, to find dead links.")
    ] = False,
    data_dir: DataDir = None,
    form: AsForm = OutputFormat.TEXT,
) -> int:
    """List the pictures of policies and cities, and those that cannot be shown.

    A picture is shown if it has a licence and its host is in URBANSDG_MEDIA_HOSTS. Without --fetch
    and --again no host is contacted. The exit code is 1 if a picture cannot be fetched or decoded.
    """
    settings = read_settings(data_dir=data_dir)
    store = open_store(settings)
    version = store.current()
    media = sorted(pictured_media(store.view(version)))
    album = Pictures.of(settings, store)
    if fetch or again:
        allowed = dict.fromkeys(url for _, url in media if album.is_allowed(url))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda url: _fetch(album, url, version.number, again=again), allowed))
    known = {url: album.cache.record(url) for _, url in media}
    rows = [(iri, url, _state(album, url, known[url])) for iri, url in media]
    if form is OutputFormat.JSON:
        print_json([_document(*row, known[row[1]]) for row in rows])
    else:
        print_table(("medium", "address", "state"), rows)
    failed = [state for _, _, state in rows if state.startswith(_FAILED)]
    return Exit.PROBLEMS_IN_INPUT if failed else Exit.DONE


def _fetch(album: Pictures, url: str, number: int, *, again: bool) -> None:
    """Fetch a picture where it is due; again, what is known of it is removed first."""
    if again:
        album.cache.remove(url)
    album.fetch(url, number)


def _state(album: Pictures, url: str, record: PictureRecord | None) -> str:
    if not album.is_allowed(url):
        return "host not allowed"
    if record is None:
        return "not fetched"
    return "shown" if record.is_shown else f"{_FAILED}: it {record.failure}"


def _document(iri: str, url: str, state: str, known: PictureRecord | None) -> dict[str, object]:
    record = known or PictureRecord(url, 0.0)
    name, _, reason = state.partition(": ")
    return {
        "medium": iri,
        "address": url,
        "state": name,
        "reason": reason or None,
        "time": _moment(record.time),
        "retry": _moment(record.retry),
        "width": record.width or None,
        "height": record.height or None,
    }


def _moment(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None
