"""The stem of a word that is looked for: the beginning that its inflections share, where its language is known."""

import re
from functools import lru_cache
from itertools import takewhile

from feedsvc.search.words import fold

_SHORTEST = 3
# By the letters of a word; Latin ones are of too many languages.
_BY_SCRIPT = (
    (re.compile("[Ѐ-ӿ]"), "russian"),
    (re.compile("[\u0600-\u06ff]"), "arabic"),
    (re.compile("[\u0900-\u097f]"), "hindi"),
    (re.compile("[\u0370-\u03ff]"), "greek"),
    (re.compile("[\u0530-\u058f]"), "armenian"),
)
# Of Snowball's, those with Latin letters, by ISO 639.
_BY_LANGUAGE = {
    **{"ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "en": "english", "es": "spanish"},
    **{"et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hu": "hungarian"},
    **{"id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "nb": "norwegian"},
    **{"pl": "polish", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish"},
}
# Azerbaijani is not among them. Plural, cases, possessives and the copula, as they are folded.
_AZERBAIJANI = re.compile(
    "(?:l[aə]r|d[aə]n?|n?[iu]n|n[iu]|y[aə]|n[aə]|d[iu]r|s[iu]|[iu]m[iu]z|[iu]n[iu]z|[iu]m|[aəiu]){1,4}$"
)


@lru_cache(maxsize=4096)
def stem(word: str, language: str) -> str:
    """What the folded form of `word` begins with and its inflections do too, as far as that is known on a site of a
    `language` (BCP 47): never less than a third of the word, or than three letters."""
    folded = fold(word)
    least = max(_SHORTEST, len(folded) // 3)
    return folded[: max(least, min(_stems(word.casefold(), folded, language), default=len(folded)))]


def _stems(word: str, folded: str, language: str) -> list[int]:
    """How many letters are left by what could be the language of a word."""
    for script, algorithm in _BY_SCRIPT:
        if script.search(word):
            return [_shared(folded, folded, algorithm)]
    primary = language.partition("-")[0]
    # English is quoted everywhere.
    algorithms = {_BY_LANGUAGE[each] for each in (primary, "en") if each in _BY_LANGUAGE}
    found = [_shared(folded, word, algorithm) for algorithm in sorted(algorithms)]
    if primary == "az" or "ə" in word:
        found.append(len(_AZERBAIJANI.sub("", folded[4:])) + min(4, len(folded)))
    return found


def _shared(folded: str, word: str, algorithm: str) -> int:
    # Every verb of the shell would wait for thirty languages, which few of them need.
    from snowballstemmer import stemmer  # noqa: PLC0415 - when it is needed

    # Made anew each time: a stemmer keeps the word that it works on.
    pairs = zip(folded, fold(stemmer(algorithm).stemWord(word)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
