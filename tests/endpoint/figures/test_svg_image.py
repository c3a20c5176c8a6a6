"""Figures as images of their own: well-formed, with their style, licence and citation."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tests.endpoint.figures.svg_boxes import parsed, points_of, view_box
from urbansdg.endpoint.figures.bar_chart import bar_chart
from urbansdg.endpoint.figures.figure_data import FigureText
from urbansdg.endpoint.figures.svg_image import ImageSource, image_style, style_hash, svg_image
from urbansdg.ontology.namespaces import PREFIXES

_DCTERMS = f"{{{PREFIXES['dcterms']}}}"
_SVG = "{http://www.w3.org/2000/svg}"


def _source(text: str) -> ImageSource:
    return ImageSource(f"http://x.org/{text}", "http://x.org", text, (text,), "2026-11-30", (text,))


@given(st.text(max_size=300), st.sampled_from(("ltr", "rtl")))
@settings(max_examples=settings().max_examples * 2)
def test_an_image_is_well_formed_and_its_words_are_inside(words: str, direction: str) -> None:
    """Whatever its title and its citation are, an image is well-formed and cuts no text off."""
    text = FigureText(words, words, "en", direction)
    root = parsed(svg_image(bar_chart(text, [(words, Decimal(1), "/a")]), text, _source(words)))
    left, _, right, bottom = view_box(root)
    for element in root.findall(f"{_SVG}text"):
        part = parsed(f'<svg xmlns="http://www.w3.org/2000/svg" direction="{direction}"/>')
        part.append(element)
        for _, x, y in points_of(part):
            assert left <= x <= right + 0.6
            assert 0 <= y <= bottom


def test_an_image_has_its_licence_its_citation_and_its_address() -> None:
    """The metadata has the licence, citation, address and time; the citation is visible too."""
    text = FigureText("Policies", "By city")
    source = ImageSource(
        "http://x.org/figure/a.svg?version=7",
        "http://x.org",
        "Urban SDG graph, version 7",
        ("https://licence.example/by",),
        "2026-11-30",
        ("Licence: BY",),
    )
    image = svg_image(bar_chart(text, [("Seoul", Decimal(1), "/doc/city/1")]), text, source)
    root = parsed(image)
    (licence,) = root.iter(f"{_DCTERMS}license")
    assert licence.attrib[f"{{{PREFIXES['rdf']}}}resource"] == "https://licence.example/by"
    (citation,) = root.iter(f"{_DCTERMS}bibliographicCitation")
    visible = [element.text for element in root.iter(f"{_SVG}text")]
    assert citation.text in visible
    assert "Licence: BY" in visible
    (link,) = root.iter(f"{_SVG}a")
    assert link.attrib["href"] == "http://x.org/doc/city/1"


def test_the_style_of_images_is_whole_and_loads_nothing() -> None:
    """The style has each class of drawings and each colour that it uses, and no other file."""
    style = image_style()
    used = set(re.findall(r"var\((--[\w-]+)", style)) - {"--own", "--goal"}
    assert used <= set(re.findall(r"(--[\w-]+):", style))
    assert {"--goal", "--own"} <= set(re.findall(r"(--[\w-]+):", style))
    assert "prefers-color-scheme: dark" in style
    assert not re.search(r"url\(|@import", style)
    assert style_hash().startswith("'sha256-")


def test_other_markup_is_refused() -> None:
    """What is not a drawing of this package is refused."""
    with pytest.raises(ValueError, match="view box"):
        svg_image(Markup("<svg></svg>"), FigureText("a", "b"), _source("c"))
