"""Geometry for the drawings in templates/components: numbers in, positions out, no HTML.

The drawings are SVG from the server; a template can neither divide nor take a maximum, so that is done here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# The histogram's own coordinates, those of its viewBox (360 wide, 210 high).
LEFT, RIGHT, TOP, BASE = 26, 354, 26, 150
DARKEST = 5


@dataclass(frozen=True)
class Band:
    """A level of a scheme: points from `start` (included) to `end`; `tone` 0 (grey) to 3 (dark blue)."""

    name: str
    start: float
    end: float
    tone: int


@dataclass(frozen=True)
class Piece:
    """A shape at x (and y), `width` by `height`, with its words."""

    x: float
    y: float = 0
    width: float = 0
    height: float = 0
    value: int = 0
    tone: int = 0
    name: str = ""
    label: str = ""
    note: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Histogram:
    """What components/histogram.html draws."""

    bars: tuple[Piece, ...]
    lines: tuple[Piece, ...]
    cuts: tuple[Piece, ...]
    ends: tuple[Piece, ...]
    bands: tuple[Piece, ...]
    here: Piece | None = None
    base: int = BASE


@dataclass(frozen=True)
class Trend:
    """What components/trend.html draws: points by year, joined where years follow each other."""

    points: tuple[Piece, ...]
    years: tuple[Piece, ...]
    paths: tuple[str, ...]
    cuts: tuple[Piece, ...]
    base: int = BASE


def tile_levels(counts: Mapping[str, int]) -> dict[str, int]:
    """For each district code the shade 0 (none) to 5 (the largest count), for components/tile_map.html."""
    largest = max(counts.values(), default=0)
    return {code: -(-count * DARKEST // largest) if count > 0 else 0 for code, count in counts.items()}


def band_of(score: float, bands: Sequence[Band]) -> Band:
    """The band a score falls into; a boundary belongs to the upper band, the last one includes its end."""
    return next((band for band in reversed(bands) if score >= band.start), bands[0])


def ruler(bands: Sequence[Band], *, score: float | None, label: str = "") -> dict[str, object]:
    """Bands and marker for components/ruler.html, positions in percent of the width.

    Where the lowest band is longer than two thirds of the whole it is cut short, so that the others can be read.
    """
    rest = bands[-1].end - bands[0].end
    shown = min(bands[0].end - bands[0].start, rest)
    start, span = bands[0].end - shown, shown + rest

    def at(points: float) -> float:
        return round(max(0.0, min(100.0, (points - start) / span * 100)), 2)

    pieces = [
        {
            "name": band.name,
            "from": f"{band.start:g}",
            "to": f"{band.end:g}",
            "tone": band.tone,
            "x": at(band.start),
            "width": round(at(band.end) - at(band.start) - 0.3, 2),
            "middle": round((at(band.start) + at(band.end)) / 2, 2),
        }
        for band in bands
    ]
    if score is None:
        return {"bands": pieces, "marker": None}
    x = at(score)
    anchor = "start" if x < 15 else "end" if x > 85 else "middle"
    return {"bands": pieces, "marker": {"x": x, "label": label or f"{score:g}", "anchor": anchor}}


def histogram(
    scores: Sequence[float],
    bands: Sequence[Band],
    *,
    start: float,
    step: float,
    mine: float | None = None,
) -> Histogram:
    """How many scores lie in each class of `step` points from `start` to the end of the last band.

    Scores below `start` count in the first class, so that the sum of the bars is the number of scores.
    `mine` is marked over the class in which it lies.
    """
    end = bands[-1].end
    edges = [start + step * n for n in range(int((end - start) / step) + 1)]
    counts = [0] * (len(edges) - 1)
    for score in scores:
        counts[min(len(counts) - 1, max(0, int((score - start) // step)))] += 1
    scale = _round_up(max(counts, default=0))
    wide = (RIGHT - LEFT) / (end - start)

    def across(points: float) -> float:
        return round(LEFT + (max(points, start) - start) * wide, 1)

    def up(count: float) -> float:
        return round(BASE - (BASE - TOP) * count / scale, 1)

    bars = [
        Piece(
            x=across(low) + 1,
            y=up(count),
            width=round(step * wide - 2, 1),
            height=round(BASE - up(count), 1),
            value=count,
            tone=band_of(low, bands).tone,
        )
        for (low, _), count in zip(pairwise(edges), counts, strict=True)
    ]
    lines = [Piece(x=LEFT, y=up(n), label=f"{n:g}") for n in (0, scale / 2, scale)]
    cuts = [Piece(x=across(band.start), label=f"{band.start:g}") for band in bands[1:]]
    ends = [Piece(x=LEFT, label=f"{start:g}"), *cuts, Piece(x=RIGHT - 6, label=f"{end:g}")]
    named = [
        Piece(
            x=round((across(band.start) + across(band.end)) / 2, 1),
            name=band.name,
            note=f"{sum(1 for score in scores if band_of(score, bands) == band)} 家",
        )
        for band in bands
    ]
    here = None
    if mine is not None:
        bar = bars[min(len(bars) - 1, max(0, int((mine - start) // step)))]
        here = Piece(x=bar.middle, y=bar.y, label="本单位")
    return Histogram(tuple(bars), tuple(lines), tuple(cuts), tuple(ends), tuple(named), here)


def trend(scores: Sequence[tuple[int, float | None]], bands: Sequence[Band]) -> Trend:
    """Scores of 0 to 100 by year, in the histogram's coordinates; a year without one leaves a gap."""
    wide = (RIGHT - LEFT) / len(scores)

    def up(points: float) -> float:
        return round(BASE - (BASE - TOP) * points / 100, 1)

    middles = [round(LEFT + wide * (n + 0.5), 1) for n in range(len(scores))]
    years = tuple(Piece(x=x, label=str(year)) for x, (year, _) in zip(middles, scores, strict=True))
    points: list[Piece] = []
    paths: list[list[str]] = [[]]
    for x, (year, score) in zip(middles, scores, strict=True):
        if score is None:
            paths.append([])
            continue
        points.append(Piece(x=x, y=up(score), label=f"{score:.2f}", name=str(year)))
        paths[-1].append(f"{x},{up(score)}")
    cuts = tuple(Piece(x=LEFT, y=up(band.start), label=f"{band.start:g}", name=band.name) for band in bands)
    return Trend(tuple(points), years, tuple(" ".join(p) for p in paths if len(p) > 1), cuts)


def _round_up(count: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 … at or above `count`: an even top of the scale."""
    tenfold = int("1" + "0" * (len(str(count)) - 1))
    return next(top * tenfold for top in (1, 2, 4, 10) if top * tenfold >= max(count, 2))
