"""A person at a browser, played with plain HTTP: opens the sign-in page, fills in the forms, follows the redirects."""
import html.parser
import http.client
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request

MAX_STEPS = 20


class BrowserError(RuntimeError):
    """The sign-in did not reach the redirect address; the message says where it stopped."""


class Browser:
    """One account's browser with its own cookies, trusting the given certificate authority."""

    def __init__(self, ca_file, username, password, answer="allow"):
        self.username = username
        self.password = password
        self.answer = answer  # "allow" or "deny", for the consent page
        self.divert = None  # a function that changes the address of the program's listener before it is opened
        self.pages = []  # addresses visited, without their queries
        context = ssl.create_default_context(cafile=ca_file)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            _NoRedirect())

    def authorize(self, url):
        """Follows an authorization URL to the program's own listener; returns (status, text) of what that answered."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        redirect_uri = query.get("redirect_uri", [""])[0]
        if not redirect_uri:
            raise BrowserError("the URL has no redirect_uri")
        return self._follow(url, None, redirect_uri)

    def authorize_elsewhere(self, url):
        """As authorize() in a browser that cannot reach the program: the address it ends at."""
        ended = []
        self.divert = lambda address: ended.append(address)
        self.authorize(url)
        return ended[0]

    def enter_device_code(self, verification_url_complete):
        """Walks through the device flow's pages; returns the last page."""
        return self._follow(verification_url_complete, None, None)

    def _follow(self, url, data, redirect_uri):
        said_no = False
        for _ in range(MAX_STEPS):
            if redirect_uri and self.divert and _same_place(url, redirect_uri):
                url = self.divert(url)
                if url is None:
                    return 0, ""
            status, headers, text = self._open(url, data)
            self.pages.append(url.split("?")[0])
            data = None
            if redirect_uri and _same_place(url, redirect_uri):
                return status, text
            if status in (302, 303, 307, 308):
                url = urllib.parse.urljoin(url, headers["location"])
                continue
            page = _Forms(text)
            if status != 200 or not page.fields_by_form:
                if redirect_uri is None and status == 200:
                    return status, text
                raise BrowserError(f"{url.split('?')[0]} answered {status}: {' '.join(text.split())[:300]}")
            action, fields = page.fields_by_form[0]
            consent = any(name == "action" and value == "deny" for name, value, _ in fields)
            if redirect_uri is None and said_no and not consent:
                return status, text  # the code's page again, with the server's words about the refusal
            said_no = said_no or (consent and self.answer == "deny")
            url, data = urllib.parse.urljoin(url, action or url), self._fill(fields)
        raise BrowserError(f"gave up after {MAX_STEPS} pages: {self.pages}")

    def _fill(self, fields):
        values = {name: value for name, value, kind in fields if kind != "button"}
        if "password" in values:
            values.update(username=self.username, password=self.password, action="login")
        elif any(name == "action" for name, _, _ in fields):
            values["action"] = self.answer
        return urllib.parse.urlencode(values).encode()

    def _open(self, url, data):
        request = urllib.request.Request(url, data=data, headers={"Accept": "text/html"})
        try:
            with self._opener.open(request, timeout=30) as response:
                return response.status, response.headers, response.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise BrowserError(f"cannot open {url.split('?')[0]}: {error}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class _Forms(html.parser.HTMLParser):
    """The forms of a page: [(action, [(name, value, type)])]."""

    def __init__(self, text):
        super().__init__()
        self.fields_by_form = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.fields_by_form.append((attributes.get("action"), []))
        elif tag in ("input", "button") and self.fields_by_form and attributes.get("name"):
            kind = "button" if tag == "button" else attributes.get("type", "text")
            self.fields_by_form[-1][1].append((attributes["name"], attributes.get("value", ""), kind))


def _same_place(url, redirect_uri):
    one, other = urllib.parse.urlsplit(url), urllib.parse.urlsplit(redirect_uri)
    return (one.scheme, one.netloc, one.path) == (other.scheme, other.netloc, other.path)
