# SPDX-License-Identifier: ISC
"""A WebSocket client for tests: text messages, several in one write, nothing more (RFC 6455)."""
import base64
import json
import os
import socket
import struct


class WebSocket:
    def __init__(self, port, host="127.0.0.1", timeout=10, me=None):
        """me: an address of this machine to come from."""
        self.socket = socket.create_connection((host, port), timeout=timeout,
                                               source_address=(me, 0) if me else None)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Protocol: weal\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._read()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def _read(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the node has closed the connection")
        self.buffer += data

    @staticmethod
    def frame(text, opcode=1):
        data, mask = text.encode(), os.urandom(4)
        n = len(data)
        size = (bytes([0x80 | n]) if n < 126 else bytes([0xfe]) + struct.pack(">H", n) if n < 65536
                else bytes([0xff]) + struct.pack(">Q", n))
        return bytes([0x80 | opcode]) + size + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(data))

    def send(self, *texts):
        self.socket.sendall(b"".join(self.frame(t) for t in texts))

    def receive(self):
        """The next message, decoded; EOFError when the node closes."""
        out = b""
        while True:
            while len(self.buffer) < 10 and (len(self.buffer) < 2 or len(self.buffer) < 2 + self._extra()):
                self._read()
            opcode, n, at = self.buffer[0], self.buffer[1] & 127, 2 + self._extra()
            if n == 126:
                n = struct.unpack(">H", self.buffer[2:4])[0]
            elif n == 127:
                n = struct.unpack(">Q", self.buffer[2:10])[0]
            while len(self.buffer) < at + n:
                self._read()
            data, self.buffer = self.buffer[at:at + n], self.buffer[at + n:]
            if opcode & 15 == 8:
                raise EOFError("closed by the node")
            if opcode & 15 in (9, 10):
                continue
            out += data
            if opcode & 0x80:
                return json.loads(out)

    def _extra(self):
        return {126: 2, 127: 8}.get(self.buffer[1] & 127, 0)

    def close(self):
        self.socket.close()
