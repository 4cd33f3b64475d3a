"""Varied names for a list of sentences in which a quarter of the lines tell of the same man."""

import hashlib
import re

MEN_IN_A_LINE = """
James John Robert Michael William David Richard Joseph Thomas Charles Daniel Matthew Anthony Mark Paul Steven Andrew
Kenneth George Joshua Kevin Brian Edward Peter Jack Henry Ben Sam Adam Luke Oscar Omar Ali Ahmed Carlos Diego Luis Marco
Ivan Igor Hans Ken Hiro Wei Raj Ravi Kofi Max Leo Harry Fred Frank Simon Martin Philip Alex Nick Bob Bill Jim Joe Tim
Tom
"""
WOMEN_IN_A_LINE = """
Mary Anna Jane Susan Linda Barbara Elizabeth Jennifer Maria Sarah Karen Lisa Nancy Betty Helen Sandra Emily Emma Olivia
Sophie Alice Lucy Grace Rose Kate Julia Laura Clara Eva Nina Fatima Aisha Leila Carmen Rosa Elena Olga Yuki Mei Priya
Amina Ruth Martha Rachel Molly Daisy Ella Ida Ann Jill Sue Amy
"""
MEN, WOMEN = tuple(MEN_IN_A_LINE.split()), tuple(WOMEN_IN_A_LINE.split())


def vary_names(line: str) -> str:
    """Put another man's name for *Tom* and another woman's for *Mary*, the same ones throughout a line.

    Example: `vary_names("Tom saw Mary.")` may give `"Kofi saw Alice."`

    Which names, a hash of the line decides: the same text gives the same names on any machine.
    """
    draw = int.from_bytes(hashlib.blake2b(line.encode(), digest_size=8).digest(), "big")
    man, woman = MEN[draw % len(MEN)], WOMEN[(draw >> 20) % len(WOMEN)]
    return re.sub(r"\bMary\b", woman, re.sub(r"\bTom\b", man, line))
