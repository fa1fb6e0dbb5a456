"""Clean text: composed characters, single blanks, no markup and no control characters."""

from __future__ import annotations

import html
import re
import unicodedata

# Only these names are markup: "p<alpha and b>0.5" is a sentence about two numbers.
_INLINE = "i|b|em|strong|italic|bold|sub|sup|inf|scp|sc|u|tt|font|span|a|small|big|underline|style"
_BLOCK = "h[1-6]|p|br|div|li|ul|ol|sec|title|label|abstract|abstracttext|section|table|tr|td|th"
_ATTRIBUTES = r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*/?"""
_INLINE_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE}){_ATTRIBUTES}>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:jats:)?(?:{_BLOCK}){_ATTRIBUTES}>", re.IGNORECASE)
_MATH_TAG = re.compile(rf"</?(?:mml:\w+|math|mi|mo|mn|mrow|msup|msub){_ATTRIBUTES}>")


def _control_characters() -> dict[int, str]:
    table = dict.fromkeys((*range(32), 127), " ")
    # Windows-1252 read as Latin-1 leaves quotation marks and dashes among the C1 controls.
    for code in range(0x80, 0xA0):
        table[code] = bytes([code]).decode("cp1252", "ignore") or " "
    table[0x85] = " "
    table.update({0x2028: " ", 0x2029: " ", 0xFEFF: "", 0x200B: "", 0x00AD: ""})
    return table


_CONTROLS = _control_characters()
# Most texts hold none, and looking is quicker than replacing.
_CONTROL = re.compile(f"[{''.join(map(re.escape, map(chr, _CONTROLS)))}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text on one line in NFC, without markup, control characters or needless blanks.

    Comparisons stay: ``P<0.001`` is kept, ``<h4>Background</h4>`` becomes its words.
    """
    if not text:
        return ""
    if "<" in text:
        text = _without_tags(text)
    if "&" in text:
        # Europe PMC and RSS exports escape their markup a second time.
        text = _without_tags(html.unescape(text))
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    if _CONTROL.search(text):
        text = text.translate(_CONTROLS)
    text = _SURROGATE.sub("\ufffd", text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _without_tags(text: str) -> str:
    return _INLINE_TAG.sub("", _MATH_TAG.sub("", _BLOCK_TAG.sub(" ", text)))
