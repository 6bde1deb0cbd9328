"""Draws how long questions take, the tail above all: an SVG with logarithmic time.

    python benches/tail.py OUT.svg NAME=FILE[:COLUMN] ...

FILE holds JSON lines: answers of `keyaki batch --timing` (COLUMN is `micros`, which is meant where none is
named), or the records of `z3/versus.py` (COLUMN such as `z3_check`, in seconds). The picture shows for each
share of the questions the time within which they are answered; shares near one are spread out.
"""

import json
import math
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 860, 460, 80, 40, 30, 60
COLOURS = ("#1b6ca8", "#c0392b", "#7f8c8d", "#27823b", "#8e44ad")
SHARES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def read(path, column):
    """Times in microseconds, smallest first."""
    scale = 1 if column == "micros" else 1e6
    with open(path, encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines if line.strip()]
    return sorted(max(1.0, scale * row[column]) for row in found if column in row)


def place(share):
    """Where a share stands from left to right: each factor of ten towards one has the same width."""
    return -math.log10(1 - min(share, 0.99995))


def shown(micros):
    for size, unit in ((1e6, "s"), (1e3, "ms"), (1, "µs")):
        if micros >= size:
            return f"{micros / size:g} {unit}"
    return f"{micros:g} µs"


def draw(series):
    top = max(values[-1] for _, values in series)
    low, high = 0, math.ceil(math.log10(top))
    span = place(SHARES[-1])

    def x(share):
        return LEFT + (WIDTH - LEFT - RIGHT) * place(share) / span

    def y(micros):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(micros) - low) / (high - low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="14">Time within which a share of the questions is answered</text>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dddddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{shown(10**power)}</text>')
    for share in SHARES:
        at = x(share)
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        label = "fastest" if share == 0 else f"{100 * share:g} %"
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>')
    for number, (name, values) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        count = len(values)
        # One point a pixel is enough, and every one of the slowest hundred.
        kept, last = [], None
        for index, value in enumerate(values):
            at = x(index / count)
            if last is None or at - last >= 1 or count - index <= 100:
                kept.append(f"{at:.1f},{y(value):.1f}")
                last = at
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(kept)}"/>')
        median = values[count // 2]
        text = f"{name}: {count} questions, median {shown(round(median))}, worst {shown(round(values[-1]))}"
        out.append(f'<text x="{LEFT + 10}" y="{TOP + 18 * (number + 1)}" fill="{colour}">{text}</text>')
    out.append(f'<text x="{LEFT}" y="{HEIGHT - 12}">share of the questions, fastest first; each step to the right is a tenth of what was left</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    series = []
    for item in sys.argv[2:]:
        name, _, source = item.partition("=")
        path, _, column = source.partition(":")
        series.append((name, read(path, column or "micros")))
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(draw(series))


if __name__ == "__main__":
    main()
