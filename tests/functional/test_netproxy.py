# SPDX-License-Identifier: ISC
"""The proxy other tests rely on: it delays as told, keeps order, cuts and heals, drops."""
import os, socket, subprocess, sys, threading, time

build = os.environ.get("WEAL_BUILD", "build/release-gcc")


heard = bytearray()


def echo_server():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen()

    def serve(c):
        while True:
            try:
                b = c.recv(65536)
            except OSError:
                return
            if not b:
                c.close()
                return
            heard.extend(b)
            c.sendall(b)

    def accept():
        while True:
            c, _ = s.accept()
            threading.Thread(target=serve, args=(c,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return s.getsockname()[1]


def recv_all(c, n):
    got = b""
    while len(got) < n:
        b = c.recv(n - len(got))
        if not b:
            raise EOFError
        got += b
    return got


def main():
    port = echo_server()
    p = subprocess.Popen([build + "/bin/netproxy", "--delay", "50", f"127.0.0.1:0=127.0.0.1:{port}"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def tell(line):
        p.stdin.write(line + "\n")
        answer = p.stdout.readline().strip()
        assert answer == "ok", answer

    listen = int(p.stdout.readline().split()[2])
    assert p.stdout.readline().strip() == "ready"
    c = socket.create_connection(("127.0.0.1", listen))
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c.settimeout(10)
    rtts = []
    for _ in range(10):
        t = time.monotonic()
        c.sendall(b"ping")
        recv_all(c, 4)
        rtts.append(time.monotonic() - t)
    assert min(rtts) >= 0.100, rtts
    assert sorted(rtts)[5] < 0.140, rtts

    data = os.urandom(3 << 20)  # order and content survive jitter
    tell("jitter all 20")
    threading.Thread(target=c.sendall, args=(data,), daemon=True).start()
    assert recv_all(c, len(data)) == data

    tell("cut 1")
    c.sendall(b"late")
    c.settimeout(0.5)
    try:
        c.recv(4)
        sys.exit("bytes crossed a cut")
    except socket.timeout:
        pass
    tell("heal 1")
    c.settimeout(5)
    assert recv_all(c, 4) == b"late"

    for way in "1", "2":  # what is said, then what is heard
        tell(f"cut 1 {way}")
        heard.clear()
        c.sendall(b"once")
        c.settimeout(0.5)
        try:
            c.recv(4)
            sys.exit("bytes crossed a one-way cut")
        except socket.timeout:
            pass
        assert (heard[-4:] == b"once") == (way == "2"), way
        tell("heal 1")
        c.settimeout(5)
        assert recv_all(c, 4) == b"once"

    tell("drop all")
    try:
        assert c.recv(1) == b""
    except ConnectionResetError:
        pass
    p.stdin.write("delay 9 9\n")
    assert p.stdout.readline().startswith("error")
    p.stdin.write("quit\n")
    p.wait(5)
    print("ok")


main()
