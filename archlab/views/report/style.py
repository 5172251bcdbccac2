"""The report's style sheet: light, dark by the reader's colour scheme, and print."""

from __future__ import annotations

from archlab.views.palette import colours

_RULES = """
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.5rem 4rem;max-width:76rem;background:var(--paper);color:var(--ink);
 font:15px/1.5 'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif}
h1{font-size:1.9rem;margin:0 0 .25rem}h2{font-size:1.45rem;margin:3rem 0 .5rem;padding-top:1rem;
 border-top:1px solid var(--line)}
h3{font-size:1.1rem;margin:2rem 0 .5rem}h4{font-size:.95rem;margin:1.4rem 0 .4rem;overflow-wrap:anywhere}
.card h4{margin-top:.2rem}
a{color:var(--down)}p{max-width:60rem}
.note{color:var(--soft);font-size:.88rem;margin:.4rem 0}
.wide{overflow-x:auto;margin:.5rem 0}
.wide>svg{display:block;width:auto;max-width:100%;
 min-width:min(100%,60rem);height:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.22rem .75rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);border-bottom:1px solid var(--edge)}
.word{text-align:left}td.word{max-width:36rem;white-space:normal;overflow-wrap:break-word}
tfoot td{font-weight:600;border-bottom:0}
.facts{display:flex;flex-wrap:wrap;gap:.6rem 2.4rem;margin:.8rem 0}.facts dt{font-size:.8rem;color:var(--soft)}
.facts dd{margin:0;font-size:1.3rem;font-weight:600}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--soft)}
pre{background:var(--band);padding:.8rem 1rem;overflow-x:auto;font-size:.82rem;border-radius:6px}
.cards{display:flex;flex-wrap:wrap;gap:.9rem}
.card{border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;background:var(--surface);break-inside:avoid}
.card img{display:block;image-rendering:pixelated;border-radius:3px;max-width:100%}
.curves img{width:100%;max-width:56rem;height:auto}
.share{display:grid;grid-template-columns:max-content 9rem 4.5rem;gap:.15rem .6rem;align-items:center;font-size:.84rem}
.share .track{height:.8rem;background:var(--band);border-radius:2px;overflow:hidden}
.share .bar{height:100%;background:var(--down)}
.share .bar.minus{background:repeating-linear-gradient(45deg,var(--error) 0 3px,transparent 3px 6px)}
.share .number{text-align:right;font-variant-numeric:tabular-nums}
.error{color:var(--error)}.warning{color:var(--warning)}
@media print{body{max-width:none;padding:0;font-size:10pt}h2{break-before:page}h3{break-after:avoid}
 details::details-content{content-visibility:visible;block-size:auto}
 .wide{overflow:visible}.wide>svg{min-width:0;max-width:100%}table{font-size:7.5pt}th,td{padding:.1rem .35rem}
 *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def sheet() -> str:
    """The content of the page's style element."""
    return (
        f":root{{color-scheme:light dark;{_variables('light')}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables('dark')}}}}}{_RULES}"
    )


def _variables(theme: str) -> str:
    palette = colours("dark" if theme == "dark" else "light")
    names = ("paper", "band", "surface", "ink", "soft", "edge", "down", "up", "error", "warning")
    line = "#343b46" if theme == "dark" else "#dfe3e8"
    return "".join(f"--{name}:{palette[name]};" for name in names) + f"--line:{line}"
