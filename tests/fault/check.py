"""Judges a run of a fault test without any code of the framework: what the topics and the group's offsets hold, read
with another client, and what the workers wrote down. Prints a JSON object: violations (none: all is well), counts."""

import argparse
import collections
import json
import pathlib
import sqlite3
import zlib

from topics import Topics, header

parser = argparse.ArgumentParser()
parser.add_argument("--client", required=True, help="the folder with confluent_kafka")
parser.add_argument("--bootstrap", required=True)
parser.add_argument("--input", required=True)
parser.add_argument("--output", required=True)
parser.add_argument("--group", required=True)
parser.add_argument("--folder", type=pathlib.Path, required=True, help="load.json and the workers' *.jsonl")
parser.add_argument("--store", help="the file of the handlers' effects")
parser.add_argument("--exactly-once", action="store_true")
parser.add_argument("--unordered", action="store_true")
given = parser.parse_args()

violations = []
counts = collections.Counter()


def violation(text):
    counts["violations"] += 1
    if len(violations) < 20:
        violations.append(text)


def place(text):
    partition, offset = text.split("/")[-2:]
    return int(partition), int(offset)


# ---- what Kafka holds
log = Topics(given.client, given.bootstrap, violation)
source = {(one.partition(), one.offset()): one for one in log.read(given.input)}
output = log.read(given.output)
letters = log.read(f"{given.input}.{given.group}.dlt")
ends, committed = log.ends(given.input), log.committed(given.group, given.input)
counts.update(input=len(source), output=len(output), dead_letters=len(letters))


def check_input():
    """I1, I3, I4, I5: what was acknowledged is there, once, in its order; what was not sent is not."""
    load = json.loads((given.folder / "load.json").read_text())
    numbers = collections.defaultdict(list)
    for at in sorted(source):
        value = json.loads(source[at].value())
        text = f"{value['key']}/{value['number']}/{value['fate']}"
        if zlib.crc32(text.encode()) != value["sum"] or source[at].key().decode() != value["key"]:
            violation(f"I2 the input at {at} is not what was sent")
        numbers[value["key"]].append(value["number"])
    for key in load.keys() | numbers.keys():
        of = load.get(key, {"given": 0, "not_sent": [], "unknown": []})
        counts.update(not_sent=len(of["not_sent"]), unknown=len(of["unknown"]))
        there = set(numbers[key])
        if numbers[key] != sorted(there):
            violation(f"I3/I5 {key} is not in the order of its sends, each once: {numbers[key]}")
        if missing := set(range(of["given"])) - there - set(of["not_sent"]) - set(of["unknown"]):
            violation(f"I1 {key}: acknowledged and not in the log: {sorted(missing)[:20]}")
        if wrong := there & set(of["not_sent"]) | {one for one in there if one >= of["given"]}:
            violation(f"I4 {key}: not sent and in the log: {sorted(wrong)[:20]}")


def check_output():
    """I10, I13: each record is handled or dead-lettered, as it asks for, and nothing else is there."""
    handled, dead = collections.Counter(), collections.Counter()
    for one, seen, name in [(one, handled, "output") for one in output] + [(one, dead, "letter") for one in letters]:
        at = place(header(one, "made-from") or header(one, "sluice-id"))
        seen[at] += 1
        if at not in source:
            violation(f"I13 an {name} comes from {at}, which is not in the input")
        elif (one.key(), one.value()) != (source[at].key(), source[at].value()):
            violation(f"I13 the {name} of {at} has other bytes")
    for at, one in source.items():
        poison = json.loads(one.value())["fate"] == "poison"
        if poison and at in handled or not poison and at in dead:
            violation(f"I13 {at} should {'' if poison else 'not '}be dead-lettered")
        if at not in handled and at not in dead:
            violation(f"I13 {at} is lost")
    repeats = sum(seen - 1 for seen in (handled + dead).values())
    counts["repeats"] = repeats
    if given.exactly_once and repeats:
        some = [at for at, seen in (handled + dead).items() if seen > 1][:5]
        violation(f"I10 {repeats} records are there again, for instance of {some}")


def check_order():
    """I12: a key's records come out in order, but for repeats."""
    last, seen = {}, set()
    for one in sorted(output, key=lambda one: (one.partition(), one.offset())):
        value = json.loads(one.value())
        name = (value["key"], value["number"])
        if name in seen:
            continue
        seen.add(name)
        if value["number"] < last.get(value["key"], -1):
            violation(f"I12 {value['key']}: {value['number']} comes after {last[value['key']]}")
        last[value["key"]] = value["number"]


def check_effects():
    """I10: one effect for each record that is not poison."""
    with sqlite3.connect(given.store) as store:
        effects = collections.Counter(place(at) for at, in store.execute("SELECT at FROM effects"))
    counts["effects"] = effects.total()
    due = collections.Counter(at for at, one in source.items() if json.loads(one.value())["fate"] != "poison")
    if effects != due:
        violation(f"I10 {sum((due - effects).values())} effects are missing, {sum((effects - due).values())} too many")


def check_offsets():
    """I8, I14: everything is committed."""
    for partition, end in ends.items():
        if max(committed[partition], 0) != end:
            violation(f"I8/I14 partition {partition} ends at {end}, committed is {committed[partition]}")


# ---- what the workers say
def events():
    """Of all workers, in the order of time; a line that its worker was killed in is not there."""
    all_lines = []
    for file in sorted(given.folder.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            event["w"] = file.stem
            all_lines.append(event)
    return sorted(all_lines, key=lambda event: event["t"])


def progress(offset, text):
    """What a commit's metadata says beyond it: (offset, None) is finished, (offset, n) has failed n times, first at @t."""
    head, _, runs = text.partition(":")
    if head != f"sluice/1 {offset}":
        return
    for run in runs.split():
        count, _, failures = run[1:].partition("*")
        for one in range(offset, offset + int(count)):
            yield one, (None if run[0] == "+" else int(failures.partition("@")[0] or 0))
        offset += int(count)


class Partition:
    """As one worker sees it, from `assigned` to `gone`."""

    def __init__(self, known):
        self.open = True
        self.base, text = known  # acknowledged before it was assigned
        self.known = dict(progress(self.base, text))
        self.first = None  # polled
        self.next = None
        self.finished = set()
        self.commit = None  # the highest issued
        self.committed = None  # the last acknowledged


def check_workers():
    finished = collections.defaultdict(set)
    prefix = collections.Counter()
    acknowledged = collections.defaultdict(lambda: (0, ""))
    issued = collections.defaultdict(set)
    owned = {}
    pending = {}
    for event in events():
        kind, worker, p = event["e"], event["w"], event.get("p")
        mine = owned.get((worker, p))
        counts[kind] += 1
        if kind == "assigned":
            for one in event["ps"]:
                owned[worker, one] = Partition(acknowledged[one])
        elif kind in ("revoked", "lost"):
            for one in event["ps"]:
                if (worker, one) in owned:
                    owned[worker, one].open = False
                    owned[worker, one].lost = kind == "lost"
        elif kind == "gone":
            for one in event["ps"]:
                owned.pop((worker, one), None)
        elif kind == "polled":
            if mine is None:
                violation(f"I9 {worker} polled from {p}, which it does not own")
                continue
            if mine.first is None:
                mine.first = mine.next = event["from"]
                if event["from"] != mine.base and event["from"] not in issued[p]:
                    violation(f"I11 {worker} starts {p} at {event['from']}, committed was {mine.base}")
            if event["from"] != mine.next or event["to"] != event["from"] + event["n"] - 1:
                violation(f"I6 {worker} polled {event} and expected {mine.next}")
            mine.next = event["to"] + 1
        elif kind == "start":
            if mine is None or not mine.open:
                violation(f"I9 {worker} starts {p}/{event['o']} after its partition was revoked")
            elif event["o"] < mine.base or mine.known.get(event["o"], 0) is None:
                violation(f"I11 {worker} handles {p}/{event['o']} again, committed was {mine.base} {mine.known}")
            elif event["a"] <= mine.known.get(event["o"], 0):
                violation(f"I11 {worker} forgets attempts of {p}/{event['o']}: {event['a']}, {mine.known}")
        elif kind in ("end", "failed", "cut"):
            if mine is None:
                violation(f"I9 {worker} handled {p}/{event['o']} after it was given up")
        elif kind in ("sent", "buried"):
            finished[p].add(event["o"])
            while prefix[p] in finished[p]:
                prefix[p] += 1
            if mine is not None:
                mine.finished.add(event["o"])
        elif kind == "commit":
            pending[worker, event["id"]] = event
            for one, (offset, text) in ((int(one), said) for one, said in event["to"].items()):
                issued[one].add(offset)
                mine = owned.get((worker, one))
                # A transaction is both at once, and a worker that is killed after it has not said so.
                if offset > prefix[one] and not given.exactly_once:
                    violation(f"I7 {worker} commits {one}/{offset}, finished is {prefix[one]}")
                early = not given.exactly_once and [o for o, failed in progress(offset, text) if failed is None and o not in finished[one]]
                counts["finished beyond commits"] += len(text.split("+")) - 1
                if early:
                    violation(f"I7 {worker} commits {one}/{offset} {text}, not finished: {early[:5]}")
                if mine is None or getattr(mine, "lost", False):
                    violation(f"I9 {worker} commits {one}/{offset}, which it does not own")
                elif mine.commit is not None and offset < mine.commit:
                    violation(f"I8 {worker} commits {one}/{offset} after {mine.commit}")
                else:
                    mine.commit = offset
        elif kind == "committed":
            for one, (offset, text) in pending.pop((worker, event["id"]))["to"].items():
                one = int(one)
                if offset >= acknowledged[one][0]:
                    acknowledged[one] = (offset, text)
                if (worker, one) in owned:
                    owned[worker, one].committed = offset
        elif kind == "stopped" and event["clean"] and not given.exactly_once:
            for (who, one), mine in owned.items():
                if who != worker or mine.first is None:
                    continue
                end = mine.first
                while end in mine.finished:
                    end += 1
                if end > mine.first and (mine.committed or 0) < end:
                    violation(f"I15 {worker} ends in order, handled {one} to {end}, committed {mine.committed}")


check_input()
check_output()
if not given.unordered:
    check_order()
check_offsets()
if given.store:
    check_effects()
check_workers()
print(json.dumps({"violations": violations, "counts": counts}))
