"""Budgets of round trips, through a proxy that makes the server 100 and 200 ms away. What is asserted are counts, the program's own
and the proxy's; times are printed, and only never shorter than the counts allow."""
import signal
import tempfile
import time
import unittest

import imap_servers
import workspace
from rig import DelayProxy
from rig.dovecot import Dovecot
from workspace import ALICE, PASSWORD

FAR = (0.1, 0.2)
# Dovecot as a server of another kind: what it offers after log-in. Courier 5.0 offers about this.
PLAIN = "IMAP4rev1 CHILDREN NAMESPACE ID IDLE SASL-IR"
SERVER = "protocol imap {{\n  imap_capability = {words}\n}}\n"


class RoundTrips(unittest.TestCase):
    profile = None

    @classmethod
    def setUpClass(cls):
        if cls.profile is None:
            raise unittest.SkipTest("only what the suites share")
        mail = workspace.sample_mail(cls.profile)
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, f"{mail}/mail")
        cls.messages = workspace.manifest(mail)["totals"]["places"]
        cls.plain = Dovecot(cls.rig.folder, cls.rig.mail, cls.rig.authority, {ALICE: PASSWORD}, name="plain",
                            extra=SERVER.format(words=PLAIN))
        cls.addClassCleanup(cls.plain.stop)

    def start(self, oauth=False):
        work = self.enterContext(workspace.Workspace())
        host = self.rig.imap.host
        work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=host, HAULIER_DATABASE=work.database)
        if oauth:
            work.login_by_browser(ALICE, self.rig.browser(ALICE), self.rig.authorization.issuer, host, self.rig.ca_file)
        else:
            work.login_by_password(ALICE, PASSWORD, host)
        return work

    def run_at(self, work, server, settings=()):
        outcome = work.run("imap_to_sqlite.yaml", settings=(*workspace.imap_settings(server, self.rig), *settings))
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome

    def measure(self, what, work, proxy, round_trip_s):
        """Runs it once: (round trips by the program's count, by the proxy's)."""
        proxy.reset()
        began = time.monotonic()
        outcome = self.run_at(work, proxy)
        took = time.monotonic() - began
        own, seen = int(outcome.metric("haulier_imap_round_trips_total")), proxy.round_trips
        print(f"\n  {what}, {1000 * round_trip_s:.0f} ms: {own} round trips (the proxy counts {seen}), "
              f"{took:.2f} s, {outcome.metric('haulier_imap_received_bytes_total') / 1e6:.2f} MB", flush=True)
        self.assertEqual(proxy.connections, 1, outcome.words())
        # TCP, TLS, the greeting and the sign-in cannot be had for less; otherwise the proxy is not as far away as it says.
        self.assertGreaterEqual(took, 4 * round_trip_s)
        return own, seen



class Poll(RoundTrips):
    """Nothing new in 50 mailboxes."""

    profile = "poll50"

    def poll(self, budget, remembered, what, server, oauth=False):
        """`remembered`: the budget once something is known of the server; a new port is a server that nobody knows."""
        work = self.start(oauth)
        self.run_at(work, server)
        self.assertEqual(work.value("SELECT count(*) FROM email_locations"), self.messages)
        for round_trip_s in FAR:
            with self.subTest(what=what, round_trip_s=round_trip_s), \
                    DelayProxy(server.host, server.port, round_trip_s) as proxy:
                # The second time tries whether the server takes anything behind the sign-in.
                for words, limit in (("", budget), (", again", budget), (", third", remembered)):
                    for count in self.measure(what + words, work, proxy, round_trip_s):
                        self.assertLessEqual(count, limit)

    def test_poll_with_a_password_and_list_status(self):
        self.poll(5, 4, "poll, password", self.rig.passwords)

    def test_poll_with_a_token(self):
        self.poll(6, 5, "poll, OAuth2", self.rig.oauth, oauth=True)

    def test_poll_without_list_status_and_condstore(self):
        self.poll(6, 5, "poll, plain server", self.plain)

    def test_poll_on_a_kept_connection(self):
        work = self.start()
        self.run_at(work, self.rig.passwords)
        with DelayProxy(self.rig.passwords.host, self.rig.passwords.port, FAR[0]) as proxy:
            settings = (*workspace.imap_settings(proxy, self.rig), "source.imap.poll_interval=1s")
            process, report = work.start("imap_to_sqlite.yaml", "--watch", settings=settings)
            # Sign-in 5; then a poll and what switches NOTIFY on and off, three times and more.
            proxy.wait_for_round_trips(5 + 4 * 5)
            process.send_signal(signal.SIGTERM)
            outcome = work.finish(process, report)
        passes, own = outcome.metric("haulier_imap_passes_total"), outcome.metric("haulier_imap_round_trips_total")
        print(f"\n  warm polls: {passes:.0f} passes, {own:.0f} round trips", flush=True)
        self.assertEqual(outcome.metric("haulier_imap_connects_total"), 1, outcome.words())
        self.assertGreaterEqual(passes, 3, outcome.words())
        # 5 for the first one, 1 for each that follows, and perhaps one that the signal cut off.
        self.assertLessEqual(own, 5 + passes)


class CourierPoll(unittest.TestCase):
    """The same 50 mailboxes on a server that tells its capabilities only when it is asked, has no LIST-STATUS, and loses what
    comes in the flight of a sign-in."""

    def poll(self, proxy, work, server):
        proxy.reset()
        outcome = work.run("imap_to_sqlite.yaml", settings=server.settings(proxy.port))
        self.assertEqual(outcome.code, 0, outcome.words())
        own = int(outcome.metric("haulier_imap_round_trips_total"))
        print(f"\n  poll, Courier: {own} round trips (the proxy counts {proxy.round_trips})", flush=True)
        return max(own, proxy.round_trips)

    def test_poll_is_within_its_budget_also_at_the_first_contact(self):
        server = self.enterContext(imap_servers.MailServer("courier"))
        with server.writer() as writer:
            for mailbox in imap_servers.load(writer, "poll50"):
                writer.uids(mailbox)  # its UIDVALIDITY stays only once it was selected
        work = server.sign_in(self.enterContext(workspace.Workspace()))
        at = (server.server.host, server.server.port)
        # A new port is a server that nobody knows.
        with DelayProxy(*at, FAR[0]) as unknown:
            self.assertLessEqual(self.poll(unknown, work, server), 7, "nothing is known, every message is fetched")
        with DelayProxy(*at, FAR[0]) as proxy:
            for _ in range(3):
                self.assertLessEqual(self.poll(proxy, work, server), 6)


class FirstSync(RoundTrips):
    """2,000 messages in 10 mailboxes."""

    profile = "ten2000"

    def test_first_sync(self):
        for server, what in ((self.rig.passwords, "first sync"), (self.plain, "first sync, plain server")):
            for round_trip_s in FAR:
                work = self.start()
                with DelayProxy(server.host, server.port, round_trip_s) as proxy:
                    for count in self.measure(what, work, proxy, round_trip_s):
                        self.assertLessEqual(count, 20)
                self.assertEqual(work.value("SELECT count(*) FROM email_locations"), self.messages)


if __name__ == "__main__":
    unittest.main()
