"""What strangers call their files, made harmless. The name is only ever shown and offered for download."""

import re
import unicodedata

LONGEST = 120  # characters
UNNAMED = "未命名"

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def extension_of(name: str) -> str:
    """The last extension, lower case, without its dot; "" if there is none or it does not look like one."""
    match = re.search(r"\.([0-9A-Za-z]{1,8})$", _readable(name))
    return match[1].lower() if match else ""


def clean_name(name: str | None, *, extension: str) -> str:
    """A file name of at most 120 characters that is safe on every desk and keeps its Chinese.

    Folders, control, format (right-to-left override) and unassigned characters go, what Windows forbids becomes `_`,
    device names are disarmed, the text is NFC. It ends in `extension`, given with its dot.
    """
    stem = _readable(name or "").removesuffix(".")
    if stem.lower().endswith(extension.lower()):
        stem = stem[: -len(extension)]
    stem = re.sub(r'[<>:"|?*]', "_", stem)
    stem = stem.strip(" .")
    if _DEVICES.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    stem = stem[: LONGEST - len(extension)].rstrip(" .")
    return f"{stem or UNNAMED}{extension}"


def _readable(name: str) -> str:
    """NFC, the last path component only, without characters that have no shape; runs of space become one space."""
    name = unicodedata.normalize("NFC", name[:8192])
    name = "".join(
        " " if category in {"Zs", "Zl", "Zp"} or char in "\t\r\n" else char
        for char in name
        if (category := unicodedata.category(char))[0] != "C" or char in "\t\r\n"
    )
    return re.sub(r" +", " ", re.split(r"[/\\]", name)[-1]).strip()
