"""The command repair."""

from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import Agent, Base, DataDir
from urbansdg.cli.store_access import agent_name
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.settings import read_settings
from urbansdg.store import Touched, Verdict
from urbansdg.store import repair as repair_directory


def repair(
    dump: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A dump of all graphs, as `dump` writes it: .nq, .trig, .nq.gz or .trig.gz."
            " Default: the newest version that is whole.",
        ),
    ] = None,
    *,
    base: Base = None,
    agent: Agent = None,
    data_dir: DataDir = None,
) -> None:
    """Replace a damaged current version, from a dump or the newest whole version.

    Reads every file. A lost pointer or record of the graph is written again. Damaged versions stay
    until `prune --damaged`.
    """
    settings = read_settings(data_dir=data_dir)
    outcome = repair_directory(
        settings.data_dir,
        agent_name(agent),
        _judge,
        dump=dump,
        base=base,
        patience=settings.lock_seconds,
    )
    for sentence in outcome.done:
        print(sentence)
    if outcome.lost:
        lost = ", ".join(map(str, outcome.lost))
        plural = "s" if len(outcome.lost) > 1 else ""
        print(f"The changes of version{plural} {lost} are lost. Load them again.")
    if not outcome.done:
        print(f"Nothing to repair: version {outcome.version.number} is whole.")


def _judge(state: RdfDataset, _touched: Touched) -> Verdict:
    from urbansdg.shapes import validate_store  # a repair from a version judges nothing

    return validate_store(state)
