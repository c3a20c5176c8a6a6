"""The name under which a command changes the graph, and the report of what was forgotten."""

from urbansdg.settings import read_settings
from urbansdg.store import Forgotten


def agent_name(agent: str | None) -> str:
    """Return the name for the provenance of a change: the option, or the setting `agent`.

    The name is published with the version. The login name of the operator is not.
    """
    return agent or read_settings().agent


def report_forgotten(forgotten: Forgotten) -> str:
    """Return what was removed, by place, in lines of text; "" where nothing was."""
    if not forgotten.removed:
        return ""
    lines = [f"  {place}: {count:,}" for place, count in forgotten.removed.items()]
    number = forgotten.version.number
    text = "\n".join((f"Version {number} and all older versions are without these data.", *lines))
    if forgotten.in_use:
        versions = ", ".join(map(str, forgotten.in_use))
        text += (
            f"\nA reader still has the files from before of version {versions} open; the next write"
            " removes them."
        )
    if forgotten.mentions:
        places = (f"  {mention.subject} {mention.path}" for mention in forgotten.mentions)
        heading = "\nTexts that still have a name or an address of what was removed; edit them:"
        text += "\n".join((heading, *places))
    return text
