"""The regular expressions of the lexer. All quantifiers that could backtrack are possessive."""

import re

_NAME = r"(?:[^\W\d]|\$)[\w$]*+"
_SIMPLE = r"[^\W\d]\w*+"
_OPERATORS = (
    r">>>=|\*\*=|<=>|===|!==|==~|<<=|>>=|>>>|\.\.<|\.\.\.|\*\.|\?\.|\?:|\.&|\.@|->|=~|==|!=|<=|>="
    r"|&&|\|\||\+\+|--|\+=|-=|\*=|%=|&=|\|=|\^=|<<|>>|\*\*|\.\.|[-+*%<>=!~&|^?:.,;@]"
)

BLANK = r"[ \t\f]*+(?:\\(?:\r\n|\n|\r)[ \t\f]*+)*+"

TOKEN = re.compile(
    rf"""{BLANK}(?:
    (?P<dollar>\$/)
  | (?P<name>{_NAME})
  | (?P<newline>\r\n|\n|\r)
  | (?P<comment>//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)
  | (?P<string>'''(?:[^'\\]++|\\(?:\r\n|.)|'(?!''))*+'''
      | '(?!'')(?:[^'\\\r\n]++|\\(?:\r\n|.))*+'
      | \"\"\"(?:[^"\\$]++|\\(?:\r\n|.)|"(?!""))*+\"\"\"
      | "(?!"")(?:[^"\\$\r\n]++|\\(?:\r\n|.))*+")
  | (?P<quote>\"\"\"|")
  | (?P<number>0[xX][0-9a-fA-F_]++[gGlLiI]?|0[bB][01_]++[gGlLiI]?
      | \d[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][+-]?\d++)?[gGlLiIfFdD]?)
  | (?P<broken>/\*|')
  | (?P<open>[(\[{{])
  | (?P<close>[)\]}}])
  | (?P<slash>/=?)
  | (?P<operator>{_OPERATORS})
  | (?P<end>\Z)
  | (?P<unknown>.)
  )""",
    re.VERBOSE | re.DOTALL,
)

TEXT = {
    '"': re.compile(r'(?:[^"\\$\r\n]++|\\(?:\r\n|.))*+', re.DOTALL),
    '"""': re.compile(r'(?:[^"\\$]++|\\(?:\r\n|.)|"(?!""))*+', re.DOTALL),
    "/": re.compile(rf"(?:[^/\\$]++|\\/|\\(?!/)|\$(?!{_SIMPLE}|\{{))*+", re.DOTALL),
    "$/": re.compile(rf"(?:[^/$]++|/(?!\$)|\$[$/]|\$(?!{_SIMPLE}|[{{$/]))*+", re.DOTALL),
}
PATH = re.compile(rf"\$({_SIMPLE}(?:\.{_SIMPLE})*+)")
