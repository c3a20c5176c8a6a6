"""How much of what people seek the search finds, in each language, and how fast.

    python -m benchmarks.search --documents 20000 --queries 400

makes one index of invented things in each language: words drawn by their frequency (`wordfreq`),
seven in a title, 45 in a text. A query is the two rarest words of a title; the thing has to be
among the first ten results. With an error, one letter of one of these words is dropped, swapped
with the next or replaced; in Korean, one vowel is replaced. Behind recall are the milliseconds of
CPU of a search with its counts of facets: the median, and the 95th of 100.
"""

import argparse
import random
import statistics
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tantivy import Index
from wordfreq import get_frequency_dict

from urbansdg.search.documents import ThingDocument
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_record import IndexRecord, write_record
from urbansdg.search.index_schema import FORMAT, filled, schema, word_document, words_in
from urbansdg.search.search_request import SearchRequest

_LANGUAGES = ("ko", "ja", "zh", "ar", "en", "fr", "es", "ru")
_UNSPACED = {"ja", "zh"}
_TITLE, _TEXT = 7, 45
_MOST_WORDS = 60_000
_FIRST = 10
_HEAP = 256_000_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a language, and how often they are used."""

    language: str
    frequencies: dict[str, float]

    @classmethod
    def of(cls, language: str) -> "Vocabulary":
        """Return the most frequent words of a language."""
        frequencies = get_frequency_dict(language, wordlist="best")
        ordered = sorted(frequencies.items(), key=lambda item: -item[1])[:_MOST_WORDS]
        return cls(language, {word: count for word, count in ordered if word.isalpha()})

    def texts(self, count: int, chance: random.Random) -> Iterator[tuple[list[str], list[str]]]:
        """Yield titles and texts, as words."""
        words, weights = list(self.frequencies), list(accumulate(self.frequencies.values()))
        for _ in range(count):
            drawn = chance.choices(words, cum_weights=weights, k=_TITLE + _TEXT)
            yield drawn[:_TITLE], drawn[_TITLE:]

    def joined(self, words: Sequence[str]) -> str:
        """Return words as they are written in the language."""
        return ("" if self.language in _UNSPACED else " ").join(words)

    def rarest(self, title: Sequence[str]) -> list[str]:
        """Return the two rarest words of a title, in its order."""
        rare = sorted(dict.fromkeys(title), key=self.frequencies.__getitem__)[:2]
        return [word for word in dict.fromkeys(title) if word in rare]

    def letters(self) -> str:
        """Return the letters of the language, as often as they are used."""
        return "".join(list(self.frequencies)[:2_000])


def misspelt(words: Sequence[str], vocabulary: Vocabulary, chance: random.Random) -> list[str]:
    """Return words with an error in one of them."""
    place = max(range(len(words)), key=lambda at: (len(words[at]) > 1, chance.random()))
    change = _vowel_replaced if vocabulary.language == "ko" else _letter_changed
    changed = change(words[place], vocabulary, chance)
    return [*words[:place], changed, *words[place + 1 :]]


_VOWELS = "".join(map(chr, range(0x1161, 0x1176)))


def _vowel_replaced(word: str, _vocabulary: Vocabulary, chance: random.Random) -> str:
    letters = list(unicodedata.normalize("NFD", word))
    vowels = [at for at, letter in enumerate(letters) if letter in _VOWELS]
    if not vowels:
        return word
    at = chance.choice(vowels)
    letters[at] = chance.choice(_VOWELS.replace(letters[at], ""))
    return unicodedata.normalize("NFC", "".join(letters))


def _letter_changed(word: str, vocabulary: Vocabulary, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    kind = chance.choice(("dropped", "swapped", "replaced"))
    if kind == "dropped" and len(word) > 1:
        return word[:at] + word[at + 1 :]
    if kind == "swapped" and len(set(word)) > 1:
        pairs = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
        at = chance.choice(pairs)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + chance.choice(vocabulary.letters()) + word[at + 1 :]


def make(folder: Path, documents: int, languages: Sequence[str]) -> dict[str, list[list[str]]]:
    """Make an index in a folder; return the titles of each language."""
    writer = Index(schema(), str(folder)).writer(_HEAP, 1)
    titles: dict[str, list[list[str]]] = {}
    words = set[str]()
    for language in languages:
        vocabulary, chance = Vocabulary.of(language), random.Random(language)  # noqa: S311
        titles[language] = []
        for number, (title, text) in enumerate(vocabulary.texts(documents, chance)):
            thing = ThingDocument(
                f"http://localhost:8000/id/policy/{language}-{number}",
                ("policy",),
                ((language, vocabulary.joined(title)),),
                texts=((language, vocabulary.joined(text)),),
                facets=(
                    ("kind", "policy"),
                    ("language", language),
                    *(("goal", str(chance.randint(1, 17))) for _ in range(3)),
                    ("country", str(chance.randint(1, 200))),
                ),
            )
            writer.add_document(filled(thing, 1))
            words |= words_in(thing)
            titles[language].append(title)
    for word in sorted(words):
        writer.add_document(word_document(word))
    writer.commit()
    writer.wait_merging_threads()
    count = sum(map(len, titles.values()))
    every = count + len(words)
    record = IndexRecord(FORMAT, "http://localhost:8000", 1, "1", "", 0, every, count, {})
    write_record(folder, record)
    return titles


def measure(
    index: SearchIndex,
    vocabulary: Vocabulary,
    titles: Sequence[list[str]],
    queries: int,
    change: Callable[[list[str], random.Random], list[str]],
) -> tuple[float, list[float]]:
    """Return recall among the first ten results, and the seconds of each search."""
    chance = random.Random(f"queries in {vocabulary.language}")  # noqa: S311
    hits, seconds = 0, list[float]()
    for _ in range(queries):
        number = chance.randrange(len(titles))
        words = change(vocabulary.rarest(titles[number]), chance)
        began = time.thread_time()
        results = index.search(SearchRequest(" ".join(words), limit=_FIRST))
        seconds.append(time.thread_time() - began)
        iri = f"http://localhost:8000/id/policy/{vocabulary.language}-{number}"
        hits += any(hit.iri == iri for hit in results.hits)
    return hits / queries, seconds


def main() -> None:
    """Print a table of recall and times by language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, help="in each language")
    parser.add_argument("--queries", type=int, default=400, help="in each language")
    parser.add_argument("--languages", nargs="+", default=_LANGUAGES, choices=_LANGUAGES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        began = time.perf_counter()
        titles = make(folder, options.documents, options.languages)
        took = time.perf_counter() - began
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        count = sum(map(len, titles.values()))
        print(f"{count} documents: {took:.1f} s, {size:.0f} MB")
        index = SearchIndex.open(folder)
        print("language  exact  one error  ms  ms of 95 %  (exact; one error)")
        for language in options.languages:
            vocabulary = Vocabulary.of(language)
            exact, times = measure(
                index, vocabulary, titles[language], options.queries, lambda words, _: words
            )
            error, slow = measure(
                index,
                vocabulary,
                titles[language],
                options.queries,
                lambda words, chance, known=vocabulary: misspelt(words, known, chance),  # type: ignore[misc]
            )
            print(f"{language:8}  {exact:.3f}  {error:.3f}  {_times(times)}; {_times(slow)}")


def _times(seconds: Sequence[float]) -> str:
    slow = sorted(seconds)[int(len(seconds) * 0.95)]
    return f"{statistics.median(seconds) * 1e3:.1f} {slow * 1e3:.1f}"


if __name__ == "__main__":
    main()
