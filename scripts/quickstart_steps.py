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
from rig.haulier_program import HaulierProgram, LoginFailed, find_binary  # noqa: E402
from sample_mail import profiles, store  # noqa: E402

PIPELINE = os.path.join("pipelines", "imap_to_sqlite.yaml")
PROFILE = "sample"


NEEDS_AUTH = 77  # haulier's exit code when a person must sign in again


class Stop(Exception):
    """Ends the quickstart with a sentence and an exit code, haulier's own where it was haulier that stopped."""

    def __init__(self, words, code=1):
        super().__init__(words)
        self.code = code


def say(text=""):
    print(text, flush=True)


def step(text):
    say(f"\n== {text}")


def build(folder):
    step("Building Haulier (the first time takes a few minutes)")
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "quickstart.log")
    with open(log, "w") as file:
        configured = subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, stdout=file, stderr=file).returncode == 0
        if not configured or not compile_with_progress(folder, file):
            file.flush()
            with open(log, errors="replace") as text:
                raise Stop(f"the build failed; the end of {log}:\n" + "".join(text.readlines()[-25:]))


def compile_with_progress(folder, log):
    """Runs ninja; its words go to the log, and how far it is to the terminal."""
    ninja = subprocess.Popen(["ninja", "-C", folder], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", env={**os.environ, "NINJA_STATUS": "[%f/%t] "})
    for line in ninja.stdout:
        log.write(line)
        if line.startswith("[") and sys.stdout.isatty():
            print(f"\r  {line[1:line.index(']')]} ", end="", flush=True)
    if sys.stdout.isatty():
        print("\r" + " " * 20 + "\r", end="")
    return ninja.wait() == 0


def start_servers(account, folder, with_oauth):
    # Certificates are made for each use: they cost nothing, and old ones would have run out one day.
    shutil.rmtree(os.path.join(folder, "rig", "certificates"), ignore_errors=True)
    return Rig(os.path.join(folder, "rig"), [account], with_oauth=with_oauth, with_passwords=not with_oauth)


def run_pipeline(program, settings, label):
    """One `haulier run` with its progress on the terminal; returns the run report."""
    report = os.path.join(program.folder, f"{label}.report.json")
    options = [word for setting in settings for word in ("--set", setting)]
    command = [program.binary, "run", os.path.join(ROOT, PIPELINE), "--report", report, *options]
    code = subprocess.run(command, env=program.environment, cwd=program.folder).returncode
    if code not in (0, 3):
        raise Stop(f"haulier run ended with exit code {code}; its own words are above", code)
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
    mail = os.path.join(options.folder, "sample")
    manifest, is_new = store.write_once(PROFILE, mail)
    totals = manifest["totals"]
    say(f"{totals['places']} messages, {totals['bytes'] / 1e6:.0f} MB, {totals['attachments']} attachments")
    step("Starting the servers on this machine" if with_oauth else
         "Starting the mail server (no node here, so there is no authorization server: signing in by app password)")
    with start_servers(account, options.folder, with_oauth) as rig:
        if is_new or not rig.is_loaded(account.name):
            rig.forget_mail(account.name)
            rig.load(account.name, os.path.join(mail, "mail"))
        server = rig.imap
        say(f"IMAP over TLS    {server.host}:{server.port}")
        if with_oauth:
            say(f"Authorization    {rig.authorization.issuer}")
        program = HaulierProgram(options.built, options.folder)
        database = os.path.join(options.folder, "mail.db")
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


class OwnProgram:
    """The built program with the person's own vault: one's tokens belong where `haulier` will look for them later."""

    def __init__(self, build, folder):
        self.binary = find_binary(build)
        self.folder = folder
        self.environment = dict(os.environ)


def own_mailbox(options, preset, server):
    program = OwnProgram(options.built, options.folder)
    step(f"Signing in as {options.user}")
    status = subprocess.run([program.binary, "auth", "status", options.user], env=program.environment, capture_output=True)
    was_signed_in = status.returncode == 0
    say("signed in already") if was_signed_in else sign_in(program, options, preset, server)
    database = os.path.join(options.folder, options.user.replace("/", "_") + ".db")
    program.environment.update(HAULIER_USER=options.user, HAULIER_IMAP_HOST=server["host"], HAULIER_DATABASE=database)
    # A name of its own, so that the sample's lock and state stay apart.
    settings = [f"source.imap.port={server['port']}", "name=quickstart_own"]
    settings += [f"source.imap.tls={{ca_file: {json.dumps(options.ca_file)}}}"] if options.ca_file else []
    step(f"haulier run {PIPELINE}")
    try:
        first = run_pipeline(program, settings, "first")
    except Stop as stop:
        raise refused(program, options, was_signed_in) if stop.code == NEEDS_AUTH else stop
    step("The same command again: nothing is fetched twice")
    second = run_pipeline(program, settings, "second")
    show_summary(program, database, first, second)


def sign_in(program, options, preset, server):
    login = [program.binary, "auth", "login", options.user, "--host", server["host"], "--port", str(server["port"])]
    login += ["--provider", preset["name"]] if preset else []
    login += ["--app-password"] if options.app_password or preset is None else []
    login += ["--client-id", options.client_id] if options.client_id else []
    login += ["--client-secret-file", options.client_secret_file] if options.client_secret_file else []
    code = subprocess.run(login, env=program.environment).returncode
    if code != 0:
        raise Stop(f"the sign-in ended with exit code {code}; its own words are above", code)


def refused(program, options, was_signed_in):
    """The server does not take the sign-in. One that was just typed is forgotten, so that the next use asks again."""
    logout = [program.binary, "auth", "logout", options.user]
    if was_signed_in:
        return Stop(f"the mail server refused the stored sign-in of {options.user}. To sign in again: "
                    f"{' '.join(logout)}, then this command once more", NEEDS_AUTH)
    subprocess.run(logout, env=program.environment, capture_output=True)
    return Stop(f"the mail server refused this sign-in of {options.user}, and it is forgotten again; run the same command "
                "to try another one. Many providers want an app password made in their web mail, not the usual password",
                NEEDS_AUTH)


def find_preset(options):
    """(preset or None, its server) for the account: from --provider, else from the address, else --host."""
    with open(os.path.join(ROOT, "framework", "credentials", "providers.json"), encoding="utf-8") as file:
        presets = json.load(file)["providers"]
    domain = options.user.rsplit("@", 1)[-1].lower()
    # The longest domain that fits: vip.sina.com has a server of its own.
    fitting = [(len(known), preset, server) for preset in presets for server in preset["servers"]
               for known in server["domains"] if domain == known or domain.endswith("." + known)
               if options.provider in (None, preset["name"])]
    if fitting:
        _, preset, server = max(fitting, key=lambda fit: fit[0])
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


def forget(program, database):
    """The sample is shown from the start each time."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(database + suffix):
            os.unlink(database + suffix)
    for path in (program.environment["HAULIER_VAULT"], os.path.join(program.folder, "state")):
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
    parser.add_argument("--app-password", action="store_true", help="with --user: sign in by app password, not by OAuth2")
    parser.add_argument("--host", help="with --user: the IMAP server, when no preset knows it")
    parser.add_argument("--port", type=int, help="with --user: its port (TLS from the start), 993 otherwise")
    parser.add_argument("--ca-file", help="with --user: the certificate authority of the IMAP server, when it is your own")
    parser.add_argument("--folder", default=os.path.join(ROOT, "build", "quickstart"),
                        help="where database and reports go; build/quickstart otherwise")
    parser.add_argument("--built", metavar="FOLDER", help="a build folder with a built Haulier: nothing is built")
    parser.add_argument("--keep", action="store_true", help="leave the sample's servers up until Ctrl-C")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    start = time.monotonic()
    options.folder = os.path.abspath(options.folder)
    options.ca_file = os.path.abspath(options.ca_file) if options.ca_file else None
    try:
        target = find_preset(options) if options.user else None
        os.makedirs(options.folder, exist_ok=True)
        if options.built is None:
            options.built = os.path.join(ROOT, "build", "release")
            build(options.built)
        own_mailbox(options, *target) if target else sample_mailbox(options)
        say(f"\nDone in {time.monotonic() - start:.0f} s.")
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    except Stop as stop:
        print(f"\nquickstart: {stop}", file=sys.stderr)
        return stop.code
    except (MissingProgram, LoginFailed, BrowserError) as error:
        print(f"\nquickstart: {error}", file=sys.stderr)
        return 1
    except (OSError, RuntimeError) as error:
        print(f"\nquickstart: {error}\nThe servers' logs are in {os.path.join(options.folder, 'rig')}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
