// COMPRESS=DEFLATE: both ways, split anywhere, and from servers that mean harm.
#include "io/deflate_stream.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

#include "io/connection.hpp"

namespace deflate_stream_test {
using namespace haulier::imap;

// What a server's side makes of it.
std::string deflated(std::string_view text, int flush = Z_SYNC_FLUSH) {
  z_stream stream{};
  BOOST_REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() / 2 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, flush);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string inflated(std::string_view bytes) {
  z_stream stream{};
  BOOST_REQUIRE(inflateInit2(&stream, -15) == Z_OK);
  std::string out(100'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

struct Wire {
  std::string to_read{};
  std::string written{};
  std::size_t octets = SIZE_MAX;  // per read and write
  bool blocked = false;           // the next write takes nothing
};

class WireStream : public ByteStream {
 public:
  explicit WireStream(Wire& wire) : wire_(wire) {}
  Read read(std::span<char> into) override {
    const auto size = std::min({into.size(), wire_.to_read.size(), wire_.octets});
    std::copy_n(wire_.to_read.data(), size, into.data());
    wire_.to_read.erase(0, size);
    return {size, size == 0};
  }
  std::size_t write(std::string_view bytes) override {
    if (std::exchange(wire_.blocked, false)) return 0;
    const auto size = std::min(bytes.size(), wire_.octets);
    wire_.written += bytes.substr(0, size);
    return size;
  }
  std::chrono::milliseconds wait(bool to_write, std::chrono::milliseconds) override {
    BOOST_TEST(to_write);
    return {};
  }
  std::string description() const override { return "wire"; }

 private:
  Wire& wire_;
};

// Everything there is, read into a buffer of `octets`; nullopt: the stream threw kCompression.
std::optional<std::string> read_all(Wire& wire, std::size_t octets = 100, std::string unread = {}) {
  DeflateStream stream(std::make_unique<WireStream>(wire), std::move(unread));
  std::string out;
  std::vector<char> into(octets);
  try {
    for (;;) {
      const auto read = stream.read(into);
      out.append(into.data(), read.size);
      if (read.ended) return out;
    }
  } catch (const IoError& error) {
    BOOST_TEST((error.kind() == IoError::Kind::kCompression));
    return std::nullopt;
  }
}

const std::string kText = "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\Seen))\r\na1 OK done\r\n";

BOOST_AUTO_TEST_SUITE(deflate_stream)

BOOST_AUTO_TEST_CASE(text_comes_out_however_it_is_split) {
  for (const std::size_t octets : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    Wire wire{.to_read = deflated(kText), .octets = octets};
    BOOST_TEST(read_all(wire, octets).value() == kText);
    auto whole = deflated(kText);
    Wire rest{.to_read = whole.substr(9)};
    BOOST_TEST(read_all(rest, octets, whole.substr(0, 9)).value() == kText);
  }
}

BOOST_AUTO_TEST_CASE(commands_are_compressed_and_none_is_kept_back) {
  Wire wire{.octets = 3};
  DeflateStream stream(std::make_unique<WireStream>(wire), {});
  BOOST_TEST(stream.write("a1 NOOP\r\n") == 9U);
  BOOST_TEST(inflated(wire.written) == "a1 NOOP\r\n");
  wire.blocked = true;
  BOOST_TEST(stream.write("a2 NOOP\r\n") == 9U);
  (void)stream.wait(false, std::chrono::milliseconds(1));
  BOOST_TEST(inflated(wire.written) == "a1 NOOP\r\na2 NOOP\r\n");
}

BOOST_AUTO_TEST_CASE(garbage_and_damage_end_the_connection) {
  Wire garbage{.to_read = "* OK this is not compressed at all\r\n"};
  BOOST_TEST(!read_all(garbage).has_value());
  auto bytes = deflated(kText);
  bytes[0] = '\x07';
  Wire damaged{.to_read = bytes};
  BOOST_TEST(!read_all(damaged).has_value());
}

BOOST_AUTO_TEST_CASE(truncated_stream_gives_what_came_and_ends) {
  const auto bytes = deflated(kText);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Wire wire{.to_read = bytes.substr(0, size)};
    const auto text = read_all(wire);
    BOOST_TEST(kText.starts_with(text.value()));
  }
}

BOOST_AUTO_TEST_CASE(stream_that_ends_properly_is_the_end) {
  Wire wire{.to_read = deflated(kText, Z_FINISH) + "more"};
  BOOST_TEST(read_all(wire).value() == kText);
}

BOOST_AUTO_TEST_CASE(bomb_is_stopped_after_little_and_never_fills_memory) {
  const std::string block(4U << 20, 'A');
  // 512 MiB out of half a MiB.
  z_stream stream{};
  BOOST_REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Wire wire;
  std::string out(1U << 16, '\0');
  for (int i = 0; i < 128; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
    stream.avail_in = static_cast<uInt>(block.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    wire.to_read.append(out.data(), out.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  DeflateStream reader(std::make_unique<WireStream>(wire), {});
  std::vector<char> into(256U << 10);
  std::uint64_t size = 0;
  const auto drain = [&] {
    for (;;) size += reader.read(into).size;
  };
  BOOST_CHECK_THROW(drain(), IoError);
  BOOST_TEST(size >= (64U << 20));
  BOOST_TEST(size < (300U << 20));
}

BOOST_AUTO_TEST_SUITE_END()

Connection connect(Wire& wire) {
  Session::Options options;
  options.tag_prefix = "c";
  options.secure = true;
  return Connection(std::make_unique<WireStream>(wire), options, {});
}

std::string answer_of(Connection& connection) {
  for (;;) {
    const auto event = connection.next();
    if (const auto* completed = std::get_if<Completed>(&event)) return std::string(completed->text);
  }
}

BOOST_AUTO_TEST_SUITE(compression)

BOOST_AUTO_TEST_CASE(what_follows_the_answer_is_compressed_and_nothing_is_sent_past_the_command) {
  for (const std::size_t octets : {std::size_t{1}, std::size_t{1000}}) {
    Wire wire{.to_read = "* OK ready\r\nc1 OK from here\r\n" + deflated("* 3 EXISTS\r\nc2 OK small\r\n"),
              .octets = octets};
    auto connection = connect(wire);
    (void)connection.next();
    (void)connection.session().submit(Command::compress());
    (void)connection.session().submit(Command::noop());
    connection.flush();
    BOOST_TEST(wire.written == "c1 COMPRESS DEFLATE\r\n");
    BOOST_TEST(answer_of(connection) == "from here");
    BOOST_TEST(answer_of(connection) == "small");
    BOOST_TEST(inflated(std::string_view(wire.written).substr(21)) == "c2 NOOP\r\n");
    BOOST_TEST(connection.description() == "wire deflate");
  }
}

BOOST_AUTO_TEST_CASE(refusal_changes_nothing) {
  Wire wire{.to_read = "* OK ready\r\nc1 NO [COMPRESSIONACTIVE] no\r\nc2 OK plain\r\n"};
  auto connection = connect(wire);
  (void)connection.session().submit(Command::compress());
  (void)connection.session().submit(Command::noop());
  BOOST_TEST(answer_of(connection) == "no");
  BOOST_TEST(answer_of(connection) == "plain");
  BOOST_TEST(wire.written == "c1 COMPRESS DEFLATE\r\nc2 NOOP\r\n");
}

BOOST_AUTO_TEST_CASE(secret_is_never_compressed) {
  Wire wire{.to_read = "* OK ready\r\nc1 OK yes\r\n"};
  auto connection = connect(wire);
  (void)connection.session().submit(Command::compress());
  (void)answer_of(connection);
  BOOST_CHECK_THROW((void)connection.session().submit(Command::login("me", "secret")), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pace)

// One command each time it is asked to wait.
class OneByOne : public Pace {
 public:
  std::size_t take_commands(std::size_t wanted) override { return std::min(wanted, std::exchange(left_, 0)); }
  std::chrono::milliseconds until_next_command() override { return std::chrono::milliseconds(100); }
  void received(std::size_t) override {}
  void rest(std::chrono::milliseconds) override {
    ++rests;
    left_ = 1;
  }
  void measured(std::uint64_t) override {}
  int rests = 0;

 private:
  std::size_t left_ = 1;
};

BOOST_AUTO_TEST_CASE(commands_wait_for_their_leave) {
  Wire wire{.to_read = "* OK ready\r\n"};
  OneByOne pace;
  Session::Options options;
  options.tag_prefix = "c";
  Connection connection(std::make_unique<WireStream>(wire), options, {}, &pace);
  (void)connection.next();
  for (int i = 0; i < 3; ++i) (void)connection.session().submit(Command::noop());
  connection.flush();
  BOOST_TEST(wire.written == "c1 NOOP\r\n");
  wire.to_read = "c1 OK a\r\n";
  BOOST_TEST(answer_of(connection) == "a");
  BOOST_TEST(pace.rests == 0);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace deflate_stream_test
