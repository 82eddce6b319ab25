"""An SVG keeps what draws, and nothing that runs, loads or links."""

from __future__ import annotations

import pytest

from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.edge.floors.safe_svg import MAX_ELEMENTS, clean_svg, is_svg

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def clean(inside: str, head: str = 'viewBox="0 0 200 100"') -> str:
    return clean_svg(f"<svg {NS} {head}>{inside}</svg>".encode())[0].decode()


class TestWhatGoes:
    @pytest.mark.parametrize(
        "inside",
        [
            "<script>fetch('//evil')</script>",
            '<rect width="5" height="5" onload="evil()" onclick="evil()"/>',
            '<image href="https://evil/x.png"/>',
            '<image xlink:href="data:image/svg+xml;base64,evil"/>',
            '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="evil()"/></foreignObject>',
            '<a href="javascript:evil()"><text>x</text></a>',
            '<use href="https://evil/x.svg#a"/>',
            '<use xlink:href="//evil#a"/>',
            '<rect style="fill:url(https://evil/x)"/>',
            '<rect style="background:url(evil)"/>',
            '<rect fill="url( \'https://evil\' )"/>',
            r'<rect fill="\75rl(https://evil)"/>',
            '<rect mask="image-set(\'https://evil/x\' 1x)"/>',
            '<rect style="mask:src(\'https://evil/x\')"/>',
            '<style>@import "https://evil"; .a{fill:url(//evil)} rect{fill:evil}</style><rect class="a"/>',
            '<animate attributeName="href" to="javascript:evil()"/>',
            '<set attributeName="onload" to="evil()"/>',
            '<rect xmlns:x="urn:evil" x:evil="1"/>',
            '<x:evil xmlns:x="urn:x"/>',
            '<iframe src="https://evil"/>',
        ],
    )  # fmt: skip
    def test_nothing_of_it_is_left(self, inside):
        assert "evil" not in clean(inside)

    def test_entities_are_refused_and_not_read(self):
        bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
        for data in (bomb, bomb.replace(b"DOCTYPE", b"doctype")):
            with pytest.raises(Invalid, match="defines entities"):
                clean_svg(data)

    def test_entities_in_utf_16_are_refused(self):
        # Two CJK characters in it are `<svg` as bytes, so that it passes for one.
        disguise = b"<svg".decode("utf-16-le")
        text = (
            f'<!DOCTYPE svg [<!ENTITY a "evil">]><svg xmlns="http://www.w3.org/2000/svg"'
            f' viewBox="0 0 9 9"><!--{disguise}--><text>&a;</text></svg>'
        )
        data = text.encode("utf-16")
        assert is_svg(data)
        with pytest.raises(Invalid, match="UTF-8"):
            clean_svg(data)

    # Read in more than one way, each of these takes hours: the test would not end.
    @pytest.mark.parametrize(
        "style",
        [
            "a" * 2_000_000,
            "/*" * 1_000_000,
            "/**/" * 500_000,
            ".a," * 300_000 + ".a{" + "fill:red;" * 100_000 + "}",
        ],
        ids=["no rule", "open comments", "comments", "selectors"],
    )
    def test_a_style_made_to_be_slow_is_read_once(self, style):
        assert "<style" not in clean(f"<style>{style}</style>")

    def test_a_size_of_a_million_digits_is_none(self):
        with pytest.raises(Invalid, match="how large"):
            clean("", f'width="{"1" * 1_000_000}x" height="9"')

    def test_too_much_is_refused(self):
        with pytest.raises(TooLarge, match="elements"):
            clean("<g/>" * (MAX_ELEMENTS + 1))

    def test_what_is_used_again_and_again_counts_each_time(self):
        """Ten steps of ten: a short file that a browser would draw ten thousand million times."""
        steps = "".join(
            f'<g id="s{n}">' + f'<use href="#s{n - 1}"/>' * 10 + "</g>" for n in range(1, 11)
        )
        with pytest.raises(TooLarge, match="draws more than"):
            clean(f'<defs><g id="s0"><rect/></g>{steps}</defs><use href="#s10"/>')
        with pytest.raises(TooLarge, match="draws more than"):
            clean('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')
        doors = '<use href="#door"/>' * 300
        assert clean(f'<defs><g id="door"><path/></g></defs>{doors}').count("<use") == 300

    def test_what_is_nested_deeper_than_any_drawing_is_cut(self):
        assert clean("<g>" * 100 + "<rect/>" + "</g>" * 100).count("<g") <= 65


class TestWhatStays:
    def test_shapes_with_their_look(self):
        kept = clean(
            '<g transform="translate(1 2)"><path d="M0 0h10" style="fill:none;stroke:#123"/></g>'
        )

        assert 'transform="translate(1 2)"' in kept
        assert 'fill="none"' in kept
        assert 'stroke="#123"' in kept

    def test_rules_of_a_class_become_attributes(self):
        """Drawing programs write the look of all walls as one rule."""
        kept = clean(
            "<style>/* x */ .wall, .b { fill: none; stroke: #000 }</style><rect class='b wall'/>"
        )

        assert '<rect fill="none" stroke="#000"' in kept

    def test_references_inside_the_drawing(self):
        kept = clean(
            '<defs><g id="door"/></defs><use xlink:href="#door" x="5"/><rect fill="url(#p)"/>'
        )

        assert 'href="#door"' in kept
        assert 'fill="url(#p)"' in kept

    def test_an_old_doctype_that_defines_nothing(self):
        head = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'

        assert clean_svg(f'<?xml version="1.0"?>{head}<svg {NS} viewBox="0 0 2 1"/>'.encode())[
            1:
        ] == (2, 1)


class TestSize:
    @pytest.mark.parametrize(
        ("head", "size"),
        [
            ('viewBox="0 0 200 100"', (200, 100)),
            ('viewBox="-5,-5,297,210" width="100%"', (297, 210)),
            ('width="297mm" height="210mm"', (297, 210)),
            ('width="1e2" height="40.6px"', (100, 41)),
        ],
    )
    def test_is_that_of_the_drawing(self, head, size):
        svg, *found = clean_svg(f"<svg {NS} {head}/>".encode())

        assert tuple(found) == size
        assert b"viewBox" in svg

    @pytest.mark.parametrize(
        "head", ["", 'width="100%" height="100%"', 'viewBox="0 0 0 5"', 'viewBox="0 0 1 500"']
    )
    def test_is_asked_for_where_it_is_unknown(self, head):
        with pytest.raises(Invalid):
            clean_svg(f"<svg {NS} {head}/>".encode())
