"""What pages answer to clients that ask for data, and how they refuse."""

from typing import Any

import httpx


def page_json(browser: httpx.Client, address: str, status: int = 200) -> Any:  # noqa: ANN401  # JSON
    """Return the answer in JSON, or the problem that the page states."""
    answer = browser.get(address, headers={"accept": "application/json"})
    assert answer.status_code == status, address
    assert answer.headers["content-type"] in ("application/json", "application/problem+json")
    return answer.json()


def refusal(browser: httpx.Client, address: str, status: int, words: str) -> str:
    """Return the page of a refusal; its problem has some words, and it runs nothing."""
    problem = page_json(browser, address, status)
    assert words in f"{problem['detail']} {problem['remedy']}"
    page = browser.get(address)
    assert page.status_code == status
    assert "<script>" not in page.text
    return page.text
