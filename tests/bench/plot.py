#!/usr/bin/python3
"""Draws cost against endpoints, as SVG, from what the benchmarks wrote.

  plot.py JSON... >docs/performance.svg

Reads files of `make bench' and `make bench-ovn' (BENCH_FLAGS="--json FILE");
where two say the same, the later counts.  Needs nothing but Python.
"""
import argparse
import json
import math
import pathlib
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 300, 250        # Of a panel's plotting area.
LEFT, TOP, RIGHT, BOTTOM = 62, 64, 34, 48
COLORS = {"agent": "#0b62a4", "ovs-ofctl": "#7a7a7a",
          "ovn-controller": "#c2410c"}
DASHES = {"ovs-ofctl": "5 3"}
MARKERS = {"agent": "circle", "ovs-ofctl": "square",
           "ovn-controller": "triangle"}


def get(result, *path):
    for key in path:
        result = result.get(key) if isinstance(result, dict) else None
    return result


# Title, unit, and for each line: which results, and the value in one.
PANELS = [
    ("Cold start, wall", "s", [
        ("agent", "endpoints", lambda r: get(r, "cold", "wall")),
        ("ovs-ofctl", "endpoints", lambda r: get(r, "ofctl", "wall")),
        ("ovn-controller", "ovn", lambda r: get(r, "cold", "wall"))]),
    ("Cold start, CPU", "s", [
        ("agent", "endpoints", lambda r: get(r, "cold", "cpu")),
        ("ovs-ofctl", "endpoints", lambda r: get(r, "ofctl", "cpu")),
        ("ovn-controller", "ovn", lambda r: get(r, "cold", "cpu"))]),
    ("Peak memory", "MB", [
        ("agent", "endpoints", lambda r: megabytes(get(r, "cold", "rss"))),
        ("ovs-ofctl", "endpoints",
         lambda r: megabytes(get(r, "ofctl", "rss"))),
        ("ovn-controller", "ovn", lambda r: megabytes(get(r, "cold",
                                                          "rss")))]),
    ("One endpoint moves, CPU", "ms", [
        ("agent", "endpoints", lambda r: milli(get(r, "change", "cpu"))),
        ("ovn-controller", "ovn", lambda r: milli(get(r, "change",
                                                      "cpu")))]),
]


def megabytes(kilobytes):
    return kilobytes and kilobytes / 1024


def milli(seconds):
    return seconds and seconds * 1e3


def decades(values):
    """The whole powers of ten around the values."""
    low = math.floor(math.log10(min(values)) + 1e-9)
    high = math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def number(exponent):
    return "{:,}".format(10 ** exponent) if exponent >= 0 else (
        "%.*f" % (-exponent, 10 ** exponent))


class Panel:
    def __init__(self, x0, y0, title, unit, lines):
        self.x0, self.y0 = x0 + LEFT, y0 + TOP
        self.lines = lines
        xs = [x for _, points in lines for x, _ in points]
        ys = [y for _, points in lines for _, y in points]
        self.xrange, self.yrange = decades(xs), decades(ys)
        self.out = []
        self.frame(title, unit)
        for name, points in lines:
            self.line(name, points)

    def x(self, value):
        low, high = self.xrange
        return self.x0 + WIDTH * (math.log10(value) - low) / (high - low)

    def y(self, value):
        low, high = self.yrange
        return self.y0 + HEIGHT * (1 - (math.log10(value) - low)
                                   / (high - low))

    def put(self, text, *args):
        self.out.append(text % args)

    def frame(self, title, unit):
        self.put('<text class="title" x="%.0f" y="%.0f">%s (%s)</text>',
                 self.x0, self.y0 - 12, escape(title), unit)
        for k in range(self.yrange[0], self.yrange[1] + 1):
            y = self.y(10 ** k)
            self.put('<path class="grid" d="M%.1f %.1fh%d"/>', self.x0, y,
                     WIDTH)
            self.put('<text class="tick" x="%.1f" y="%.1f" '
                     'text-anchor="end">%s</text>', self.x0 - 6, y + 4,
                     number(k))
        for k in range(self.xrange[0], self.xrange[1] + 1):
            x = self.x(10 ** k)
            self.put('<path class="grid" d="M%.1f %.1fv%d"/>', x, self.y0,
                     HEIGHT)
            self.put('<text class="tick" x="%.1f" y="%.1f" '
                     'text-anchor="middle">%s</text>', x,
                     self.y0 + HEIGHT + 17, number(k))
        self.put('<text class="tick" x="%.1f" y="%.1f" '
                 'text-anchor="middle">endpoints</text>',
                 self.x0 + WIDTH / 2, self.y0 + HEIGHT + 34)

    def line(self, name, points):
        color = COLORS[name]
        self.put('<path d="M%s" fill="none" stroke="%s" stroke-width="2"%s/>',
                 "L".join("%.1f %.1f" % (self.x(x), self.y(y))
                          for x, y in points), color,
                 ' stroke-dasharray="%s"' % DASHES[name]
                 if name in DASHES else "")
        for x, y in points:
            self.out.append(marker(name, self.x(x), self.y(y)))


def marker(name, x, y):
    color = COLORS[name]
    return {
        "circle": '<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>'
                  % (x, y, color),
        "square": '<path d="M%.1f %.1fh6v6h-6z" fill="%s"/>'
                  % (x - 3, y - 3, color),
        "triangle": '<path d="M%.1f %.1fl4 7h-8z" fill="%s"/>'
                    % (x, y - 4, color),
    }[MARKERS[name]]


def legend(names, x, y):
    out = []
    for name in names:
        out.append('<path d="M%d %dh24" stroke="%s" stroke-width="2"%s/>'
                   % (x, y, COLORS[name],
                      ' stroke-dasharray="%s"' % DASHES[name]
                      if name in DASHES else ""))
        out.append(marker(name, x + 12, y))
        out.append('<text class="tick" x="%d" y="%d">%s</text>'
                   % (x + 30, y + 4, name))
        x += 50 + 8 * len(name)
    return out


def draw(results):
    panels = []
    for title, unit, lines in PANELS:
        drawn = []
        for name, where, value in lines:
            points = [(int(n), value(r)) for n, r in
                      results.get(where, {}).items()]
            points = sorted((x, y) for x, y in points if y)
            if points:
                drawn.append((name, points))
        if drawn:
            panels.append((title, unit, drawn))
    width = 2 * (LEFT + WIDTH + RIGHT)
    height = 30 + -(-len(panels) // 2) * (TOP + HEIGHT + BOTTOM)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
           'width="%d" height="%d" role="img" '
           'aria-label="Cost against the number of endpoints">'
           % (width, height, width, height),
           "<style>text { font-family: sans-serif; fill: #222 } "
           ".title { font-size: 14px; font-weight: bold } "
           ".tick { font-size: 12px } .grid { stroke: #ddd }</style>",
           '<rect width="%d" height="%d" fill="#fff"/>' % (width, height)]
    names = [name for name in COLORS
             if any(name == n for _, _, lines in panels for n, _ in lines)]
    out += legend(names, LEFT, 22)
    for i, (title, unit, lines) in enumerate(panels):
        panel = Panel(i % 2 * (LEFT + WIDTH + RIGHT),
                      10 + i // 2 * (TOP + HEIGHT + BOTTOM), title, unit,
                      lines)
        out += panel.out
    return "\n".join(out + ["</svg>"])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", nargs="+", type=pathlib.Path)
    results = {}
    for path in parser.parse_args().json:
        for key, value in json.loads(path.read_text()).items():
            if isinstance(value, dict):
                results.setdefault(key, {}).update(value)
    print(draw(results))


if __name__ == "__main__":
    main()
