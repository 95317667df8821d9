"""One shell for every HTML report: a single file without a network, readable without JavaScript.

A report makes a `Head` (what kind of report, the answer, who and when as `Facts`) and sections, and `document` puts
them into a page:

    part = Part("people", "People", "18 devices", (Column("Mailbox", find="Mailbox or device"), Column("Device")))
    rows = [Row(("<b>cells are HTML</b>", to_html(foreign)), choices=(("state", ("Loses access",)),))]
    text = document(Head("Plan", "7 devices lose access", facts), [table_section(part, rows)])

- `document`: the skeleton, a policy of content by hashes, the head, the contents, the footer.
- `table`: a section with a table. Cells are HTML; headings, captions and choices are texts. A table has labelled
  filters: `Part.choices` names lists to choose from, which rows answer by `Row.choices`, and `Column.find` names a box
  to type in. `Part.links` makes an address of each choice (`#people-loses-access`), also without JavaScript.
- `states`: access states as cells, with shape, word and color.
- `words`: the section that explains terms.
- `styles` and `script`: light, dark, phone and print, and what sorts and filters. There is no other style or script:
  the page forbids it.
"""
