"""Tables as HTML and as lines of characters."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from archlab.text.tables import Table, columns, folded, html, notebook

COSTS = Table(
    heads=("", "kind", "params"),
    rows=[("B00", "block", "12.3 k"), ("B01>B12", "link", "7")],
    words=(0, 1),
    caption="Costs",
    total=("total", "", "12.3 k"),
)


class Cells(HTMLParser):
    """Rows of a page: the tag, class and text of every cell, and whether all that opened was closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[tuple[str, str | None, str]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attrs).get("class"), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            tag, kind, text = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, kind, text + data)


def test_html_has_heading_rows_and_total() -> None:
    page = Cells(html(COSTS))
    assert page.open == []
    assert page.rows[0] == [("th", "word", ""), ("th", "word", "kind"), ("th", None, "params")]
    assert page.rows[1] == [("td", "word", "B00"), ("td", "word", "block"), ("td", None, "12.3 k")]
    assert page.rows[-1] == [("td", "word", "total"), ("td", "word", ""), ("td", None, "12.3 k")]
    assert "<caption>Costs</caption>" in html(COSTS)
    assert "<tfoot>" in html(COSTS)


def test_html_of_a_table_without_headings_caption_and_total_has_none() -> None:
    page = html(Table(heads=("", ""), rows=[("latency", "4 ms")]))
    assert page == '<table><tbody><tr><td class="word">latency</td><td>4 ms</td></tr></tbody></table>'


def test_nothing_that_a_table_says_becomes_markup() -> None:
    evil = "<script>&\"'\x00"
    page = html(Table(heads=(evil,), rows=[(evil,)], caption=evil, total=(evil,))) + folded(evil, "")
    assert "<script" not in page
    assert "\x00" not in page
    assert page.count("&lt;script&gt;&amp;&quot;&#x27;\N{REPLACEMENT CHARACTER}") == 5


@pytest.mark.parametrize("writer", [html, columns])
def test_a_row_of_another_length_is_an_error(writer: object) -> None:
    assert callable(writer)
    with pytest.raises(ValueError, match="zip"):
        writer(Table(heads=("a", "b"), rows=[("1",)]))


def test_columns_align_words_left_and_numbers_right_between_rules() -> None:
    assert columns(COSTS).splitlines() == [
        "Costs",
        "----------------------",
        "         kind   params",
        "----------------------",
        "B00      block  12.3 k",
        "B01>B12  link        7",
        "----------------------",
        "total           12.3 k",
    ]


def test_columns_without_headings() -> None:
    assert columns(Table(heads=("", ""), rows=[("latency", "4 ms"), ("runs", "12")])) == "latency  4 ms\nruns       12"


def test_a_notebook_fragment_brings_its_look() -> None:
    page = notebook(html(COSTS))
    assert page.startswith('<div class="archlab-output"><style>')
    assert page.endswith("</table></div>")
    assert "#" not in page, "colours are the page's"
