"""compose.yaml against the Compose specification, and against the table of roles of the binary."""

import copy
import json
import pathlib
import re
import subprocess
import sys
import unittest

import jsonschema
import yaml

HERE = pathlib.Path(__file__).parent
COMPOSE = HERE.parent.parent / "compose"
APPS = sys.argv.pop() if len(sys.argv) > 1 else "sluice-apps"


def breaches(document):
    """What the specification forbids: by its schema, and by what it says of references."""
    schema = json.loads((HERE / "compose_spec.json").read_text())
    found = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in jsonschema.Draft7Validator(schema).iter_errors(document)]
    services, volumes, published = document["services"], document.get("volumes", {}), set()
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            target = services.get(other)
            if target is None:
                found.append(f"{name} depends on {other}, which is not there")
            elif how["condition"] == "service_healthy" and "test" not in target.get("healthcheck", {}):
                found.append(f"{name} waits for the health of {other}, which has no health check")
            elif how["condition"] == "service_completed_successfully" and target.get("restart") != "no":
                found.append(f"{name} waits for the end of {other}, which is started again")
        for volume in service.get("volumes", []):
            if volume.split(":")[0] not in volumes:
                found.append(f"{name} mounts {volume}, which is not declared")
        for port in service.get("ports", []):
            host = port.rsplit(":", 1)[0]
            if host in published:
                found.append(f"{name} publishes {host}, which another service does")
            published.add(host)
    return found


def contradictions(document, roles):
    """Where the services are not the roles."""
    found, services = [], document["services"]
    running = {s["command"][1]: s for s in services.values() if s.get("command", [""])[0] == "run"}
    for role in roles:
        service = services.get(role["name"])
        if service is None or service.get("command") != ["run", role["name"]]:
            found.append(f"no service {role['name']} that runs the role")
        elif "serves" in role:
            port = role["serves"]["port"]
            if f"127.0.0.1:{port}:{port}" not in service.get("ports", []):
                found.append(f"{role['name']} does not publish port {port} on loopback")
    found += [f"no role {name}" for name in running.keys() - {role["name"] for role in roles}]
    return found


def without(document, *path):
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return changed


class ComposeFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = yaml.safe_load((COMPOSE / "compose.yaml").read_text())
        topology = subprocess.run([APPS, "topology", "--format", "json"], check=True, capture_output=True)
        cls.roles = json.loads(topology.stdout)["roles"]

    def test_it_keeps_to_the_specification(self):
        self.assertEqual(breaches(self.document), [])

    def test_breaches_are_found(self):
        unknown = copy.deepcopy(self.document)
        unknown["services"]["checkout"]["prots"] = ["8080"]
        self.assertTrue(any("prots" in breach for breach in breaches(unknown)))
        for path in (("services", "topics"), ("services", "kafka-1", "healthcheck"), ("volumes", "email"),
                     ("services", "topics", "restart")):
            self.assertTrue(breaches(without(self.document, *path)), path)

    def test_every_role_has_its_service_and_every_service_its_role(self):
        self.assertGreaterEqual(len(self.roles), 2)
        self.assertEqual(contradictions(self.document, self.roles), [])

    def test_contradictions_are_found(self):
        for path in (("services", "inventory"), ("services", "checkout", "ports")):
            self.assertTrue(contradictions(without(self.document, *path), self.roles), path)
        self.assertTrue(contradictions(self.document, self.roles[1:]))

    def test_the_binary_knows_every_setting_that_it_is_given(self):
        environment = re.search(r"^ENV (.*)$", (COMPOSE / "Dockerfile").read_text(), re.MULTILINE)[1]
        image = dict(pair.split("=", 1) for pair in environment.split())
        for name, service in self.document["services"].items():
            if service["image"] != "sluice-apps":
                continue
            given = {key: str(value) for key, value in {**image, **service["environment"]}.items()}
            config = subprocess.run([APPS, "config"], env=given, capture_output=True, text=True)
            self.assertEqual(config.returncode, 0, f"{name}: {config.stderr}")
            secret = given.pop("SLUICE_POSTGRES_URL")
            self.assertNotIn(secret, config.stdout)
            self.assertRegex(config.stdout, r"postgres.url +\(secret\)")
            for value in given.values():
                self.assertIn(value, config.stdout)

    def test_kafka_is_the_version_that_the_tests_run(self):
        pom = (HERE.parent / "servers" / "pom.xml").read_text()
        version = re.search(r"kafka_2.13</artifactId>\s*<version>([^<]+)", pom).group(1)
        images = {s["image"] for s in self.document["services"].values() if "kafka" in s["image"]}
        self.assertEqual(images, {f"apache/kafka:{version}"})

    def test_the_image_is_built_from_what_is_there(self):
        for line in (COMPOSE / "Dockerfile").read_text().splitlines():
            if line.startswith("COPY") and "--from" not in line:
                for source in line.split()[1:-1]:
                    self.assertTrue((COMPOSE.parent / source).exists(), source)


if __name__ == "__main__":
    unittest.main()
