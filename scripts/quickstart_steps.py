"""The steps of scripts/quickstart after the packages are there: build, servers, sign-in, two runs, summary."""
import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), os.path.join(ROOT, "scripts")]

from rig import Account, BrowserError, MissingProgram, Rig  # noqa: E402
from rig import authorization_server  # noqa: E402
from rig.haulier_program import HaulierProgram, LoginFailed  # noqa: E402
from sample_mail import profiles, store  # noqa: E402

BUILD = os.path.join(ROOT, "build", "release")
STATE = os.path.join(ROOT, "build", "quickstart")
PIPELINE = os.path.join("pipelines", "imap_to_sqlite.yaml")
PROFILE = "sample"


class Stop(Exception):
    """Ends the quickstart with a sentence and exit code 1."""


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"\n== {text}")


def build():
    step("Building Haulier (the first time takes a few minutes)")
    os.makedirs(BUILD, exist_ok=True)
    log = os.path.join(BUILD, "quickstart.log")
    with open(log, "w") as file:
        configured = subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, stdout=file, stderr=file).returncode == 0
        if not configured or not compile_with_progress(file):
            file.flush()
            with open(log, errors="replace") as text:
                raise Stop(f"the build failed; the end of {log}:\n" + "".join(text.readlines()[-25:]))


def compile_with_progress(log):
    """Runs ninja; its words go to the log, and how far it is to the terminal."""
    ninja = subprocess.Popen(["ninja", "-C", BUILD], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", env={**os.environ, "NINJA_STATUS": "[%f/%t] "})
    for line in ninja.stdout:
        log.write(line)
        if line.startswith("[") and sys.stdout.isatty():
            print(f"\r  {line[1:line.index(']')]} ", end="", flush=True)
    if sys.stdout.isatty():
        print("\r" + " " * 20 + "\r", end="")
    return ninja.wait() == 0


def start_servers(account, with_oauth):
    # Certificates are made for each use: they cost nothing, and old ones would have run out one day.
    shutil.rmtree(os.path.join(STATE, "rig", "certificates"), ignore_errors=True)
    return Rig(os.path.join(STATE, "rig"), [account], with_oauth=with_oauth, with_passwords=not with_oauth)


def run_pipeline(program, settings, label):
    """One `haulier run` with its progress on the terminal; returns the run report."""
    report = os.path.join(STATE, f"{label}.report.json")
    options = [word for setting in settings for word in ("--set", setting)]
    command = [program.binary, "run", os.path.join(ROOT, PIPELINE), "--report", report, *options]
    code = subprocess.run(command, env=program.environment, cwd=STATE).returncode
    if code not in (0, 3):
        raise Stop(f"haulier run ended with exit code {code}; its own words are above")
    with open(report, encoding="utf-8") as file:
        return json.load(file)


def show_summary(program, database, first, second):
    metrics, again = first["source"]["metrics"], second["source"]["metrics"]
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        messages, size = connection.execute("SELECT count(*), coalesce(sum(raw_size), 0) FROM emails").fetchone()
        places, mailboxes = connection.execute(
            "SELECT count(*), count(DISTINCT mailbox) FROM email_locations WHERE vanished_at IS NULL").fetchone()
        attachments = connection.execute("SELECT count(*) FROM attachments WHERE role = 'attachment'").fetchone()[0]
    received = metrics.get("haulier_imap_received_bytes_total", size)
    say(f"""
Messages      {messages} in {places} places of {mailboxes} mailboxes, {size / 1e6:.1f} MB
Attachments   {attachments}
First run     {first['duration_s']:.1f} s, {received / 1e6 / max(first['duration_s'], 1e-3):.1f} MB/s, \
{metrics.get('haulier_imap_round_trips_total', 0):.0f} round trips, \
{first.get('peak_memory_bytes', 0) / 1048576:.0f} MiB of memory at most
Second run    {second['duration_s']:.1f} s, {again.get('haulier_imap_bodies_fetched_total', 0):.0f} messages fetched again, \
{again.get('haulier_imap_round_trips_total', 0):.0f} round trips
Guarantee     {first.get('guarantee', '')}
Database      {database}

Try:
  sqlite3 {database} "SELECT sent_at, from_name, subject FROM v_newest_mail LIMIT 10"
  sqlite3 {database} "SELECT filename, media_type, size FROM v_attachments ORDER BY size DESC LIMIT 10"
  sqlite3 {database} "SELECT mailbox, messages_done, messages_total, last_success_at FROM v_sync_status\"""")


def sample_mailbox(options):
    account = Account(profiles.ACCOUNT, "a sample password")
    with_oauth = authorization_server.is_installed()
    step("Making the sample mailbox")
    mail = os.path.join(STATE, "sample")
    manifest, is_new = store.write_once(PROFILE, mail)
    totals = manifest["totals"]
    say(f"{totals['places']} messages, {totals['bytes'] / 1e6:.0f} MB, {totals['attachments']} attachments")
    step("Starting the servers on this machine" if with_oauth else
         "Starting the mail server (no node here, so there is no authorization server: signing in by app password)")
    with start_servers(account, with_oauth) as rig:
        if is_new or not rig.is_loaded(account.name):
            rig.forget_mail(account.name)
            rig.load(account.name, os.path.join(mail, "mail"))
        server = rig.imap
        say(f"IMAP over TLS    {server.host}:{server.port}")
        if with_oauth:
            say(f"Authorization    {rig.authorization.issuer}")
        program = HaulierProgram(BUILD, STATE)
        database = os.path.join(STATE, "mail.db")
        forget(program, database)
        program.environment.update(HAULIER_USER=account.name, HAULIER_IMAP_HOST=server.host, HAULIER_DATABASE=database)
        settings = [f"source.imap.port={server.port}", f"source.imap.tls={{ca_file: {json.dumps(rig.ca_file)}}}"]
        step(f"Signing in as {account.name}")
        if with_oauth:
            browser = rig.browser(account.name)
            program.login_by_browser(account.name, browser, rig.authorization.issuer, server.host, rig.ca_file)
            say("by authorization code with PKCE; the browser was played by this script")
        else:
            program.login_by_password(account.name, account.password, server.host)
        step(f"haulier run {PIPELINE}")
        first = run_pipeline(program, settings, "first")
        step("The same command again: nothing is fetched twice")
        second = run_pipeline(program, settings, "second")
        show_summary(program, database, first, second)
        if options.keep:
            say(f"\nThe servers stay up until Ctrl-C. The vault: {program.environment['HAULIER_VAULT']}")
            signal.pause()
    say("""
Your own mailbox (read only; nothing on the server changes):
  scripts/quickstart --user me@example.org""")


def own_mailbox(options, preset, server):
    program = HaulierProgram(BUILD, STATE)
    keep_own_vault(program)
    step(f"Signing in as {options.user}")
    status = subprocess.run([program.binary, "auth", "status", options.user], env=program.environment, capture_output=True)
    if status.returncode == 0:
        say("signed in already")
    else:
        login = [program.binary, "auth", "login", options.user, "--host", server["host"]]
        login += ["--app-password"] if preset is None else ["--provider", preset["name"]]
        login += ["--client-id", options.client_id] if options.client_id else []
        login += ["--client-secret-file", options.client_secret_file] if options.client_secret_file else []
        code = subprocess.run(login, env=program.environment).returncode
        if code != 0:
            raise Stop(f"the sign-in ended with exit code {code}; its own words are above")
    database = os.path.join(STATE, options.user.replace("/", "_") + ".db")
    program.environment.update(HAULIER_USER=options.user, HAULIER_IMAP_HOST=server["host"], HAULIER_DATABASE=database)
    # A name of its own, so that the sample's lock and state stay apart.
    settings = [f"source.imap.port={server['port']}", "name=quickstart_own"]
    step(f"haulier run {PIPELINE}")
    first = run_pipeline(program, settings, "first")
    step("The same command again: nothing is fetched twice")
    second = run_pipeline(program, settings, "second")
    show_summary(program, database, first, second)


def find_preset(options):
    """(preset or None, its server) for the account: from --provider, else from the address, else --host."""
    with open(os.path.join(ROOT, "framework", "credentials", "providers.json"), encoding="utf-8") as file:
        presets = json.load(file)["providers"]
    domain = options.user.rsplit("@", 1)[-1].lower()
    for preset in presets:
        for server in preset["servers"]:
            if any(domain == known or domain.endswith("." + known) for known in server["domains"]):
                if options.provider in (None, preset["name"]):
                    return preset, with_host(server, options)
    named = next((preset for preset in presets if preset["name"] == options.provider), None)
    if options.provider and named is None:
        raise Stop(f"there is no provider '{options.provider}'; known: {', '.join(preset['name'] for preset in presets)}")
    if named:
        return named, with_host(named["servers"][0], options)
    if options.host:
        return None, {"host": options.host, "port": options.port or 993}
    raise Stop(f"{domain} is in no preset. Say which server it is: scripts/quickstart --user {options.user} "
               "--host imap.example.org (signs in by app password), or --provider google|microsoft")


def with_host(server, options):
    return {"host": options.host or server["host"], "port": options.port or server["port"]}


def keep_own_vault(program):
    """One's own tokens belong where `haulier` itself will look for them later, not into the build folder."""
    for name in ("HAULIER_VAULT", "HAULIER_VAULT_KEY_FILE", "HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        program.environment.pop(name, None)
        if name in os.environ:
            program.environment[name] = os.environ[name]


def forget(program, database):
    """The sample is shown from the start each time."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(database + suffix):
            os.unlink(database + suffix)
    for path in (program.environment["HAULIER_VAULT"], os.path.join(STATE, "state")):
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.unlink(path)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/quickstart", description="A mailbox in a database, in a few minutes. Without options: a sample "
        "mailbox on servers of its own; nothing leaves this machine.")
    parser.add_argument("--user", metavar="ADDRESS", help="your own mailbox instead of the sample; it is only read")
    parser.add_argument("--provider", help="with --user: google, microsoft, ...; found by the address otherwise")
    parser.add_argument("--client-id", help="with --user: your OAuth2 client id, where the provider wants one")
    parser.add_argument("--client-secret-file", help="with --user: the file with its secret, if it has one")
    parser.add_argument("--host", help="with --user: the IMAP server, when no preset knows it")
    parser.add_argument("--port", type=int, help="with --user: its port, 993 otherwise")
    parser.add_argument("--keep", action="store_true", help="leave the sample's servers up until Ctrl-C")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    start = time.monotonic()
    os.makedirs(STATE, exist_ok=True)
    try:
        target = find_preset(options) if options.user else None
        build()
        own_mailbox(options, *target) if target else sample_mailbox(options)
        say(f"\nDone in {time.monotonic() - start:.0f} s.")
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    except (Stop, MissingProgram, LoginFailed, BrowserError) as error:
        print(f"\nquickstart: {error}", file=sys.stderr)
        return 1
    except (OSError, RuntimeError) as error:
        print(f"\nquickstart: {error}\nThe servers' logs are in {os.path.join(STATE, 'rig')}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
