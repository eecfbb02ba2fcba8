from datetime import date

from reading import Reader

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>ArXiv Query</title>
<entry>
  <id>http://arxiv.org/abs/2501.00001v2</id><published>2025-01-16T10:00:00Z</published>
  <title>Trees with $x &lt; y$
 and More</title>
  <summary>  If $a &lt; b$, trees are 2x faster. </summary>
  <author><name>Ann Doe</name></author><author><name>Bo Roe</name></author>
  <arxiv:doi>10.1/2</arxiv:doi><arxiv:primary_category term="cs.LG"/>
</entry>
<entry><title>Nothing</title></entry>
<entry><title>Second</title><summary>Second abstract.</summary></entry>
</feed>"""


def test_entries(read: Reader) -> None:
    found = read("query.xml", FEED)
    assert found.titles == ["Trees with $x < y$ and More", "Second"]
    paper = found.papers[0]
    assert (paper.abstract, paper.authors) == ("If $a < b$, trees are 2x faster.", ("Ann Doe", "Bo Roe"))
    assert (paper.published, paper.subject, paper.doi) == (date(2025, 1, 16), "cs.LG", "10.1/2")
    assert (paper.arxiv_id, paper.url) == ("2501.00001v2", "http://arxiv.org/abs/2501.00001v2")
    assert found.rejects == ["query.xml:12: entry has no abstract"]


def test_another_encoding(read: Reader) -> None:
    feed = FEED.replace("UTF-8", "ISO-8859-1").replace("Ann Doe", "Ann Müller").encode("latin-1")
    assert read("query.xml", feed).papers[0].authors[0] == "Ann Müller"


def test_a_cut_feed_gives_what_is_there(read: Reader) -> None:
    found = read("query.xml", FEED[: FEED.index("<entry><title>Nothing")])
    assert found.titles == ["Trees with $x < y$ and More"]
    assert found.rejects[0].startswith("query.xml: the feed is damaged: ")


def test_other_xml_is_not_taken_for_text(read: Reader) -> None:
    found = read("a.xml", "<?xml version='1.0'?><article><p>" + "A sentence of prose. " * 20 + "</p></article>")
    assert not found.papers
    assert found.rejects[0] == "a.xml: is XML that is not an Atom feed"


def test_names_of_letters_that_xml_does_not_know_are_read(read: Reader) -> None:
    found = read("query.xml", FEED.replace("Ann Doe", "Ann&nbsp;M&uuml;ller").replace("2x faster", "2&times; faster"))
    assert found.titles == ["Trees with $x < y$ and More", "Second"]
    assert (found.papers[0].abstract, found.papers[0].authors[0]) == ("If $a < b$, trees are 2× faster.", "Ann Müller")


def test_a_damaged_entry_is_named_and_the_others_are_kept(read: Reader) -> None:
    found = read("query.xml", FEED.replace("If $a", "If <![CDATA[ $a"))
    assert found.titles == ["Second"]
    assert found.rejects[0].startswith("query.xml:4: the entry is damaged: ")


def test_entities_neither_grow_nor_read_files(read: Reader) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    kind = f'<!DOCTYPE feed [<!ENTITY l0 "lol">{levels}<!ENTITY passwd SYSTEM "file:///etc/passwd">]>'
    text = FEED.replace("<feed", kind + "<feed", 1).replace("2x faster", "2x faster &l9; &passwd;")
    found = read("query.xml", text)
    assert all("root:" not in paper.abstract and len(paper.abstract) < 200 for paper in found.papers)
    assert "Second" in found.titles
