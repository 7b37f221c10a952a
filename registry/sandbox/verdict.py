"""How a file is refused inside the sandbox, and the limits that more than one check shares."""

MAX_UNFOLDED = 768 << 20  # bytes that the streams of a PDF, or the entries of an OFD, may unfold to together
MAX_PIXELS = 64_000_000  # of a JPEG, decoded: an A3 sheet at 500 dpi is 48 million

MAX_SIDE = 14_400  # points, the largest page side that the PDF standard knows


class Refuse(Exception):
    """The file is not taken: `verdict` is a key the portal has words for, `detail` a number that goes into them."""

    def __init__(self, verdict: str, detail: int | None = None) -> None:
        super().__init__(verdict)
        self.verdict, self.detail = verdict, detail
