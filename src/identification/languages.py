"""Languages as exports write them, and their ISO 639-1 codes."""

from __future__ import annotations

# ISO 639-1 code: ISO 639-2 codes, English name, and own or other names met in exports.
_LANGUAGES = {
    "af": "afr afrikaans", "am": "amh amharic", "ar": "ara arabic", "az": "aze azerbaijani",
    "be": "bel belarusian", "bg": "bul bulgarian", "bn": "ben bengali", "bs": "bos bosnian",
    "ca": "cat catalan català", "cs": "cze ces czech čeština", "cy": "wel cym welsh",
    "da": "dan danish dansk", "de": "ger deu german deutsch", "el": "gre ell greek",
    "en": "eng english en-us en-gb en_us en_gb englisch anglais inglés ingles",
    "es": "spa spanish español espanol castilian", "et": "est estonian", "eu": "baq eus basque",
    "fa": "per fas persian farsi", "fi": "fin finnish suomi",
    "fr": "fre fra french français francais", "ga": "gle irish", "gl": "glg galician",
    "he": "heb hebrew iw", "hi": "hin hindi", "hr": "hrv croatian scr", "hu": "hun hungarian",
    "hy": "arm hye armenian", "id": "ind indonesian", "is": "ice isl icelandic",
    "it": "ita italian italiano", "ja": "jpn japanese", "ka": "geo kat georgian",
    "kk": "kaz kazakh", "ko": "kor korean", "lg": "lug luganda ganda", "lt": "lit lithuanian",
    "lv": "lav latvian", "mk": "mac mkd macedonian", "ml": "mal malayalam", "mn": "mon mongolian",
    "ms": "may msa malay", "nl": "dut nld dutch nederlands flemish",
    "no": "nor norwegian nob nno nb nn norsk", "pl": "pol polish polski",
    "pt": "por portuguese português portugues", "ro": "rum ron romanian moldavian",
    "ru": "rus russian", "rw": "kin kinyarwanda", "sk": "slo slk slovak", "sl": "slv slovenian",
    "sq": "alb sqi albanian", "sr": "srp serbian scc", "sv": "swe swedish svenska",
    "sw": "swa swahili kiswahili", "ta": "tam tamil", "te": "tel telugu", "th": "tha thai",
    "tr": "tur turkish türkçe", "uk": "ukr ukrainian", "ur": "urd urdu", "uz": "uzb uzbek",
    "vi": "vie vietnamese", "zh": "chi zho chinese mandarin zh-cn zh-tw", "zu": "zul zulu",
}  # fmt: skip
_CODES = {name: code for code, names in _LANGUAGES.items() for name in (code, *names.split())}


def language_code(name: str) -> str:
    """ISO 639-1 code for "eng", "English", "en-US" or "Chinese (simplified)"; else empty."""
    words = name.strip().lower().replace("(", " ").split()
    if not words:
        return ""
    return _CODES.get(words[0]) or _CODES.get(words[0].replace("_", "-").split("-")[0], "")
