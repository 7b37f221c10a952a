"""Papers and spreadsheets: plain values in, bytes out. Knows no model and reads no clock.

`list_pdf`, `list_xlsx` and `list_csv` print a `Sheet`; `html_pdf` prints any other paper
of `templates/print/`, `html_pages` tells its pages and bookmarks besides.
"""

from .lists import list_pdf
from .pdf import OutsideResource, html_pages, html_pdf, problems
from .sheet import Column, Sheet, chinese_date
from .tables import TooLarge, from_csv_cell, list_csv, list_xlsx

__all__ = [
    "Column",
    "OutsideResource",
    "Sheet",
    "TooLarge",
    "chinese_date",
    "from_csv_cell",
    "html_pages",
    "html_pdf",
    "list_csv",
    "list_pdf",
    "list_xlsx",
    "problems",
]
