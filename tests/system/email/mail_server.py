"""A mail server for tests: aiosmtpd, which answers as the recipient's name asks, and writes each mail that it took as a
line of JSON."""

import argparse
import asyncio
import base64
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

arguments = argparse.ArgumentParser()
arguments.add_argument("mails", help="takes the mails")
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--certificate", help="a PEM file with the key: offers TLS")
arguments.add_argument("--from-the-start", action="store_true", help="TLS from the first byte on")
arguments.add_argument("--login", help="user:password that AUTH wants")
arguments.add_argument("--plain-login", action="store_true", help="AUTH also without TLS")
given = arguments.parse_args()
seen = {}


class Handler:
    def count(self, name):
        seen[name] = seen.get(name, 0) + 1
        return seen[name]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if address.startswith("greylisted") and self.count(address) == 1:
            return "451 4.7.1 come back later"
        if address.startswith("asleep"):
            print("asleep", flush=True)
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0]
        if name.startswith("spam"):
            return "554 5.7.1 not wanted"
        if name.startswith("full"):
            return "452 4.2.2 the mailbox is full"
        mail = {
            "peer": str(session.peer[1]),
            "ssl": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "login": session.auth_data.login.decode() if session.authenticated else "",
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "content": base64.b64encode(envelope.original_content).decode(),
        }
        with open(given.mails, "a") as mails:
            mails.write(json.dumps(mail) + "\n")
        if name.startswith("vanishing") and self.count(name) == 1:
            server.transport.abort()
        if name.startswith("silent"):
            print("silent", flush=True)
            await asyncio.sleep(3600)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    fits = isinstance(data, LoginPassword) and (data.login + b":" + data.password).decode() == given.login
    return AuthResult(success=fits, handled=False, auth_data=data)


async def serve():
    context = None
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate)

    def connection():
        return SMTP(
            Handler(),
            enable_SMTPUTF8=True,
            tls_context=None if given.from_the_start else context,
            authenticator=authenticate if given.login else None,
            auth_required=bool(given.login),
            auth_require_tls=not (given.plain_login or given.from_the_start),
        )

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", given.port, ssl=context if given.from_the_start else None
    )
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
