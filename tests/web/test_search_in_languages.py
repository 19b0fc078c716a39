"""Articles are found by words of their own language, however those are written and inflected."""

import pytest
from conftest import Site
from searching import found, settle, shown

from feedsvc.item import read_item

ARTICLES = {
    "az": (
        "Qarabağda yeni məktəblər açılıb",
        "İlk dərs günü uşaqlar sinif otaqlarını gəzdilər, İSMAYILLIDAN qonaqlar gəldi.",
    ),
    "tr": ("Iğdır'da köprü açıldı", "Şehirlerden gelen işçiler köprüyü iki yılda bitirdi; ILIK bir gündü."),
    "ru": ("Ёлка на площади зажглась", "Жители городов приехали на праздник, музыканты играли до полуночи."),
    "ar": ("افتتاح المكتبة الكبرى فوق النهر", "حضر الأُمراءُ والكُتّاب إلى المدرسة القديمة، ووقّعوا الكتاب."),
    "fa": ("کتاب‌های تازه در کتابخانهٔ ملی", "نویسندگان می‌گویند سال ۱۴۰۴ سال کتاب است."),
    "he": ("שָׁלוֹם בעיר העתיקה", "התושבים חגגו עד הבוקר ליד החומה."),
    "hi": ("नदी पर नया पुल खुला", "क़लम और किताबों के मेले में बच्चों की भीड़ रही।"),
    "zh": ("東京都知事選挙の結果", "新しい橋が川に架かり、市民が祝った。"),
    "th": ("เปิดสะพานใหม่ข้ามแม่น้ำ", "ชาวบ้านร่วมฉลองตลอดทั้งคืน"),
    "de": ("Straße nach Köln wieder offen", "Die Wahlen in den Städten verliefen ruhig."),
    "fr": ("L’été à l’Élysée", "Les élections étaient calmes, dit-on à Orléans."),
    "el": ("Άνοιξε η γέφυρα", "Οι κάτοικοι γιόρτασαν ως το πρωί."),
    "en": (
        "Bridges reopen over the naïve river",
        "Running boats, “cheaper by the dozen”, cost £12; the editor of COVID-19 news wrote it.",
    ),
}
"""By language: title and body."""

QUESTIONS = {
    "az": ["Qarabağ", "QARABAĞDAN", "məktəb", "məktəblərdən", "uşaq", "ismayıllı", "ismayilli", "dərs günü"],
    "tr": ["ığdır", "IGDIR", "köprü", "kopru", "ılık", "ilik", "işçi"],
    "ru": ["елка", "ёлку", "ЁЛКА", "город", "городами", "жители", "музыкантов", "пло́щади"],
    "ar": ["مكتبة", "المكتبة", "والمكتبة", "مكتبه", "مدرسة", "الى", "إلى", "الامراء", "كتـــاب", "كِتَاب"],
    "fa": ["کتاب", "كتاب", "کتابهای", "ملی", "ملي", "1404", "۱۴۰۴"],
    "he": ["שלום", "שָׁלוֹם", "העתיקה", "התושבים"],
    "hi": ["पुल", "कलम", "क़लम", "किताब", "नदी पर"],
    "zh": ["東京", "京都", "知事選挙", "橋", "市民", "祝"],
    "th": ["สะพาน", "แม่น้ำ", "ชาวบ้าน"],
    "de": ["strasse", "STRASSE", "Koln", "köln", "Wahl", "Städte"],
    "fr": ["élysée", "elysee", "l'été", "élection", "Orleans"],
    "el": ["γεφυρα", "ΓΈΦΥΡΑ", "κάτοικοι"],
    "en": [
        "bridge",
        "BRIDGES",
        "reopened",
        "run boat",
        "naive",
        '"cheaper by the dozen"',
        "covid-19",
        "covid",
        "editors",
    ],
}
"""By language: what finds its article, and no other one but in the languages that have the word too."""


@pytest.fixture
def site(make_site) -> Site:
    site = make_site(language="az")
    site.service.newsroom.accept(
        [
            read_item({"id": language, "language": language, "title": title, "content_text": body})
            for language, (title, body) in ARTICLES.items()
        ]
    )
    settle(site)
    return site


def test_each_is_found_by_its_words_and_their_inflections(site: Site) -> None:
    missed = [
        (language, text)
        for language, questions in QUESTIONS.items()
        for text in questions
        if language not in found(site, text)
    ]
    assert missed == []


def test_the_page_shows_what_the_feed_has(site: Site) -> None:
    for language, questions in QUESTIONS.items():
        assert ARTICLES[language][0] in shown(site, questions[0])


def test_what_is_another_word_is_not_found(site: Site) -> None:
    assert [
        found(site, text) for text in ("Qara", "əmək", "ёж", "сад", "جمل", "京東", '"dozen the by"', "19-covid")
    ] == [
        ["az"],  # the beginning of one
        *([] for _ in range(7)),
    ]


MIXED = {
    "東京2020の開会": ["東京2020", '"東京2020"', "東京2020の", "2020"],
    "東京、大阪": ["東京、大阪", '"東京、大阪"', '"東京 大阪"', "大阪"],
    "新冠COVID疫苗": ["新冠COVID", "新冠 COVID", "COVID疫苗", '"新冠COVID疫苗"', "新冠COV"],
    "スマホ iPhone": ['"スマホ iPhone"', "スマホ iphone"],
    "เปิด สะพาน": ['"เปิด สะพาน"', '"เปิด สะ"'],
    "الالتزام/الحق": ["الالتزام/الحق", '"الالتزام/الحق"', "الحق"],
}
"""By title, what finds it: words of scripts with and without spaces, side by side."""


def test_a_phrase_runs_through_scripts_with_and_without_spaces(site: Site) -> None:
    for number, title in enumerate(MIXED):
        site.service.newsroom.publish(read_item({"id": f"{number}", "title": title}))
    settle(site)
    for number, questions in enumerate(MIXED.values()):
        for question in questions:
            assert f"{number}" in found(site, question), question
    assert found(site, '"大阪 東京"') == found(site, "東京1964") == []
