#include "http_exchange.hpp"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/URI.h>

#include <algorithm>

#include "bytes.hpp"
#include "credential_error.hpp"
#include "safe_url.hpp"
#include "socket_deadline.hpp"

namespace haulier::credentials {
namespace {

using Poco::Net::Context;
using Poco::Net::IPAddress;
using Poco::Net::SecureStreamSocket;
using Poco::Net::StreamSocket;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectLimit{10};

struct Target {
  explicit Target(const std::string& url) : uri(url) {
    host = uri.getHost();
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  }
  [[nodiscard]] bool secure() const { return uri.getScheme() == "https"; }
  Poco::URI uri;
  std::string host;
};

Poco::Timespan timespan_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now()).count();
  return Poco::Timespan(std::max<std::int64_t>(left, 1000));
}

std::vector<IPAddress> resolve(const Target& target) {
  IPAddress literal;
  std::vector<IPAddress> addresses;
  try {
    if (IPAddress::tryParse(target.host, literal)) {
      addresses.push_back(literal);
    } else {
      addresses = Poco::Net::DNS::hostByName(target.host).addresses();
    }
  } catch (const Poco::Exception& error) {
    throw HttpFailure("the name " + target.host + " cannot be resolved: " + error.displayText(), false, false);
  }
  const auto remote = [](const IPAddress& address) { return !address.isLoopback(); };
  if (!target.secure() && std::any_of(addresses.begin(), addresses.end(), remote)) {
    throw Misconfigured("plain http is allowed to this machine only, not to " + target.host);
  }
  return addresses;
}

// Every address in turn: Poco itself would try the first only.
StreamSocket connect(const Target& target, Clock::time_point deadline) {
  std::string why = "no address";
  for (const IPAddress& address : resolve(target)) {
    try {
      StreamSocket socket;
      socket.connect(Poco::Net::SocketAddress(address, target.uri.getPort()),
                     timespan_until(std::min(deadline, Clock::now() + kConnectLimit)));
      socket.setSendTimeout(timespan_until(deadline));
      socket.setReceiveTimeout(timespan_until(deadline));
      socket.setNoDelay(true);
      return socket;
    } catch (const Poco::Exception& error) {
      why = error.displayText();
    }
  }
  throw HttpFailure("no connection to " + target.host + " port " + std::to_string(target.uri.getPort()) + ": " + why,
                    false, false);
}

// One context per host: the name check sits in OpenSSL's own verification, because Poco 1.11 forgets its check when a
// handshake stalls longer than the time-out.
Context::Ptr context_for(const Target& target, const std::filesystem::path& ca_file) {
  if (!ca_file.empty() && !std::filesystem::exists(ca_file)) {
    throw Misconfigured("the CA file " + ca_file.string() + " does not exist");
  }
  Context::Params params;
  params.caLocation = ca_file.string();
  params.loadDefaultCAs = ca_file.empty();
  params.verificationMode = Context::VERIFY_STRICT;
  // Poco offers X448 first, which few servers take: the others ask for another key, a round trip more.
  params.ecdhCurve = "X25519:P-256:X448:P-384:P-521";
  params.cipherList = "HIGH:!aNULL:!eNULL:!3DES:!PSK:!SRP";
  Context::Ptr context;
  try {
    context = new Context(Context::TLS_CLIENT_USE, params);
  } catch (const Poco::Exception& error) {
    throw Misconfigured("the CA file " + ca_file.string() + " cannot be used: " + error.displayText());
  }
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  SSL_CTX* raw = context->sslContext();
  // Without Poco's callback no handler can ever ignore an error (Poco asks a person on the console by default).
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(raw);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  IPAddress literal;
  const int set = IPAddress::tryParse(target.host, literal)
                      ? X509_VERIFY_PARAM_set1_ip_asc(parameters, literal.toString().c_str())
                      : X509_VERIFY_PARAM_set1_host(parameters, target.host.c_str(), 0);
  if (set != 1) throw CredentialError(ExitCode::bug, "OpenSSL refused the host name to verify");
  return context;
}

SecureStreamSocket secure(const StreamSocket& plain, const Target& target, const std::filesystem::path& ca_file) {
  const Context::Ptr context = context_for(target, ca_file);
  try {
    SecureStreamSocket socket = SecureStreamSocket::attach(plain, target.host, context);
    if (socket.completeHandshake() <= 0)
      throw HttpFailure("the TLS handshake with " + target.host + " took too long", false, false);
    socket.verifyPeerCertificate(target.host);
    return socket;
  } catch (const Poco::Net::SSLException& error) {
    const std::string why = error.displayText();
    const bool certificate = why.find("certificate verify failed") != std::string::npos;
    throw HttpFailure("TLS with " + target.host + " failed: " +
                          (certificate ? "its certificate is not trusted or is for another name (an authority of your "
                                         "own is named with --ca-file)"
                                       : why),
                      false, true);
  } catch (const Poco::Exception& error) {
    throw HttpFailure("TLS with " + target.host + " broke off: " + error.displayText(), false, false);
  }
}

Secret read_body(std::istream& stream, const std::string& host) {
  SecretBuilder body;
  char piece[4096];
  while (stream.read(piece, sizeof piece), stream.gcount() > 0) {
    body.append(std::string_view(piece, static_cast<std::size_t>(stream.gcount())));
    if (body.size() > kMaxHttpBodyBytes) {
      throw HttpFailure("the answer of " + host + " is larger than 256 KiB", true, false);
    }
  }
  OPENSSL_cleanse(piece, sizeof piece);
  // Poco's stream swallows the exception of a broken connection.
  if (stream.bad()) throw HttpFailure("the answer of " + host + " was cut off", true, false);
  return body.finish();
}

std::string media_type(const std::string& content_type) {
  std::string type = lower_ascii(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

HttpResponse talk(Poco::Net::HTTPClientSession& session, const HttpRequest& request, const Target& target) {
  Poco::Net::HTTPRequest head(request.post ? "POST" : "GET",
                              target.uri.getPathAndQuery().empty() ? "/" : target.uri.getPathAndQuery(), "HTTP/1.1");
  const bool ipv6 = target.host.find(':') != std::string::npos;
  const bool usual = target.uri.getPort() == (target.secure() ? 443 : 80);
  const std::string name = ipv6 ? "[" + target.host + "]" : target.host;
  head.set("Host", usual ? name : name + ":" + std::to_string(target.uri.getPort()));
  head.set("Accept", "application/json");
  head.set("User-Agent", "haulier");
  if (!request.authorization.empty()) head.set("Authorization", std::string(request.authorization.reveal()));
  if (request.post) {
    head.setContentType("application/x-www-form-urlencoded");
    head.setContentLength(static_cast<std::streamsize>(request.form.size()));
  }
  // A kept-alive connection makes Poco send a failed request a second time; a refresh token must be sent once.
  session.setKeepAlive(false);
  std::ostream& out = session.sendRequest(head);
  out.write(request.form.reveal().data(), static_cast<std::streamsize>(request.form.size()));
  out.flush();
  Poco::Net::HTTPResponse answer;
  std::istream& in = session.receiveResponse(answer);
  HttpResponse response;
  response.status = answer.getStatus();
  response.content_type = media_type(answer.getContentType());
  response.retry_after = answer.get("Retry-After", "");
  response.date = answer.get("Date", "");
  response.body = read_body(in, target.host);
  const std::streamsize announced = answer.hasContentLength() ? answer.getContentLength() : -1;
  if (announced >= 0 && static_cast<std::size_t>(announced) != response.body.size()) {
    throw HttpFailure("the answer of " + target.host + " was cut off", true, false);
  }
  return response;
}

}  // namespace

HttpResponse exchange_http(const HttpRequest& request) {
  require_safe_url(request.url, "url");
  const Target target(request.url);
  const Clock::time_point deadline = Clock::now() + request.limit;
  StreamSocket plain = connect(target, deadline);
  const SocketDeadline guard(plain.impl()->sockfd(), deadline);
  // The plain session class on a socket that is TLS already: HTTPSClientSession takes no connected socket.
  Poco::Net::HTTPClientSession session(target.secure() ? secure(plain, target, request.ca_file) : plain);
  try {
    return talk(session, request, target);
  } catch (const Poco::Exception& error) {
    const std::string why = guard.expired() ? std::string("no answer in time") : error.displayText();
    throw HttpFailure("no complete answer from " + target.host + ": " + why, true, false);
  }
}

}  // namespace haulier::credentials
