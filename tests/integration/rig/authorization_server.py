"""The OAuth2 authorization server (npm oidc-provider, see ../oidc) as a process of the rig."""
import json
import os
import secrets
import shutil
import ssl
import subprocess
import urllib.request

from . import canary, processes

HOST = "127.0.0.1"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oidc")
# RFC 8252 section 7.3: any port of the loopback address is accepted, the path must match.
REDIRECT_PATHS = ("/", "/callback", "/oauth2/callback", "/oauth/callback")
PUBLIC_CLIENT_ID = "haulier"


def is_installed():
    return shutil.which("node") is not None and os.path.isdir(os.path.join(FOLDER, "node_modules", "oidc-provider"))


class AuthorizationServer:
    """Started in the constructor, stopped by stop(). `introspection_url` carries the secret Dovecot uses."""

    def __init__(self, folder, authority, accounts, access_token_ttl_s=3600, port=0, extra=None):
        """`extra`: more clients, `application_mailboxes` and `service_accounts`, as oidc/server.mjs reads them."""
        os.makedirs(folder, exist_ok=True)
        certificate, key = authority.issue("authorization-server")
        self._control_key = secrets.token_hex(16)
        self._ca_file = authority.ca_file
        introspection_secret = secrets.token_hex(16)
        config = {
            "host": HOST, "port": port, "cert": certificate, "key": key, "accounts": accounts,
            "access_token_ttl_s": access_token_ttl_s, "control_key": self._control_key,
            "introspection": {"id": "dovecot", "secret": introspection_secret},
            **(extra or {}), "canary": canary.WORD,
            "clients": _clients(introspection_secret) + (extra or {}).get("clients", []),
        }
        path = os.path.join(folder, "config.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(config, file)
        self.log_path = os.path.join(folder, "authorization-server.log")
        self._process = processes.start(["node", os.path.join(FOLDER, "server.mjs"), path], self.log_path,
                                        stdout=subprocess.PIPE)
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the authorization server did not start: " + processes.log_tail(self.log_path))
        self.port = json.loads(line)["port"]
        self.issuer = f"https://{HOST}:{self.port}"
        self.introspection_url = f"https://dovecot:{introspection_secret}@{HOST}:{self.port}/token/introspection"

    def terminate(self):
        processes.terminate(self._process)

    def stop(self):
        processes.stop(self._process)

    def set(self, **values):
        """Changes the running server, e.g. set(access_token_ttl_s=5) or set(fail_token_requests={...})."""
        return self._control({"set": values})

    def revoke(self, account):
        """Every grant of the account is gone at once: its refresh tokens and its access tokens."""
        return self._control({"revoke_account": account})

    def counts(self):
        """What was asked so far: {"token_requests": {"authorization_code": N, "refresh_token": N, "total": N}, ...}."""
        return self._control({})

    def _control(self, order):
        request = urllib.request.Request(f"{self.issuer}/test-control", data=json.dumps(order).encode(),
                                         headers={"x-control-key": self._control_key})
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self._ca_file)))
        with opener.open(request, timeout=10) as response:
            return json.load(response)


def _clients(introspection_secret):
    native = {
        "application_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
                        "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"], "scope": "openid offline_access mail",
        "redirect_uris": [f"http://127.0.0.1{path}" for path in REDIRECT_PATHS],
    }
    return [
        {"client_id": PUBLIC_CLIENT_ID, **native},
        {"client_id": "dovecot", "client_secret": introspection_secret, "grant_types": [], "response_types": [],
         "redirect_uris": []},
    ]
