"""A scheme as one workbook: written out, read in cell by cell, given back marked, and what differs from what there is.

    content = scheme_workbook(scheme)                 # bytes
    reading = read_scheme(content, name="指标体系.xlsx")  # a scheme, or what is wrong with which cell
    marked_scheme(reading)                            # the same file with the wrong cells in red

Number for number the workbook says what the scheme says: numbers are written as texts, and what comes back is equal.
"""

from evaluation.books.bringing import KEY, bring_in, keep_upload, look_at, take_in
from evaluation.books.differing import Difference, differences
from evaluation.books.layout import LEAVES, MOST_ROWS
from evaluation.books.marking import marked_scheme
from evaluation.books.reading import Fault, Reading, read_scheme
from evaluation.books.writing import empty_workbook, scheme_workbook

__all__ = [
    "KEY",
    "LEAVES",
    "MOST_ROWS",
    "Difference",
    "Fault",
    "Reading",
    "bring_in",
    "differences",
    "empty_workbook",
    "keep_upload",
    "look_at",
    "marked_scheme",
    "read_scheme",
    "scheme_workbook",
    "take_in",
]
