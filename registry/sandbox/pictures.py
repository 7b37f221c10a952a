"""Pictures: checking a JPEG, drawing a page."""

import zipfile
from typing import BinaryIO

import pypdfium2
from PIL import Image, JpegImagePlugin, WebPImagePlugin  # noqa: F401 - the plugins must be loaded before `confine`

from registry.sandbox.verdict import MAX_PIXELS, MAX_SIDE, Refuse

MAX_RENDERED = 12_000_000  # pixels; larger pages are drawn smaller
NO_SUCH_PAGE = 3  # exit status

Image.MAX_IMAGE_PIXELS = None  # judged here, by our own numbers


def check_jpg(source: BinaryIO, *, max_pages: int) -> int:
    """Decode all of the picture at an eighth of its size; one page. Raises Refuse for broken or vast ones."""
    if zipfile.is_zipfile(source):
        raise Refuse("polyglot")
    source.seek(0)
    try:
        with Image.open(source, formats=["JPEG"]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise Refuse("dimensions")
            picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            picture.load()
    except MemoryError as error:
        raise Refuse("dimensions") from error
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError) as error:
        raise Refuse("broken") from error
    return 1


def render(source: BinaryIO, answer: BinaryIO, *, page: int, dpi: int) -> int:
    """Write page number `page` (from 1) as WebP at `dpi` dots per inch. Returns the exit status."""
    head = source.read(3)
    source.seek(0)
    if head == b"\xff\xd8\xff":
        if page != 1:
            return NO_SUCH_PAGE
        picture: Image.Image = Image.open(source, formats=["JPEG"])
        if picture.width * picture.height > MAX_PIXELS:
            return 1
        # A photograph has no paper size: it is shown as large as an A4 sheet would be.
        longest = round(dpi * 297 / 25.4)
        picture.draft("RGB", (longest, longest))
        picture = picture.convert("RGB")
        picture.thumbnail((longest, longest))
    else:
        document = pypdfium2.PdfDocument(source)
        if not 1 <= page <= len(document):
            return NO_SUCH_PAGE
        document.init_forms()  # seals and signatures are form fields; without this they stay invisible
        sheet = document[page - 1]
        width, height = sheet.get_size()
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            return 1
        scale = min(dpi / 72, (MAX_RENDERED / (width * height)) ** 0.5)
        picture = sheet.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    picture.save(answer, "WEBP", quality=82, method=2)
    return 0
