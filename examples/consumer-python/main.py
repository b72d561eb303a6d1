"""The smallest integration of an accounting program, in Python.

It reads the lines of one run of one ledger, drops what came twice, and proves with the control totals of run.completed
that nothing is missing. docs/contract.md says what to rely on.

    python main.py --brokers localhost:9092 --run nightly/2026-11-01       from Kafka (pip install -r requirements.txt)
    python main.py --csv november/nightly-2026-11-01.CUSTOMER.DKK.csv      from an exported file, without anything else

Exit codes: 0 everything is there, 1 error, 5 something is missing or too many, 75 the run is not completed.
"""

import argparse
import csv
import json
import os
import sys
import uuid
from decimal import Decimal

WHOLE, FAILED, NOT_WHOLE, TRY_AGAIN = 0, 1, 5, 75
SUFFIXES = {"CUSTOMER": "", "RESELLER": ".wholesale", "COST": ".cost"}


class Total:
    """How many lines, their sum, and the XOR of their ids, which does not depend on their order."""

    def __init__(self, lines=0, amount="0", hash="00000000-0000-0000-0000-000000000000"):
        self.lines, self.amount, self.hash = int(lines), Decimal(amount), uuid.UUID(hash).int

    def add(self, line_id, amount):
        self.lines += 1
        self.amount += Decimal(amount)  # amounts are texts: a binary float would lose cents
        self.hash ^= uuid.UUID(line_id).int

    def __eq__(self, other):
        return (self.lines, self.amount, self.hash) == (other.lines, other.amount, other.hash)

    def __str__(self):
        return f"{self.lines} lines, {self.amount}, {uuid.UUID(int=self.hash)}"


class Book:
    """What an accounting program keeps of a run. A real one would write the line where booked is called."""

    def __init__(self):
        self.seen, self.repeats, self.completed = set(), 0, False
        self.booked, self.announced = {}, {}

    def book(self, place, line_id, amount):
        if line_id in self.seen:  # topics are written at least once, each time with the same id
            self.repeats += 1
            return
        self.seen.add(line_id)
        self.booked.setdefault(place, Total()).add(line_id, amount)

    def announce(self, place, lines, amount, hash):
        self.announced[place], self.completed = Total(lines, amount, hash), True

    def report(self, name):
        if not self.completed:
            print(f"{name} is not completed")
            return TRY_AGAIN
        code = WHOLE
        for place in sorted(set(self.booked) | set(self.announced), key=str):
            booked, announced = self.booked.get(place, Total()), self.announced.get(place, Total())
            if booked != announced:
                code = NOT_WHOLE
                print(f"{place}: announced {announced}; read {booked}")
        print(f"{'OK' if code == WHOLE else 'NOT WHOLE'}: {name}, {len(self.seen)} lines, {self.repeats} came again")
        return code


def messages(brokers, topic):
    """Gives headers and value of each message of a topic, from the oldest to the end as it is now."""
    from kafka import KafkaConsumer, TopicPartition

    known = {}
    if os.environ.get("KAFKA_USER"):
        known = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-256",
                 "sasl_plain_username": os.environ["KAFKA_USER"], "sasl_plain_password": os.environ["KAFKA_PASSWORD"]}
    consumer = KafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False, consumer_timeout_ms=10_000, **known)
    try:
        partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        ends, begins = consumer.end_offsets(partitions), consumer.beginning_offsets(partitions)
        for partition in partitions:
            if begins[partition] >= ends[partition]:
                continue
            consumer.assign([partition])
            consumer.seek(partition, begins[partition])
            for message in consumer:
                yield {key: (value or b"").decode() for key, value in message.headers}, message.value
                if message.offset + 1 >= ends[partition]:
                    break
            else:
                raise RuntimeError(f"{topic}/{partition.partition}: the broker does not send what it has")
    finally:
        consumer.close()


def from_kafka(book, brokers, run, ledger):
    for headers, value in messages(brokers, "billing.runs" + SUFFIXES[ledger]):
        if headers.get("ce_type") == "run.completed.v1" and headers.get("ce_subject") == run:
            book.completed = True
            for shard in json.loads(value)["shards"]:
                for total in shard["totals"]:
                    book.announce((shard["shard"], total["currency"]), total["lines"], total["amount"], total["hash"])
    for headers, value in messages(brokers, "billing.lines" + SUFFIXES[ledger]):
        if headers.get("ce_type") == "billing.line.v1" and headers.get("ce_runid") == run:
            line = json.loads(value)  # what it does not know it leaves alone: new properties come
            shard = int(headers["ce_position"].split(":")[0])
            book.book((shard, line["currency"]), line["lineId"], line["amount"])


def from_csv(book, path):
    with open(path, newline="", encoding="utf-8") as file:
        for record in csv.DictReader(file):
            if record["lineId"] == "TOTAL":
                book.announce(record["currency"], record["controlLines"], record["amount"], record["controlHash"])
            else:
                book.book(record["currency"], record["lineId"], record["amount"])


def main():
    flags = argparse.ArgumentParser(description="Reads the lines of a run and proves that they are all.")
    flags.add_argument("--brokers", default=os.environ.get("KAFKA_BROKER", ""))
    flags.add_argument("--run", default="")
    flags.add_argument("--ledger", default="CUSTOMER", choices=sorted(SUFFIXES))
    flags.add_argument("--csv", default="", help="an exported file instead of Kafka")
    given = flags.parse_args()
    book = Book()
    if given.csv:
        from_csv(book, given.csv)
    elif given.brokers and given.run:
        from_kafka(book, given.brokers.split(","), given.run, given.ledger)
    else:
        flags.error("give --brokers and --run, or --csv")
    return book.report(given.csv or given.run)


if __name__ == "__main__":
    sys.exit(main())
