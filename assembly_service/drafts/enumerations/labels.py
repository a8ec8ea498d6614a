"""Labels of codes, made from their names: `UNIVERSITY_OF_OTTAWA` is "University of Ottawa"."""

import re

_SMALL = frozenset({"and", "at", "for", "in", "of", "on", "or", "out", "the", "to"})
_ACRONYMS = frozenset(
    {"aids", "cdi", "coto", "hiv", "hst", "klc", "moca", "osotrf", "ot", "ota", "ptsd", "uae"}
    | {"usa", "wsib"}
)
_WORDS = {
    # Names stay as clients know them; people need not see their mistakes.
    "aplicable": "Applicable",
    "caymen": "Cayman",
    "gibralter": "Gibraltar",
    "granada": "Grenada",
    "goverment": "Government",
    "mississsauga": "Mississauga",
    "monace": "Monaco",
    "slovinia": "Slovenia",
    "surinam": "Suriname",
    "ifhp": "(IFHP)",
    "mcdougall": "McDougall",
    "mcgregor": "McGregor",
    "mckellar": "McKellar",
    "mcmaster": "McMaster",
    "queens": "Queen's",
}
_WHOLE = {
    "N_A": "Not Applicable",
    "OT_OTA": "OT and OTA",
    "OT_PR": "OT, practitioner",
    "OT_NP": "OT, non-practitioner",
    "OT_RET": "OT, retired",
    "OT_NG": "OT, new graduate",
    "OT_STU": "OT, student",
    "OT_LIFE": "OT, life",
    "OTA_PR": "OTA, practitioner",
    "OTA_NP": "OTA, non-practitioner",
    "OTA_RET": "OTA, retired",
    "OTA_NG": "OTA, new graduate",
    "OTA_STU": "OTA, student",
    "OTA_LIFE": "OTA, life",
    "ASSOC": "Associate",
    "AFF_PRIM": "Affiliate, primary",
    "AFF_PREM": "Affiliate, premium",
    "PR_GENERAL_4900": "Public Relations, General 4900",
    "NOTL": "NOTL",
    "CWTH_IND_ST": "Commonwealth of Independent States",
    "DIPLOMA_CREDENTIAL": "Diploma/Credential",
    "PROVISIONAL_TEMPORARY": "Provisional/Temporary",
    "NEW_GRADUATED": "New Graduate",
    "PRE_1960": "Before 1960",
    "DECADE_1960_1969": "1960-1969",
    "DECADE_1970_1979": "1970-1979",
}
_YEAR = re.compile(r"YEAR_([0-9]{4})")
_RANGE = re.compile(r"BETWEEN_([0-9]+)_(?:TO|AND)_([0-9]+)(_YEARS)?")


def label_of(name: str) -> str:
    """Return the label of a code's name."""
    if year := _YEAR.fullmatch(name):
        return year[1]
    if bounds := _RANGE.fullmatch(name):
        return f"{bounds[1]} to {bounds[2]}{(bounds[3] or '').replace('_', ' ').lower()}"
    return _WHOLE.get(name) or " ".join(
        _word(word, is_first=index == 0) for index, word in enumerate(name.lower().split("_"))
    )


def _word(word: str, *, is_first: bool) -> str:
    if word in _SMALL and not is_first:
        return word
    if word in _ACRONYMS:
        return word.upper()
    return _WORDS.get(word) or word.capitalize()
