"""Plain text from the LaTeX that BibTeX files are written in."""

from __future__ import annotations

import re
from functools import cache

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexMacroNode, LatexWalkerError

# Exporters escape these or do not; alone they would begin a comment or a column.
_BARE = re.compile(r"(?<!\\)([%&#])")
# A dollar that opens a formula has no blank behind it, one that closes it has none before it and
# no digit behind it: "$p<0.05$" is one, "$5 and $6" is none.
_FORMULA = re.compile(r"(?<!\\)\$(?=\S)([^$\n]{1,200}?)(?<=[^\s\\])\$(?!\d)")
_DOLLAR = re.compile(r"(?<!\\)\$")
_RAISED = re.compile(r"(?<!\\)[_^]")
_ESCAPED = re.compile(r"\{?\\([_%&#$~])(?:\{\})?\}?")
_TELLING = re.compile(r"[\\{}$%&#~`]|''|--")
# Symbols that exporters write and pylatexenc does not know.
_SYMBOLS = {
    "textless": "<", "textgreater": ">", "copyright": "©", "textcopyright": "©",
    "textregistered": "®", "texttrademark": "™", "textpm": "±", "texttimes": "×", "textmu": "µ",
    "textdegree": "°", "textbar": "|", "textasciitilde": "~", "textasciicircum": "^",
    "textbackslash": "\\", "textunderscore": "_", "textquotesingle": "'", "textquotedbl": '"',
    "pounds": "£", "euro": "€", "texteuro": "€",
    # Their argument follows them as a group; addresses stand without brackets.
    "textsuperscript": "", "textsubscript": "", "textgreek": "", "url": "%s",
    # Switches of the font work on what follows them.
    "it": "", "bf": "", "em": "", "rm": "", "sc": "", "sl": "", "tt": "", "sf": "",
}  # fmt: skip
_LINK = re.compile(r"\\href\s*\{[^{}]*\}\s*(?=\{)")
# What pylatexenc raises on macros whose arguments are missing or whose braces never end.
_MISREAD = (
    RecursionError, IndexError, KeyError, AttributeError, TypeError, ValueError, LatexWalkerError,
)  # fmt: skip


def latex_to_text(value: str) -> str:
    """The text that LaTeX would set: accents as letters, formulas as their characters.

    Macros that are not known stay as they are written, so that nothing is lost in silence.
    """
    if not _TELLING.search(value):
        return value
    plain = _LINK.sub("", value)
    formulas = _FORMULA.sub(lambda found: rf"\({_RAISED.sub('', found.group(1))}\)", plain)
    safe = _BARE.sub(r"\\\1", _DOLLAR.sub(r"\\$", formulas))
    try:
        text: str = _decoder().latex_to_text(safe)
    except _MISREAD:
        return re.sub(r"[{}]", "", value)
    return text


def unescape_latex(value: str) -> str:
    """An identifier or address as it was before LaTeX's special characters were escaped."""
    return re.sub(r"\\url\b|[{}]", "", _ESCAPED.sub(r"\1", value))


@cache
def _decoder() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    symbols = [MacroTextSpec(name, simplify_repl=text) for name, text in _SYMBOLS.items()]
    known.add_context_category("exporters", prepend=True, macros=symbols)
    known.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=_as_written))
    return LatexNodes2Text(latex_context=known, math_mode="text", strict_latex_spaces=False)


def _as_written(node: LatexMacroNode) -> str:
    return f"\\{node.macroname} "
