"""The lists of titles, values and scales: a word has one meaning."""

from collections import defaultdict

import pytest

from urbansdg.loaders.parse.statistics.column_titles import column_title, language_of_titles
from urbansdg.loaders.parse.statistics.word_lists import squeezed_key, word_list


@pytest.mark.parametrize("name", ["column_titles.csv", "dimension_values.csv", "scales.csv"])
def test_a_word_has_one_meaning(name: str) -> None:
    """No word of a list has two roles, two codes of one dimension, or two scales."""
    meanings = defaultdict(set)
    for cells, words in word_list(name):
        for word in words:
            meanings[*cells[:-1], squeezed_key(word)].add(cells[-1])
    assert {word: meaning for word, meaning in meanings.items() if len(meaning) > 1} == {}
    assert all(word[-1] for word in meanings)


@pytest.mark.parametrize(
    ("text", "role", "note"),
    [
        ("TIME_PERIOD", "year", ""),
        ("TimePeriod", "year", ""),
        ("REF_AREA: Reference area", "area", ""),
        ("[Units]", "unit", ""),
        ("Unit measure", "unit", ""),
        ("Value (thousands)", "value", "thousands"),
        ("Value in millions", "value", "millions"),
        ("Année", "year", ""),
        ("人口密度", None, ""),
        ("Responsible department", None, ""),
        ("", None, ""),
    ],
)
def test_a_title_has_a_role(text: str, role: str | None, note: str) -> None:
    """A title is known in any case and spacing, with what its brackets say."""
    title = column_title(text)
    assert (title and title.role) == role
    assert title is None or title.note == note


@pytest.mark.parametrize(
    ("titles", "language"),
    [
        ("city year value", "en"),
        ("Ville Année Valeur", "fr"),
        ("Cidade Ano Valor", "pt"),
        ("Ciudad Año Valor", "es"),
        ("都市 指標 年 値", "ja"),
        ("城市 指标 年份 数值", "zh"),
        ("도시 지표 연도", "ko"),
        ("REF_AREA OBS_VALUE", "en"),
        ("indicador valor", "und"),
    ],
)
def test_titles_show_the_language_of_a_table(titles: str, language: str) -> None:
    """Titles that two languages share show no language."""
    assert language_of_titles(titles.split()) == language
