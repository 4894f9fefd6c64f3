# SPDX-License-Identifier: ISC
"""What a person at a terminal meets: passwords that are asked for and not shown, the same twice, a wrong
one, 24 words that restore, a question before money goes, and sentences."""
import os, pty, re, select, shutil, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "contrib", "devnet"))
from devnet import Devnet, people_genesis
from words_account import account_of_words

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
root = tempfile.mkdtemp(prefix="weal-terminal-")
WORDS = " ".join(["abandon"] * 23 + ["art"])


def person(*args, says=(), wallet="w"):
    """Runs weal on a terminal; says: (what is waited for, what is typed). The screen and the exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        program = os.path.join(build, "bin", "weal")
        os.execv(program, [program, "--light", "--wallet", os.path.join(root, wallet), "--node",
                           f"127.0.0.1:{port}", *args])
    screen, says, end = "", list(says), time.time() + 30
    seen = 0
    while time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                got = os.read(fd, 65536)
            except OSError:
                break
            if not got:
                break
            screen += got.decode(errors="replace")
        if says and says[0][0] in screen[seen:]:
            seen = len(screen)
            os.write(fd, (says.pop(0)[1] + "\n").encode())
    if time.time() >= end:
        os.kill(pid, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    assert not says, (args, "never asked:", says, screen)
    return screen, code


net = Devnet(build, os.path.join(root, "net"))
net.extra_genesis = {**people_genesis(build, net.root),
                     "grants": [{"account": account_of_words(), "micro": "5000000000"}]}
try:
    net.start()
    net.wait_height(3, 30)
    port = net.nodes[0].port
    ask, again = "Password of this wallet: ", "The same once more: "

    screen, code = person("balance")
    assert code == 5 and "weal create" in screen and "(wallet-absent)" in screen, screen
    screen, code = person("create", says=[(ask, "one secret"), (again, "another")])
    assert code == 5 and "not the same" in screen and "secret" not in screen, screen
    screen, code = person("create", says=[(ask, "one secret"), (again, "one secret")])
    assert code == 0 and "secret" not in screen, screen
    assert len(re.findall(r"[0-9]+\. [a-z]+", screen)) == 24, screen
    address = re.search(r"dweal1[a-z0-9]+", screen).group(0)
    screen, code = person("create")
    assert code == 5 and "already" in screen, screen

    screen, code = person("restore", says=[("words", WORDS + "x\n")], wallet="r")
    assert code == 5 and "words-unknown" in screen, screen
    screen, code = person("restore", says=[("words", WORDS + "\n"), (ask, "s"), (again, "s")], wallet="r")
    assert code == 0, screen

    screen, code = person("pay", address, "12.5", "IT", says=[(ask, "wrong")], wallet="r")
    assert code == 5 and "not the password" in screen, screen
    screen, code = person("pay", address, "12.5", "IT", says=[(ask, "s"), ("[y/N]", "n")], wallet="r")
    assert code == 1 and "nothing was paid" in screen, screen
    screen, code = person("pay", address, "12.5", "IT", says=[(ask, "s"), ("[y/N]", "y")], wallet="r")
    assert code == 0 and "You pay 12.5 IT" in screen and "proven by its receipt" in screen, screen
    screen, code = person("balance")
    assert code == 0 and re.search(r"12\.5 IT", screen) and "Proven as of block" in screen, screen
    screen, code = person("history", says=[(ask, "one secret")])
    assert code == 0 and re.search(r"received +12\.5 IT", screen), screen
    screen, code = person("receipts", says=[(ask, "one secret")])
    assert code == 0 and "No receipts yet" in screen, screen
    screen, code = person("request", "3")
    assert code == 0 and "\u2584" in screen, screen  # a code to be photographed
    print("a person at a terminal: created, restored, declined, paid, looked")
    assert all(c == 0 for c in net.stop())
    shutil.rmtree(root)
finally:
    net.stop()
