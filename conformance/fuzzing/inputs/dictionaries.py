"""Dictionaries of values that trouble servers: texts, numbers, parts of dates, names of members."""

from typing import Final

from strategies.sample_text import FREE_TEXTS, SPECIAL_NAMES

# Written as escapes, so that what differs between them can be read.
TEXTS: Final[tuple[str, ...]] = (
    *FREE_TEXTS.values(),
    *("0", "1", "-1", "00", "0.0", "-0", "1e309", "0b1", "0o7", "1_000", "1,000.00", "\u0661\u0662\u0663"),
    *("yes", "no", "on", "off", "Y", "N", "nil", "void", "Infinity", "-Infinity", "NULL", "Null", "(null)"),
    *("admin", "root", "test", "default", "new", "edit", "index", "api", "me", "self", "all", "none", "any"),
    *("=1+1", "+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1"),
    *("' OR '1'='1", "'; DROP TABLE rooms; --", '" OR ""="', "1;1", "/* x */", "--", "#", "%00", "\\0"),
    *("<script>alert(1)</script>", "<img src=x onerror=y>", "<!-- x -->", "<![CDATA[x]]>", "&lt;", "&#x27;"),
    *(
        "../../etc/passwd",
        "C:\\Windows\\system32",
        "\\\\host\\share",
        "file:///etc/passwd",
        "/",
        ".",
        "..",
        "~",
    ),
    *("$(id)", "`id`", "| id", "&& id", "> x", "$HOME", "%PATH%", "%n%s%x", "{0}", "{}", "{{7*7}}", "${7*7}"),
    *("http://example.com/?a=b&c=d#e", "mailto:a@example.com", "javascript:alert(1)", "//example.com", "a@b"),
    *("a;b,c:d|e", "a=b&c=d", "key: value", "- item", "---", "...", "# comment", "!tag", "&anchor *anchor"),
    *("\\n", "\\u0041", "\\x41", "\\", "\\\\", '"', "'", "`", '"""', '"quoted"', "'quoted'", "\u00ab\u00bb"),
    *("a\tb", "a\n\nb", "\ra", "a\r\n", "\n a", "a \n b", "a\u00a0b", "a\u2003b", "a\u3000b", "\u00a0a"),
    *(
        "a\u200bb",
        "a\u200cb",
        "a\u200db",
        "a\u00adb",
        "a\u2060b",
        "\u200fa",
        "\u202ea\u202c",
        "\u2066a\u2069",
    ),
    *("e\u0301", "a\u0308\u0304", "n\u0303o", "\u1100\u1161\u11a8", "\uac01", "\u212b", "\u00c5", "\u2126"),
    *(
        "\u0130stanbul",
        "\u0131",
        "stra\u00dfe",
        "STRASSE",
        "\u017f",
        "\u01c5",
        "\u03a3\u03c2\u03c3",
        "\ufb03",
    ),
    *("\uff21\uff22\uff10", "\u2460", "\u00bd", "x\u00b2", "\u2103", "\u3392", "\u337f", "\u0e33", "\u0d4c"),
    *("\U0001f600", "\U0001f468\u200d\U0001f4bb", "\U0001f44d\U0001f3fd", "\u2603\ufe0f", "1\ufe0f\u20e3"),
    *("\U0001f1ef\U0001f1f5", "\U00020bb7", "\U0001d54f", "\U0001d7d8", "\U00010348", "\U0001f3f4"),
    *(
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
        "\u10d2\u10d0",
        "\u1e9e",
    ),
    *("\u65e5\u672c\u8a9e", "\ud55c\uad6d\uc5b4", "\u4e2d\u6587", "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd"),
    *("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0627\u0644\u0644\u0647", "\ufdfa", "\u06cc"),
    *(
        "\u20ac100",
        "\u00a35",
        "100%",
        "50 % off",
        "\u2030",
        "\u2013",
        "\u2014",
        "\u2026",
        "\u201eA\u201c",
        "\u2019",
    ),
    *(
        "2041-05-06",
        "06/05/2041",
        "12:30",
        "24:00",
        "P1D",
        "1700000000",
        "0001-01-01",
        "2022-01-01T23:59:60Z",
    ),
    *("true ", " false", "a  b", "  a", "a  ", "a\u2028b", "a\u2029", "A" * 64, "ab " * 20, "x" * 127),
    *(
        "O'Brien",
        "Conan O\u2019Brien",
        "Jean-Luc",
        "M\u00fcller & S\u00f6hne",
        "AT&T",
        "C++",
        "C#",
        "R&D, Q1/Q2",
    ),
    *(
        "Meeting #1",
        "Room (2)",
        "[draft]",
        "{final}",
        "<none>",
        "a*b",
        "a?b",
        "a^b",
        "a$b",
        "a_b",
        "a~b",
        "a|b",
    ),
)
"""Texts, all of which the documentation allows for a title or a description."""
LENGTHS: Final = (
    *(2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 63, 64, 65, 99, 100, 101, 120, 127, 128, 129, 150),
    *(160, 191, 192, 199, 200, 250, 254, 255, 256, 257, 300, 499, 500, 511, 512, 513, 767, 768, 1000),
    *(1023, 1024, 1025, 1500, 1999, 2000, 2047, 2048, 2049, 2500, 2900, 2998, 2999, 3000),
)
"""Lengths at which columns, buffers and encodings of servers end."""
NUMBERS: Final = (
    *range(33),
    *(36, 42, 48, 49, 50, 51, 59, 60, 61, 63, 64, 65, 69, 72, 90, 99, 100, 101, 119, 120, 127, 128, 129),
    *(144, 150, 180, 199, 200, 201, 240, 249, 250, 254, 255, 256, 257, 299, 300, 360, 365, 399, 404, 500),
    *(511, 512, 600, 666, 719, 720, 900, 999, 1000, 1001, 1023, 1024, 1080, 1337, 1440, 1800, 1999, 2000),
    *(2048, 3599, 3600, 3601, 4095, 4096, 5000, 7200, 8191, 8192, 9999, 10000, 10080, 12345, 14400, 16384),
    *(32767, 32768, 32769, 43200, 65535, 65536, 65537, 86399, 86400, 86401, 99999, 100000, 100001, 111111),
    *(123456, 131071, 131072, 172800, 180000, 199999, 200000),
)
NAMES: Final = (
    *("-", "_", "--", "__", "-_", "_-", "0", "00", "1", "-1", "null", "true", "undefined", "NaN", "None"),
    *("admin", "new", "me", "index", "a", "A", "aA", "x-", "X_", "con", "nul", "eval", "prototype", "1e5"),
    *("0x10", "a--b", "a__b", "CON-1", "2041-05-06", "uuid-", "www", "_id", "id", "xn--a", "select", "DROP"),
)
"""Beginnings of names, within the documented characters."""
NAME_LENGTHS: Final = (1, 2, 3, 5, 8, 16, 24, 32, 33, 40, 60, 64)
MEMBER_NAMES: Final = tuple(
    dict.fromkeys(
        (
            *(name for name in SPECIAL_NAMES if name.strip()),
            *("id", "name", "meta", "data", "value", "key", "user", "tags", "nested", "a.b.c", "$where", "$"),
            *("1", "-1", "00", "true", "null", "\u00fc", "\u4f1a", "\U0001f600", "a b", "a-b", "a_b", "A"),
            *("created_at", "conference_room", "error", "links", "then", "toJSON", "__typename", "x" * 64),
        )
    )
)
"""Names of members of free-form objects. Not __proto__, which servers in JavaScript may reject."""
YEARS: Final = (
    2040,
    2041,
    2044,
    2048,
    2049,
    2050,
    2069,
    2070,
    2099,
    2100,
    2106,
    2200,
    2262,
    2400,
    2500,
    9998,
)
WILD_YEARS: Final = (
    1,
    1000,
    1582,
    1600,
    1752,
    1899,
    1900,
    1901,
    1969,
    1970,
    1999,
    2000,
    2001,
    2020,
    2024,
    2038,
)
"""Years that are past, whose acceptance is unspecified."""
DAYS: Final = (
    *((1, 1), (1, 31), (2, 28), (2, 29), (3, 1), (3, 8), (3, 26), (3, 31), (4, 1), (4, 30), (5, 6), (6, 30)),
    *((7, 1), (7, 31), (8, 31), (9, 30), (10, 10), (10, 29), (10, 31), (11, 5), (11, 30), (12, 1), (12, 31)),
)
"""Months with days; 29 February stands for 28 February in other years."""
TIMES: Final = (
    *(
        "00:00:00",
        "00:00:01",
        "00:30:00",
        "00:59:59",
        "01:00:00",
        "01:30:00",
        "02:00:00",
        "02:30:00",
        "03:00:00",
    ),
    *(
        "07:08:09",
        "11:59:59",
        "12:00:00",
        "12:00:01",
        "12:30:00",
        "13:00:00",
        "18:00:00",
        "22:00:00",
        "23:00:00",
    ),
    *("23:30:00", "23:59:00", "23:59:58", "23:59:59"),
)
FRACTIONS: Final = (
    "0",
    "1",
    "5",
    "25",
    "000",
    "001",
    "123",
    "999"[:1] + "00",
    "000000",
    "123456",
    "000000001",
)
OFFSETS: Final = (
    *(
        "Z",
        "Z",
        "Z",
        "+00:00",
        "+01:00",
        "+02:00",
        "-01:00",
        "-05:00",
        "-08:00",
        "+05:30",
        "-03:30",
        "+05:45",
    ),
    *(
        "+08:45",
        "+09:30",
        "-09:30",
        "+12:45",
        "+14:00",
        "-12:00",
        "+13:00",
        "-11:00",
        "+00:01",
        "-00:30",
        "+23:59",
    ),
)
BLOCKS: Final = (
    *((0x20, 0x7E), (0x20, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0xA1, 0xAC), (0xC0, 0xFF)),
    *((0x100, 0x17F), (0x391, 0x3A1), (0x3B1, 0x3C9), (0x410, 0x44F), (0x531, 0x556), (0x5D0, 0x5EA)),
    *((0x621, 0x63A), (0x905, 0x939), (0xE01, 0xE2E), (0x10D0, 0x10F0), (0x1E00, 0x1EFF), (0x2010, 0x2027)),
    *((0x2030, 0x205E), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x23FF)),
    *((0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x27BF), (0x3041, 0x3096), (0x30A1, 0x30FA)),
    *((0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xFF01, 0xFF5E), (0x1D400, 0x1D454), (0x1F300, 0x1F64F)),
    *((0x1F680, 0x1F6C5), (0x20000, 0x2A6D6)),
)
"""First and last code points of blocks from which random texts are built."""
