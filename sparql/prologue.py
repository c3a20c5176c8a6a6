"""The prologue of a query: BASE, PREFIX and VERSION (SPARQL 1.1, section 4.1.1; SPARQL 1.2)."""

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.sparql.tokenizer import tokenize

_MARK: Final = "urn:urbansdg:mark"


@dataclass(frozen=True, slots=True)
class Prologue:
    """The declarations of BASE and PREFIX in their order, and what they declare.

    `prefixes` are the names that are declared, each once and with its colon. `end` is the offset
    behind the last declaration.
    """

    declarations: str
    prefixes: tuple[str, ...]
    end: int

    def resolved(self, name: str, base: str) -> ox.NamedNode | None:
        """Return the IRI of a name or a relative IRI behind the prologue; None for what is neither.

        `base` is what an IRI before the first BASE is resolved against. A relative BASE is resolved
        against the one before it (section 4.1.1.1).
        """
        scratch = ox.Store()
        text = f"{self.declarations}\nINSERT DATA {{ <{_MARK}> <{_MARK}> {name} }}"
        try:
            scratch.update(text, base_iri=base)
        except SyntaxError:
            return None
        (quad,) = scratch
        return quad.object if isinstance(quad.object, ox.NamedNode) else None


def prologue_of(query: str) -> Prologue:
    """Return the prologue of a query; it ends at the first token that begins no declaration."""
    declared, prefixes, end = list[str](), dict[str, None](), 0
    tokens = (token for token in tokenize(query) if not token.is_gap)
    for token in tokens:
        # PREFIX may touch the name: `PREFIXe:` is `PREFIX e:` where a declaration may stand
        is_joined = token.kind == "name" and token.keywords.startswith("PREFIX")
        if not is_joined and token.word not in ("BASE", "PREFIX", "VERSION"):
            break
        name = next(tokens, token) if token.word == "PREFIX" else token
        last = next(tokens, token)
        end = last.end
        if token.word == "BASE":
            declared.append(f"BASE {last.text}")
        elif token.word != "VERSION":
            prefix = name.text[len("PREFIX") :] if is_joined else name.text
            prefixes[prefix] = None
            declared.append(f"PREFIX {prefix} {last.text}")
    return Prologue("\n".join(declared), tuple(prefixes), end)


def with_one_base(query: str, base: str) -> str:
    """Return a valid query with one BASE, before prefixes of absolute IRIs, that means the same.

    A query may have several, after prefixes, and relative ones, while Virtuoso takes one BASE alone
    and only at the beginning. VERSION, which older engines do not know, is left out.
    """
    prologue = prologue_of(query)
    lines = [f"BASE {prologue.resolved('<>', base)}"]
    lines += [f"PREFIX {name} {prologue.resolved(name, base)}" for name in prologue.prefixes]
    return "\n".join([*lines, query[prologue.end :]])
