"""Mistakes that officers make, planted with what a fitting remedy has to name.

Nothing here uses the code that it judges: a mistake is written from a known value, and `needed` are
the texts that the remedy has to contain: the value, or the words for the action.
"""

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong text in a cell of a sheet, and what its remedy has to name.

    `other` are further cells of the row, by column.
    """

    kind: str
    sheet: str
    column: str
    text: str
    needed: tuple[str, ...]
    other: tuple[tuple[str, str], ...] = ()

    def is_met_by(self, remedy: str) -> bool:
        """Return whether a remedy names all that it has to, and is not a bare list of choices."""
        is_choice = self.kind.startswith(("choice", "list"))
        if is_choice and is_bare_list(remedy):
            return False
        return all(text in remedy for text in self.needed)


def is_bare_list(remedy: str) -> bool:
    """Return whether a remedy lists choices, which an officer has in the cell anyway."""
    return remedy.count(",") >= _LIST_OF_CHOICES


_LIST_OF_CHOICES: Final = 4
"""Commas in a remedy that lists choices; one that names what is meant has fewer."""

Words = Mapping[str, Sequence[str]]
EMPTY: Final = {"en": "empty", "ko": "비워", "fr": "vide", "es": "vacía"}
"""The word of the action "leave the cell empty"."""

_NOTHING: Final[Words] = {
    "en": ("TBD", "to be decided", "n/a", "N/A", "-", "to be confirmed", "not yet known", "none"),
    "ko": ("미정", "추후 결정", "해당없음", "-", "없음", "n/a"),
    "fr": ("à définir", "à déterminer", "n.d.", "-", "sans objet", "à préciser"),
    "es": ("por definir", "por determinar", "n/a", "-", "sin datos", "no aplica"),
}
_MONTHS: Final[Words] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "ko": tuple(f"{month}월" for month in range(1, 13)),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
           "octubre", "noviembre", "diciembre"),
}  # fmt: skip
_LABELS: Final = {
    "transport": {"en": "Transport", "ko": "교통", "fr": "Transports", "es": "Transporte"},
    "energy": {"en": "Energy", "ko": "에너지", "fr": "Énergie", "es": "Energía"},
    "water": {"en": "Water", "ko": "물 관리", "fr": "Eau", "es": "Agua"},
    "waste": {"en": "Waste", "ko": "폐기물", "fr": "Déchets", "es": "Residuos"},
    "housing": {"en": "Housing", "ko": "주택", "fr": "Logement", "es": "Vivienda"},
    "health": {"en": "Health", "ko": "보건", "fr": "Santé", "es": "Salud"},
    "education": {"en": "Education", "ko": "교육", "fr": "Éducation", "es": "Educación"},
    "in-progress": {"en": "In progress", "ko": "진행 중", "fr": "En cours", "es": "En curso"},
    "completed": {"en": "Completed", "ko": "완료됨", "fr": "Achevée", "es": "Completada"},
    "proposed": {"en": "Proposed", "ko": "제안됨", "fr": "Proposée", "es": "Propuesta"},
    "suspended": {"en": "Suspended", "ko": "일시 중단됨", "fr": "Suspendue", "es": "Suspendida"},
    "project": {"en": "Project", "ko": "사업", "fr": "Projet", "es": "Proyecto"},
    "plan": {"en": "Plan", "ko": "계획", "fr": "Plan", "es": "Plan"},
    "measure": {"en": "Measure", "ko": "조치", "fr": "Mesure", "es": "Medida"},
    "regulation": {"en": "Regulation", "ko": "규제", "fr": "Réglementation", "es": "Regulación"},
    "economic": {"en": "Economic", "ko": "경제 수단", "fr": "Instrument économique",
                 "es": "Instrumento económico"},
    "young-people": {"en": "Young people", "ko": "청년", "fr": "Jeunes", "es": "Jóvenes"},
    "older-people": {"en": "Older people", "ko": "고령자", "fr": "Personnes âgées",
                     "es": "Personas mayores"},
    "spent": {"en": "Spent", "ko": "집행", "fr": "Dépensé", "es": "Gastado"},
    "lead": {"en": "Lead", "ko": "주관", "fr": "Organisme responsable",
             "es": "Entidad responsable"},
    "loan": {"en": "Loan", "ko": "차입금", "fr": "Emprunt", "es": "Préstamo"},
}  # fmt: skip
_THEMES: Final = ("transport", "energy", "water", "waste", "housing", "health", "education")
_SYNONYMS: Final = (
    ("status", "in-progress", ("ongoing", "On-going", "Em andamento", "under implementation")),
    ("status", "completed", ("finished", "done", "concluído", "abgeschlossen", "terminé")),
    ("status", "proposed", ("draft", "under development", "en estudio")),
    ("status", "suspended", ("on hold", "delayed", "보류")),
    ("theme", "transport", ("mobility", "Verkehr", "cycling", "mobilidade")),
    ("theme", "waste", ("recycling", "lixo", "Abfall")),
    ("theme", "energy", ("renewable energy", "Energy Systems", "태양광")),
    ("type", "measure", ("action", "Maßnahme", "activity")),
    ("type", "project", ("pilot", "infrastructure project", "obra")),
    ("type", "regulation", ("ordinance", "ley", "조례")),
    ("instrument", "economic", ("subsidies", "taxes", "incentives")),
    ("groups", "young-people", ("youth", "students", "청소년")),
    ("groups", "older-people", ("elderly", "seniors", "노인")),
)
_AND: Final = {"en": " and ", "ko": " 및 ", "fr": " et ", "es": " y "}
_SWAP: Final = {"en": "swap", "ko": "바꾸", "fr": "échangez", "es": "intercámbielos"}
_NAME: Final = {"en": "name", "ko": "이름", "fr": "nom", "es": "nombre"}
_EXPONENT: Final = {"million": 6, "bn": 9, "k": 3}

Plant = Callable[[Random, str], Mistake]


def _date_column(random: Random) -> tuple[str, str, str]:
    """Return the sheet and the column of a date, and which end of a period it is."""
    return random.choice([
        ("policies", "planned_start", "start"), ("policies", "planned_end", "end"),
        ("policies", "actual_start", "start"), ("policies", "actual_end", "end"),
        ("phases", "start", "start"), ("phases", "end", "end"),
    ])  # fmt: skip


def _dated(kind: str, random: Random, text: str, start: str, end: str = "") -> Mistake:
    """Return a mistake in a column of dates; the remedy names the date of that end."""
    sheet, column, edge = _date_column(random)
    needed = end if end and edge == "end" else start
    return Mistake(kind, sheet, column, text, (needed,))


def ambiguous_date(random: Random, _language: str) -> Mistake:
    """`03/04/2025`: both readings."""
    one, two = random.sample(range(1, 13), 2)
    year = random.randint(2015, 2035)
    sheet, column, _ = _date_column(random)
    mark = random.choice("/-")
    text = f"{one:02}{mark}{two:02}{mark}{year}"
    needed = (f"{year}-{two:02}-{one:02}", f"{year}-{one:02}-{two:02}")
    return Mistake("date: ambiguous", sheet, column, text, needed)


def impossible_date(random: Random, language: str) -> Mistake:
    """`31 April 2025`: the last day of the month, or the month."""
    year, month = random.randint(2015, 2035), random.choice([2, 4, 6, 9, 11])
    name = _MONTHS[language][month - 1]
    named = f"{year}년 {name} 31일" if language == "ko" else f"31 {name} {year}"
    text = random.choice([f"31/{month:02}/{year}", f"31.{month}.{year}", named])
    last = calendar.monthrange(year, month)[1]
    return _dated("date: impossible", random, text, f"{year}-{month:02}-{last}")


def quarter(random: Random, language: str) -> Mistake:
    """`Q2 2025`: its first or its last month."""
    number, year = random.randint(1, 4), random.randint(2015, 2035)
    native = {
        "en": f"quarter {number} of {year}",
        "ko": f"{year}년 {number}분기",
        "fr": f"{number}{'er' if number == 1 else 'e'} trimestre {year}",
        "es": f"trimestre {number} de {year}",
    }
    text = random.choice([f"Q{number} {year}", f"{year} Q{number}", native[language]])
    months = f"{year}-{3 * number - 2:02}", f"{year}-{3 * number:02}"
    return _dated("date: quarter", random, text, *months)


def half_year(random: Random, language: str) -> Mistake:
    """`H1 2025`: its first or its last month."""
    half, year = random.randint(1, 2), random.randint(2015, 2035)
    native = {
        "en": f"{('first', 'second')[half - 1]} half of {year}",
        "ko": f"{year}년 {('상반기', '하반기')[half - 1]}",
        "fr": f"{('1er', '2e')[half - 1]} semestre {year}",
        "es": f"{('primer', 'segundo')[half - 1]} semestre de {year}",
    }
    text = random.choice([f"H{half} {year}", native[language]])
    months = f"{year}-{6 * half - 5:02}", f"{year}-{6 * half:02}"
    return _dated("date: half year", random, text, *months)


def fiscal_year(random: Random, _language: str) -> Mistake:
    """`2024/25`: the year of its start or of its end."""
    year = random.randint(2013, 2034)
    short = f"{(year + 1) % 100:02}"
    text = random.choice([f"{year}/{short}", f"FY {year}/{short}", f"FY{year}-{short}"])
    return _dated("date: fiscal year", random, text, str(year), str(year + 1))


def period(random: Random, language: str) -> Mistake:
    """`2024-2030`: both years."""
    start = random.randint(2015, 2025)
    end = start + random.randint(2, 9)
    native = {
        "en": f"from {start} to {end}",
        "ko": f"{start}년 ~ {end}년",
        "fr": f"de {start} à {end}",
        "es": f"de {start} a {end}",
    }
    text = random.choice([f"{start}-{end}", f"{start} – {end}", native[language]])  # noqa: RUF001
    sheet, column, _ = _date_column(random)
    return Mistake("date: period", sheet, column, text, (str(start), str(end)))


def bound(random: Random, language: str) -> Mistake:
    """`by 2030` and `since 2019`: the year."""
    year = random.randint(2015, 2035)
    native = {
        "en": (f"by {year}", f"until {year}", f"since {year}", f"{year} onwards"),
        "ko": (f"{year}년까지", f"{year}년부터", f"{year}년 이후"),
        "fr": (f"jusqu'en {year}", f"depuis {year}", f"à partir de {year}", f"avant {year}"),
        "es": (f"hasta {year}", f"desde {year}", f"a partir de {year}", f"antes de {year}"),
    }
    return _dated("date: since, until", random, random.choice(native[language]), str(year))


def ongoing(random: Random, language: str) -> Mistake:
    """`ongoing` as an end: leave the cell empty."""
    native = {
        "en": ("ongoing", "continuous", "in progress", "present"),
        "ko": ("진행 중", "계속", "현재"),
        "fr": ("en cours", "permanent", "en continu"),
        "es": ("en curso", "permanente", "en marcha"),
    }
    sheet, column = random.choice([("policies", "planned_end"), ("phases", "end")])
    text = random.choice(native[language])
    return Mistake("date: ongoing", sheet, column, text, (EMPTY[language],))


def worded_date(random: Random, language: str) -> Mistake:
    """`2025 (planned)`: the date in the text."""
    year, month = random.randint(2015, 2035), random.randint(1, 12)
    name = _MONTHS[language][month - 1]
    native = {
        "en": f"planned for {name} {year}",
        "ko": f"{year}년 {name} 예정",
        "fr": f"prévu en {name} {year}",
        "es": f"previsto para {name} de {year}",
    }
    return _dated("date: in a text", random, native[language], f"{year}-{month:02}")


def short_year(random: Random, _language: str) -> Mistake:
    """`31/12/24`: the year with its century."""
    day, year = random.sample(range(13, 29), 2)
    month = random.randint(1, 12)
    text = f"{day}/{month:02}/{year}"
    return _dated("date: short year", random, text, f"20{year}-{month:02}-{day}")


def serial_number(random: Random, _language: str) -> Mistake:
    """`45292`: the day that a spreadsheet stores by this number."""
    number = random.randint(42_000, 47_000)
    day = date(1899, 12, 30) + timedelta(number)
    return _dated("date: serial number", random, str(number), day.isoformat())


def buddhist_year(random: Random, _language: str) -> Mistake:
    """`2567`: the year of the common era."""
    year = random.randint(2015, 2030)
    return _dated("date: other calendar", random, str(year + 543), str(year))


def season(random: Random, language: str) -> Mistake:
    """`spring 2025`: the year, or a month."""
    year = random.randint(2015, 2035)
    native = {
        "en": (f"spring {year}", f"mid-{year}", f"early {year}", f"end of {year}"),
        "ko": (f"{year}년 봄", f"{year}년 말", f"{year}년 초"),
        "fr": (f"printemps {year}", f"fin {year}", f"début {year}"),
        "es": (f"primavera de {year}", f"finales de {year}", f"principios de {year}"),
    }
    return _dated("date: season", random, random.choice(native[language]), str(year))


def _money(random: Random) -> tuple[str, str]:
    """Return an amount as people write it, and as a cell holds it."""
    number = random.randint(2, 90)
    scale = random.choice(list(_EXPONENT))
    code, sign = random.choice([("EUR", "€"), ("GBP", "£"), ("KRW", "₩"), ("USD", "US$")])
    text = f"{sign}{number}{scale if scale != 'million' else ' million'}"
    return random.choice(
        [text, f"{code} {number} {scale}"]
    ), f"{number}{'0' * _EXPONENT[scale]} {code}"


def _budget(kind: str, text: str, *needed: str) -> Mistake:
    return Mistake(kind, "budgets", "amount", text, needed)


def amount_in_text(random: Random, language: str) -> Mistake:
    """`about EUR 42 million from the EU`: the amount."""
    text, amount = _money(random)
    native = {
        "en": (f"Total costs: {text}", f"about {text} from the EU", f"up to {text}"),
        "ko": (f"총 {text} (국비 포함)", f"사업비 {text}"),
        "fr": (f"coût total : {text}", f"{text} hors taxes", f"environ {text} de l'UE"),
        "es": (f"coste total: {text}", f"{text} sin IVA", f"unos {text} de la UE"),
    }
    return _budget("amount: in a text", random.choice(native[language]), amount)


def amount_with_years(random: Random, language: str) -> Mistake:
    """`€42m (between 2024-2026)`: the amount, and not the years."""
    text, amount = _money(random)
    year = random.randint(2015, 2026)
    native = {
        "en": (f"{text} (between {year}-{year + 2})", f"{text} in {year}", f"{year}: {text}"),
        "ko": (f"{text} ({year}년)", f"{text} ({year}-{year + 2})"),
        "fr": (f"{text} (entre {year} et {year + 3})", f"{text} en {year}"),
        "es": (f"{text} (entre {year} y {year + 3})", f"{text} en {year}"),
    }
    return _budget("amount: with years", random.choice(native[language]), amount)


def amount_range(random: Random, language: str) -> Mistake:
    """`1-2 million EUR`: both ends."""
    low = random.randint(1, 40)
    high = low + random.randint(1, 20)
    native = {"en": "to", "ko": "~", "fr": "à", "es": "a"}[language]
    text = random.choice([f"{low}-{high} million EUR", f"€{low}m – €{high}m",  # noqa: RUF001
                          f"{low} {native} {high} million EUR"])  # fmt: skip
    return _budget("amount: range", text, f"{low}000000 EUR", f"{high}000000 EUR")


def share(random: Random, language: str) -> Mistake:
    """`30 %`: no amount, so the cell stays empty."""
    return _budget("amount: share", f"{random.randint(1, 99)} %", EMPTY[language])


def no_amount(random: Random, language: str) -> Mistake:
    """`to be decided`: leave the cell empty."""
    return _budget("amount: none", random.choice(_NOTHING[language]), EMPTY[language])


def no_currency(random: Random, _language: str) -> Mistake:
    """`5 million`: the number with a currency code."""
    number = random.randint(2, 90)
    return _budget("amount: no currency", f"{number} million", f"{number}000000 ")


def ambiguous_mark(random: Random, _language: str) -> Mistake:
    """`1,234 million EUR`: both readings."""
    whole, part = random.randint(1, 9), random.randint(101, 999)
    needed = f"{whole}{part}000000", f"{whole}{part}000"
    return _budget("amount: ambiguous mark", f"{whole},{part} million EUR", *needed)


def ambiguous_sign(random: Random, _language: str) -> Mistake:
    """`$5m`: the currencies that it may be in."""
    number = random.randint(2, 90)
    sign, codes = random.choice([("$", ("USD", "CAD")), ("¥", ("JPY", "CNY"))])
    needed = (f"{number}000000 {code}" for code in codes)
    return _budget("amount: ambiguous currency", f"{sign}{number}m", *needed)


def amount_sum(random: Random, _language: str) -> Mistake:
    """`€5 m + €2 m`: the sum, or one row for each."""
    one, two = random.randint(1, 40), random.randint(1, 40)
    return _budget("amount: sum", f"€{one} m + €{two} m", f"{one + two}000000 EUR")


def annual_amount(random: Random, language: str) -> Mistake:
    """`€5m per year`: the amount."""
    number = random.randint(2, 90)
    every_year = {"en": "per year", "ko": "연간", "fr": "par an", "es": "al año"}[language]
    return _budget("amount: per year", f"€{number}m {every_year}", f"{number}000000 EUR")


def year_span(random: Random, language: str) -> Mistake:
    """`2024-2026` as a year: the years."""
    year = random.randint(2015, 2026)
    text, needed = random.choice([
        (f"{year}-{year + 2}", (str(year), str(year + 2))),
        (f"FY {year}/{(year + 1) % 100:02}", (str(year),)),
        (f"{_MONTHS['en'][4]} {year}", (str(year),)),
        (random.choice(_NOTHING[language]), (EMPTY[language],)),
    ])  # fmt: skip
    return Mistake("year", "budgets", "year", text, needed, (("amount", "5 EUR"),))


def number_in_text(random: Random, language: str) -> Mistake:
    """`about 12` posts: the number."""
    number = random.randint(3, 90)
    about = {"en": "about", "ko": "약", "fr": "environ", "es": "unos"}[language]
    text, needed = random.choice([
        (f"{about} {number}", (str(number),)),
        (f"{number}-{number + 5}", (str(number), str(number + 5))),
        (f"{number} FTE", (str(number),)),
        (random.choice(_NOTHING[language]), (EMPTY[language],)),
    ])  # fmt: skip
    return Mistake("number", "staff", "posts", text, needed)


def listed_choices(random: Random, language: str) -> Mistake:
    """`Energy / Transport`: the choices with `;` between them."""
    names = random.sample(_THEMES, random.randint(2, 3))
    labels = [_LABELS[name][language] for name in names]
    text = random.choice(["/", " / ", " & ", "、", _AND[language], " + "]).join(labels)
    needed = "; ".join(labels)
    return Mistake("list: wrong marks", "policies", "theme", text, (needed,))


def two_choices(random: Random, language: str) -> Mistake:
    """`Plan, Regulation` in a column for one: both labels."""
    names = random.sample(["project", "plan", "measure", "regulation"], 2)
    labels = [_LABELS[name][language] for name in names]
    text = random.choice([", ", " / ", _AND[language]]).join(labels)
    return Mistake("list: one value only", "policies", "type", text, tuple(labels))


def misspelt_choice(random: Random, language: str) -> Mistake:
    """`Transprot`: the label."""
    names = [name for name in _THEMES if len(_LABELS[name][language]) > 5]
    label = _LABELS[random.choice(names or ["transport"])]["en" if not names else language]
    at = random.randint(1, len(label) - 3)
    text = label[:at] + label[at + 1] + label[at] + label[at + 2 :]
    text = text if text != label else label[:at] + label[at + 1 :]
    needed = label if names else _LABELS["transport"][language]
    return Mistake("choice: misspelt", "policies", "theme", text, (needed,))


def synonym(random: Random, language: str) -> Mistake:
    """`ongoing`, `Verkehr`: the label."""
    column, name, words = random.choice(_SYNONYMS)
    text = random.choice(words)
    return Mistake("choice: synonym", "policies", column, text, (_LABELS[name][language],))


def no_choice(random: Random, language: str) -> Mistake:
    """`n/a` as a choice: leave the cell empty."""
    text, column = random.choice(_NOTHING[language]), random.choice(["status", "theme", "type"])
    return Mistake("choice: none", "policies", column, text, (EMPTY[language],))


def targets_in_text(random: Random, _language: str) -> Mistake:
    """`11.2/11.6`, an indicator, the name of a goal: the codes."""
    text, needed = random.choice([
        ("11.2/11.6", "11.2; 11.6"), ("11.2.1", "11.2"), ("13.1 Resilience to hazards", "13.1"),
        ("11,2", "11.2"), ("Goal 11: Sustainable cities", "11"), ("11.99", "11.1"),
    ])  # fmt: skip
    return Mistake("targets", "policies", "targets", text, (needed,))


def source_in_prose(random: Random, _language: str) -> Mistake:
    """`Climate plan 2030, p. 14`: the address of the document."""
    number = random.randint(2, 90)
    text = random.choice([
        f"Climate plan 2030, p. {number}", f"City council decision {number}/2024", "see annex",
        f"Master plan, chapter {number}", "internal document",
    ])  # fmt: skip
    return Mistake("source: prose", "policies", "source", text, ("https://",))


def broken_address(random: Random, _language: str) -> Mistake:
    """`www.city.example`, a DOI, a blank in a name: the whole address."""
    number = random.randint(2, 999)
    text, needed = random.choice([
        (f"www.city{number}.org/plan", f"https://www.city{number}.org/plan"),
        (f"city{number}.org", f"https://city{number}.org"),
        (f"doi:10.1234/plan.{number}", f"https://doi.org/10.1234/plan.{number}"),
        (f"https://city{number}.org/the plan.pdf", f"https://city{number}.org/the%20plan.pdf"),
        (f"Climate plan (https://city{number}.org/plan)", f"https://city{number}.org/plan"),
        (f"htpps://city{number}.org/plan", f"https://city{number}.org/plan"),
    ])  # fmt: skip
    return Mistake("source: broken address", "policies", "source", text, (needed,))


def other_source(random: Random, _language: str) -> Mistake:
    """Plant an e-mail address or a file as a source: a web address."""
    text = random.choice(["office@city.org", "file:///C:/plan.pdf", "C:\\plans\\plan.pdf",
                          "mailto:office@city.org"])  # fmt: skip
    return Mistake("source: no web page", "policies", "source", text, ("https://",))


def no_organisation(random: Random, language: str) -> Mistake:
    """`-` or `0` as an organisation: leave the cell empty."""
    text = random.choice([*_NOTHING[language], "0", "--"])
    other = (("role", _LABELS["lead"][language]),)
    needed = (EMPTY[language],)
    return Mistake("organisation: none", "stakeholders", "organisation", text, needed, other)


def title_of_signs(random: Random, language: str) -> Mistake:
    """`!!!` as a title: write the name."""
    return Mistake("title: signs", "policies", "title", random.choice(["!!!", "???", "***", "---"]),
                   (_NAME[language],))  # fmt: skip


def misspelt_policy(random: Random, _language: str) -> Mistake:
    """Plant a misspelt title in another sheet: the title."""
    number = random.randint(1, 5)
    text = random.choice([f"Nigth buses {number}", f"Night buss {number}", f"Nght buses {number}"])
    other = (("amount", "5 EUR"),)
    return Mistake("name: policy", "budgets", "policy", text, (f"Night buses {number}",), other)


def mailbox_in_text(random: Random, _language: str) -> Mistake:
    """`office(at)city.org`: the address."""
    text = random.choice(["office(at)city.org", "Office <office@city.org>", "office [at] city.org"])
    other = (("name", f"Office {random.randint(1, 9999)}"), ("source", "https://city.org/offices"))
    return Mistake("mailbox", "contacts", "mailbox", text, ("office@city.org",), other)


def end_before_start(random: Random, language: str) -> Mistake:
    """Plant an end before the start: swap or correct them."""
    year = random.randint(2015, 2030)
    other = (("planned_end", str(year - 2)),)
    needed = (_SWAP[language],)
    return Mistake("rule: end before start", "policies", "planned_start", str(year), needed, other)


PLANTS: Final[tuple[Plant, ...]] = (
    *(ambiguous_date, impossible_date, quarter, half_year, fiscal_year, period, bound, ongoing),
    *(worded_date, short_year, serial_number, buddhist_year, season, amount_in_text),
    *(amount_with_years, amount_range, share, no_amount, no_currency, ambiguous_mark),
    *(ambiguous_sign, amount_sum, annual_amount, year_span, number_in_text, listed_choices),
    *(two_choices, misspelt_choice, synonym, no_choice, targets_in_text, source_in_prose),
    *(broken_address, other_source, no_organisation, title_of_signs, misspelt_policy),
    *(mailbox_in_text, end_before_start),
)  # fmt: skip
"""One function for each kind of mistake."""


def planted(count: int, random: Random, language: str) -> Iterator[Mistake]:
    """Yield as many mistakes, each kind in turn."""
    for at in range(count):
        yield PLANTS[at % len(PLANTS)](random, language)
