"""What people paste along with a value, and what they meant."""

QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’"}
"""Opening quotes, and the closing one of each."""
_INVISIBLE = "\ufeff\u200b"


def as_meant(pasted: str) -> str:
    """Strip what is pasted along with a value: blanks, line ends, quotes around it."""
    text = pasted.strip().strip(_INVISIBLE).strip()
    inner = text[1:-1]
    if len(text) < 2 or QUOTES.get(text[0]) != text[-1] or {text[0], text[-1]} & {*inner}:
        return text
    return as_meant(inner)
