"""Mails (files) as Python's own parser understands them, a line of JSON each."""

import email
import email.policy
import json
import sys
from html.parser import HTMLParser


class Cells(HTMLParser):
    """The text of each cell, and every tag that there is."""

    def __init__(self):
        super().__init__()
        self.cells, self.tags, self.inside = [], set(), None

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside in ("td", "th"):
            self.cells[-1] += data


def addresses(header):
    return [[one.display_name, one.username, one.domain] for one in header.addresses]


for name in sys.argv[1:]:
    with open(name, "rb") as file:
        mail = email.message_from_string(file.read().decode("utf-8"), policy=email.policy.SMTPUTF8)
    parts = list(mail.iter_parts())
    text, html = (part.get_content() for part in parts)
    cells = Cells()
    cells.feed(html)
    defects = [str(defect) for part in [mail, *parts] for defect in part.defects]
    for header in mail.values():
        # Of an address that is not ASCII it says so, although the policy allows it.
        defects += [str(one) for one in header.defects if "NonASCIILocalPart" not in repr(one)]
    print(
        json.dumps(
            {
                "headers": mail.keys(),
                "from": addresses(mail["From"]),
                "to": addresses(mail["To"]),
                "subject": mail["Subject"],
                "date": mail["Date"].datetime.isoformat(),
                "message_id": str(mail["Message-ID"]),
                "type": mail.get_content_type(),
                "parts": [part.get_content_type() for part in parts],
                "text": text.replace("\r\n", "\n"),
                "cells": cells.cells,
                "tags": sorted(cells.tags),
                "defects": defects,
            }
        )
    )
