# SPDX-License-Identifier: ISC
"""The manual pages name every command and option that the programs' help names, and no other command; the
completion offers them."""
import os, re, subprocess

build = os.environ.get("WEAL_BUILD", "build/release-gcc")
here = os.path.dirname(os.path.abspath(__file__))
contrib = os.path.join(here, "..", "..", "contrib")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout


help_ = output(os.path.join(build, "bin", "weal"), "--help")
commands = set(re.findall(r"^  ([a-z]+)", help_, re.M))
options = set(re.findall(r"^  (--[a-z-]+)", help_, re.M))
assert len(commands) > 15 and len(options) > 10
with open(os.path.join(contrib, "man", "weal.1")) as f:
    page = f.read()
body = page.split(".SH COMMANDS")[1].split(".SH OPTIONS")[0]
named = set(re.findall(r'^\.BR? "?([a-z]+)', body, re.M))
assert named == commands, (commands - named, named - commands)
plain = page.replace("\\-", "-")
missing = [o for o in options if o not in plain]
assert not missing, missing

script = (f'source {contrib}/completion/weal; COMP_WORDS=({build}/bin/weal "$1"); COMP_CWORD=1; _weal; '
          'printf "%s\\n" "${COMPREPLY[@]}"')
for begin, want in (("ba", {"balance"}), ("hi", {"history"}), ("--no", {"--node", "--no-wait", "--now"})):
    got = set(output("bash", "-c", script, "bash", begin).split())
    assert got == want, (begin, got)
print(f"{len(commands)} commands and {len(options)} options are in the manual and completed")
