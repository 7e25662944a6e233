"""Real servers for the quickstart, the tests and the benchmarks: Dovecot, Cyrus, Courier and an OAuth2
authorization server.

Everything runs in the foreground on free loopback ports, under a certificate authority made for the occasion, as root
or as a normal user. Only the Python standard library is used; dovecot-imapd, openssl and node come from the system.
"""
from .browser import Browser, BrowserError
from .certificates import CertificateAuthority
from .courier import Courier
from .cut_front import CutFront
from .cyrus import Cyrus
from .hostile import HostileFront
from .delay_proxy import DelayProxy
from .id_demanding import IdDemanding
from .mail_writer import MailWriter
from .proxy import Proxy
from .recorder import Recorder
from .sign_in_proxies import SignInProxy
from .servers import Account, MissingProgram, Rig
from .token_faults import TokenFaults
