"""受理查询码: what a person without an account follows an objection with. Only its digest is kept."""

from __future__ import annotations

import hashlib
import unicodedata

from django.utils.crypto import salted_hmac

# Crockford's base 32: no I, L, O, U, which are taken for 1 and 0 or read as words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAKEN_FOR = str.maketrans("OIL", "011")
LETTERS, GROUP = 28, 4  # 140 bits: what is guessed at is never found


def code_for(op: str) -> str:
    """The code of the operation with this id: seven groups of four letters.

    A double click carries the same id and so shows the same code; without the installation's secret nobody
    comes from the one to the other.
    """
    number = int.from_bytes(salted_hmac("registry.tracking", op, algorithm="sha256").digest())
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LETTERS))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def digest_of(code: str) -> str:
    """What is stored of a code, however it was typed: with or without dashes, small letters, O for 0."""
    typed = unicodedata.normalize("NFKC", code).upper().translate(_TAKEN_FOR)
    return hashlib.sha256("".join(letter for letter in typed if letter in ALPHABET).encode()).hexdigest()
