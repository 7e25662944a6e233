"""Dovecot 2.3 in the foreground with its own configuration: one instance per set of log-in mechanisms."""
import os
import shutil
import signal
import subprocess
import tempfile

from . import processes

HOST = "127.0.0.1"

CONFIG = """\
base_dir = {run}
state_dir = {run}/state
instance_name = {instance}
log_path = {log}
protocols = imap
listen = {host}
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
default_internal_user = {internal_user}
default_login_user = {login_user}
{internal_group}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_location = mdbox:{mail}/%u
# The tests want to find what they stored, not to wait for a disk that they do not examine.
mail_fsync = never
mdbox_rotate_size = 64M
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
auth_worker_max_count = 4
auth_cache_size = 0
mail_max_userip_connections = 200
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  {no_chroot}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {starttls_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
  process_min_avail = 1
  {no_chroot}
}}
service imap {{
  vsz_limit = 1G
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
{passdbs}
userdb {{
  driver = static
  args = home={mail}/%u allow_all_users=yes
}}
{extra}
"""

PASSWORD_PASSDB = """\
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=plain username_format=%u {path}
}}
"""

OAUTH_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {path}
}}
"""

OAUTH_ARGS = """\
introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
scope = mail
openid_configuration_url = {issuer}/.well-known/openid-configuration
tls_ca_cert_file = {ca_file}
timeout_msecs = 3000
"""


class Dovecot:
    """One instance. `mail` is shared by the instances of a rig; `accounts` maps each name to its password."""

    name = "dovecot"
    separator = "/"
    prefix = ""  # of every mailbox but INBOX

    def __init__(self, folder, mail, authority, accounts, authorization_server=None, name="dovecot", host=HOST, port=0,
                 extra=""):
        self._binary = find_dovecot()
        self.ca_file = authority.ca_file
        self.host = host
        self.port = port or processes.free_port(host)
        self.starttls_port = processes.free_port(host)
        self.log_path = os.path.join(folder, f"{name}.log")
        # Unix socket paths end at 107 bytes, so the run folder cannot live deep inside the state folder.
        self._run = tempfile.mkdtemp(prefix="hlr-")
        os.chmod(self._run, 0o755)
        # Not "dovecot.conf": Dovecot puts a symbolic link of that name into its base_dir.
        self._config = os.path.join(self._run, "own.conf")
        self._write_config(mail, authority, accounts, authorization_server, name, extra)
        self._process = None
        self.start()

    def start(self):
        self._process = processes.start([self._binary, "-F", "-c", self._config], self.log_path)
        try:
            processes.wait_for_greeting(self.host, self.port, self.ca_file, self._process, self.log_path)
        except RuntimeError:
            processes.stop(self._process)
            raise

    @property
    def pid(self):
        return self._process.pid

    def terminate(self):
        processes.terminate(self._process)

    def stop(self):
        self.halt()
        shutil.rmtree(self._run, ignore_errors=True)

    def halt(self):
        """Stops the processes but keeps the configuration and the port, so that start() brings it back."""
        processes.stop(self._process)

    def kill(self):
        """As a power cut sees it: the sessions die without a word."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True)
        for pid in [self.pid, *map(int, children.stdout.split())]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()
        for name in os.listdir(self._run):
            if name == "master.pid":
                os.unlink(os.path.join(self._run, name))

    def doveadm(self, *arguments, data=None):
        """Runs doveadm against this instance; raises with its words when it fails; returns what it printed."""
        done = subprocess.run(["doveadm", "-c", self._config, *arguments], input=data, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"doveadm {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def _write_config(self, mail, authority, accounts, authorization_server, name, extra):
        certificate, key = authority.issue("dovecot", ("localhost", "127.0.0.1", "127.0.0.2"))
        passdbs = PASSWORD_PASSDB.format(path=self._write_passwords(accounts))
        mechanisms = "plain login"
        if authorization_server:
            arguments = os.path.join(self._run, "oauth2.conf.ext")
            # Dovecot's auth process is not root and may not reach the rig's folder.
            ca_file = shutil.copy(authority.ca_file, os.path.join(self._run, "ca.pem"))
            text = OAUTH_ARGS.format(url=authorization_server.introspection_url, issuer=authorization_server.issuer,
                                     ca_file=ca_file)
            _write_secret(arguments, text)
            passdbs = OAUTH_PASSDB.format(path=arguments) + passdbs
            mechanisms = "xoauth2 oauthbearer plain login"
        values = dict(run=self._run, instance=f"{name}-{os.path.basename(self._run)}", log=self.log_path, host=self.host,
                      certificate=certificate, key=key, mail=mail, mechanisms=mechanisms, passdbs=passdbs,
                      port=self.port, starttls_port=self.starttls_port, extra=extra, **_identities())
        with open(self._config, "w") as file:
            file.write(CONFIG.format(**values))

    def _write_passwords(self, accounts):
        path = os.path.join(self._run, "passwords")
        _write_secret(path, "".join(f"{name}:{{PLAIN}}{password}\n" for name, password in accounts.items()))
        if os.geteuid() == 0:
            shutil.chown(path, "dovecot", "dovecot")
        return path


def find_dovecot():
    for path in (shutil.which("dovecot"), "/usr/sbin/dovecot"):
        if path and os.path.exists(path):
            return path
    raise FileNotFoundError("dovecot is not installed (package dovecot-imapd)")


def mail_owner():
    """(user, group) names that own the mail: never root, which Dovecot refuses."""
    if os.geteuid() == 0:
        return "nobody", "nogroup"
    return _own_names()


def _own_names():
    import grp
    import pwd
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def _identities():
    mail_user, mail_group = mail_owner()
    if os.geteuid() == 0:
        return dict(internal_user="dovecot", login_user="dovenull", internal_group="", mail_user=mail_user,
                    mail_group=mail_group, no_chroot="")
    # Dovecot cannot chroot or change user without root: everything is this user.
    return dict(internal_user=mail_user, login_user=mail_user, internal_group=f"default_internal_group = {mail_group}",
                mail_user=mail_user, mail_group=mail_group, no_chroot="chroot =")


def _write_secret(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
