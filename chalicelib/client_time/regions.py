"""Time zones of Russian regions and of cities, as people and CRMs write their names.

Only names that mean one zone. Благовещенск, for one, is a city in the Amur region and one in Bashkortostan.
"""

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

REGIONS: Mapping[str, str] = {
    "Europe/Kaliningrad": "калининградская",
    "Europe/Moscow": """
        москва, санкт петербург, адыгея, чеченская, чечня, чувашская, чувашия, чувашская чувашия, дагестан,
        ингушетия, кабардино балкарская, кабардино балкария, калмыкия, карачаево черкесская,
        карачаево черкесия, карелия, коми, марий эл, мордовия, северная осетия алания, северная осетия,
        татарстан, татарстан татарстан, краснодарский, ставропольский, архангельская, белгородская,
        брянская, ивановская, калужская, костромская, курская, ленинградская, липецкая, московская,
        мурманская, нижегородская, новгородская, орловская, пензенская, псковская, ростовская, рязанская,
        смоленская, тамбовская, тульская, тверская, владимирская, вологодская, воронежская, ярославская,
        ненецкий""",
    "Europe/Simferopol": "крым, севастополь",
    "Europe/Kirov": "кировская",
    "Europe/Volgograd": "волгоградская",
    "Europe/Samara": "самарская, удмуртская, удмуртия",
    "Europe/Astrakhan": "астраханская",
    "Europe/Saratov": "саратовская",
    "Europe/Ulyanovsk": "ульяновская",
    "Asia/Yekaterinburg": """
        башкортостан, башкирия, пермский, челябинская, курганская, оренбургская, свердловская, тюменская,
        ханты мансийский югра, ханты мансийский, хмао, хмао югра, югра, ямало ненецкий, янао""",
    "Asia/Omsk": "омская",
    "Asia/Novosibirsk": "новосибирская",
    "Asia/Barnaul": "алтайский, алтай",
    "Asia/Tomsk": "томская",
    "Asia/Novokuznetsk": "кемеровская, кемеровская кузбасс, кузбасс",
    "Asia/Krasnoyarsk": "красноярский, хакасия, тыва, тува",
    "Asia/Irkutsk": "иркутская, бурятия",
    "Asia/Chita": "забайкальский",
    # Nearly all of its people; its east is one or two hours ahead.
    "Asia/Yakutsk": "амурская, саха якутия, саха, якутия",
    "Asia/Vladivostok": "приморский, хабаровский, еврейская",
    "Asia/Sakhalin": "сахалинская",
    "Asia/Magadan": "магаданская",
    "Asia/Kamchatka": "камчатский",
    "Asia/Anadyr": "чукотский",
}
"""By zone, as ``name_key`` leaves the names."""

CITIES: Mapping[str, str] = {
    "Europe/Kaliningrad": "калининград",
    "Europe/Moscow": """
        москва, зеленоград, санкт петербург, краснодар, сочи, новороссийск, ставрополь, пятигорск,
        ростов на дону, таганрог, шахты, казань, набережные челны, нижнекамск, альметьевск,
        нижний новгород, дзержинск, арзамас, воронеж, липецк, курск, белгород, старый оскол, орел, брянск,
        тула, калуга, обнинск, рязань, тамбов, пенза, саранск, чебоксары, йошкар ола, ярославль, рыбинск,
        кострома, иваново, владимир, ковров, муром, вологда, череповец, архангельск, северодвинск, мурманск,
        петрозаводск, сыктывкар, ухта, псков, великий новгород, великие луки, смоленск, тверь, майкоп,
        махачкала, дербент, грозный, нальчик, владикавказ, черкесск, элиста, нарьян мар, балашиха, химки,
        подольск, королев, мытищи, люберцы, коломна, одинцово, серпухов, сергиев посад, гатчина""",
    "Europe/Simferopol": "симферополь, севастополь, евпатория, керчь, ялта",
    "Europe/Volgograd": "волгоград, волжский, камышин",
    "Europe/Samara": "самара, тольятти, сызрань, ижевск, воткинск, сарапул",
    "Europe/Astrakhan": "астрахань",
    "Europe/Saratov": "саратов, энгельс, балаково",
    "Europe/Ulyanovsk": "ульяновск, димитровград",
    "Asia/Yekaterinburg": """
        екатеринбург, нижний тагил, каменск уральский, первоуральск, челябинск, магнитогорск, златоуст,
        миасс, пермь, соликамск, уфа, стерлитамак, салават, нефтекамск, оренбург, орск, курган,
        тюмень, тобольск, сургут, нижневартовск, нефтеюганск, ханты мансийск, салехард, новый уренгой,
        ноябрьск""",
    "Asia/Omsk": "омск",
    "Asia/Novosibirsk": "новосибирск, бердск",
    "Asia/Barnaul": "барнаул, бийск, рубцовск, горно алтайск",
    "Asia/Tomsk": "томск, северск",
    "Asia/Novokuznetsk": "кемерово, новокузнецк, прокопьевск",
    "Asia/Krasnoyarsk": "красноярск, норильск, ачинск, абакан, кызыл",
    "Asia/Irkutsk": "иркутск, ангарск, братск, улан удэ",
    "Asia/Chita": "чита",
    "Asia/Yakutsk": "якутск, нерюнгри",
    "Asia/Vladivostok": "владивосток, уссурийск, хабаровск, комсомольск на амуре, биробиджан",
    "Asia/Sakhalin": "южно сахалинск",
    "Asia/Magadan": "магадан",
    "Asia/Kamchatka": "петропавловск камчатский",
    "Asia/Anadyr": "анадырь",
    "Europe/Minsk": "минск, гомель, гродно, витебск, могилев",
    "Asia/Almaty": "алматы, алма ата, астана, шымкент, караганда",
    "Asia/Yerevan": "ереван",
    "Asia/Tbilisi": "тбилиси",
    "Asia/Tashkent": "ташкент",
    "Asia/Bishkek": "бишкек",
}
"""By zone, as ``name_key`` leaves the names."""

KINDS = frozenset(
    {
        *(
            "область",
            "обл",
            "аобл",
            "край",
            "республика",
            "респ",
            "автономный",
            "автономная",
            "округ",
            "ао",
            "а",
        ),
        *("город", "г", "гор"),
    }
)
"""Words of a name that say what it is, not which one."""

_WORD = re.compile(r"[^\W\d_]+")


def zone_of_region(name: str) -> ZoneInfo | None:
    """The zone of a Russian region; None if the name is unknown."""
    return _zone(_REGIONS, name)


def zone_of_city(name: str) -> ZoneInfo | None:
    """The zone of a city; None if we don't know it, or if there are several of its name."""
    return _zone(_CITIES, name)


def _zone(zones: Mapping[str, str], name: str) -> ZoneInfo | None:
    zone = zones.get(name_key(name))
    return None if zone is None else ZoneInfo(zone)


def name_key(name: str) -> str:
    """A name as it is compared: ``г. Ростов-на-Дону`` is ``ростов на дону``."""
    words = _WORD.findall(name.lower().replace("ё", "е"))
    return " ".join(word for word in words if word not in KINDS)


def _by_name(names: Mapping[str, str]) -> Mapping[str, str]:
    return {" ".join(name.split()): zone for zone, listed in names.items() for name in listed.split(",")}


_REGIONS = _by_name(REGIONS)
_CITIES = _by_name(CITIES)
