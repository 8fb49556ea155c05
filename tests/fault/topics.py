"""Reads what Kafka holds with another client than the framework's, the one that comes with the newest librdkafka."""

import ctypes
import importlib
import os
import sys
import time


def header(record, name):
    for key, value in record.headers() or []:
        if key == name:
            return value.decode()
    return None


class Topics:
    def __init__(self, folder, bootstrap, violation):
        """`folder` holds confluent_kafka; `violation` is told what should not be."""
        # Its library lies beside the module under a name of its own; loaded first, it is found by the name that it
        # goes by.
        ctypes.CDLL(os.path.join(folder, "librdkafka.so"), ctypes.RTLD_GLOBAL)
        sys.path.insert(0, folder)
        self.kafka = importlib.import_module("confluent_kafka")
        self.admin = importlib.import_module("confluent_kafka.admin")
        self.bootstrap, self.violation = bootstrap, violation
        self.client = self.connect("nobody")

    def connect(self, group):
        return self.kafka.Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": group, "enable.auto.commit": False,
            "enable.partition.eof": True, "isolation.level": "read_committed", "check.crcs": True,
            "fetch.wait.max.ms": 20})

    def names(self):
        return sorted(self.client.list_topics(timeout=20).topics)

    def partitions(self, topic):
        known = self.client.list_topics(topic, 20).topics[topic]
        if known.error:
            raise self.kafka.KafkaException(known.error)
        return sorted(known.partitions)

    def ends(self, topic):
        """Where each partition ends for readers of what is committed."""
        return {one: self.client.get_watermark_offsets(self.kafka.TopicPartition(topic, one), 20)[1]
                for one in self.partitions(topic)}

    def committed(self, group, topic):
        client = self.connect(group)
        found = client.committed([self.kafka.TopicPartition(topic, one) for one in self.partitions(topic)], 20)
        client.close()
        return {one.partition: one.offset for one in found}

    def ends_of_all(self, topic):
        """Where each partition ends for everybody, what transactions have left open included."""
        of = {self.kafka.TopicPartition(topic, one): self.admin.OffsetSpec.latest() for one in self.partitions(topic)}
        asking = self.admin.AdminClient({"bootstrap.servers": self.bootstrap})
        found = asking.list_offsets(of, isolation_level=self.kafka.IsolationLevel.READ_UNCOMMITTED)
        return {at.partition: one.result(20).offset for at, one in found.items()}

    def read(self, topic):
        """All of a topic that nobody writes to. What a killed process left open holds readers back until its time is
        over."""
        left = self.ends_of_all(topic)
        self.client.assign([self.kafka.TopicPartition(topic, one, 0) for one in left])
        records = []
        until = time.monotonic() + 60
        while left:
            if time.monotonic() > until:
                self.violation(f"I14 in {topic} a transaction is still open")
                break
            for one in self.client.consume(10_000, 0.1):
                if not one.error():
                    records.append(one)
                    until = time.monotonic() + 60
                elif one.error().code() == self.kafka.KafkaError._PARTITION_EOF:
                    if one.offset() >= left.get(one.partition(), 0):
                        left.pop(one.partition(), None)
                elif not one.error().retriable():
                    raise self.kafka.KafkaException(one.error())
        self.client.unassign()
        return records
